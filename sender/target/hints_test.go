package target

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestURLHintsKnowTheReceiver(t *testing.T) {
	for url, part := range map[string]string{
		"https://hooks.zapier.com/hooks/catch/1/abc/":     "Catch Raw Hook",
		"https://zapier.com/editor/1":                     "hooks.zapier.com",
		"https://www.make.com/en/scenarios":               "hook.….make.com",
		"https://acme.pipedrive.com/leads":                "a page of your CRM",
		"https://hook.eu1.make.com/abc":                   "Redetermine data structure",
		"https://script.google.com/macros/s/abc/exec":     "302",
		"https://graph.facebook.com/v21.0/1/events":       "another format",
		"https://app.hubspot.com/contacts/1":              "a page of your CRM",
		"https://acme.lightning.force.com/lightning/page": "a page of your CRM",
		"https://docs.google.com/spreadsheets/d/1/edit":   "a page for people",
		"https://n8n.acme.example/webhook-test/abc?x=1":   "n8n's test address",
	} {
		hints := URLHints(url)
		require.Len(t, hints, 1, url)
		require.Contains(t, hints[0].Message, part)
		require.NotEmpty(t, hints[0].Recipe, url)
	}
	require.Equal(t, "https://n8n.acme.example/webhook/abc?x=1", URLHints("https://n8n.acme.example/webhook-test/abc?x=1")[0].SuggestURL)
	for _, url := range []string{"https://crm.example.com/hooks", "https://n8n.acme.example/webhook/abc", "https://notzapier.com/", "https://api.hubapi.com/", "http://%zz", ""} {
		require.Empty(t, URLHints(url), url)
	}
}

func TestURLHintsWarnOfPlainHTTP(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:8090", "http://[::1]/", "http://10.0.0.5/x", "http://localhost/", "http://crm.internal/", "https://crm.example.com/"} {
		require.Empty(t, URLHints(url), url)
	}
	hints := URLHints("http://n8n.acme.example/webhook-test/abc")
	require.Len(t, hints, 2, "both are said")
	require.Contains(t, hints[1].Message, "Not encrypted")
	require.Equal(t, "https://n8n.acme.example/webhook-test/abc", hints[1].SuggestURL)
	require.Equal(t, "https://203.0.114.7/", URLHints("http://203.0.114.7/")[0].SuggestURL)
}
