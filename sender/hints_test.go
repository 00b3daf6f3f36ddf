package sender

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestURLHints(t *testing.T) {
	for url, part := range map[string]string{
		"https://hooks.zapier.com/hooks/catch/1/abc/":     "Catch Raw Hook",
		"https://zapier.com/editor/1":                     "hooks.zapier.com",
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
	}
	require.Equal(t, "https://n8n.acme.example/webhook/abc?x=1", URLHints("https://n8n.acme.example/webhook-test/abc?x=1")[0].SuggestURL)
	for _, url := range []string{"https://crm.example.com/hooks", "https://n8n.acme.example/webhook/abc", "https://notzapier.com/", "http://%zz", ""} {
		require.Empty(t, URLHints(url), url)
	}
}
