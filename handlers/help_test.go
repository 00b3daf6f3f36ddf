package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender"
)

func TestHelpHoldsTheWholeSourcePage(t *testing.T) {
	ta := signedInApp(t)
	page := ta.get("/help/webhooks").Body.String()
	for _, text := range []string{
		"Send conversion events to any HTTP endpoint", "The settings auto-save", "must accept POST requests",
		"&#34;event_time&#34;: &#34;2026-03-05T12:00:00.000Z&#34;", "&#34;event_time_unix&#34;: 1772712000",
		"X-IoZen-Event-Id", "X-IoZen-Event-Name", "X-IoZen-Test: true", "webhook-signature", "ioZen-Webhooks/test",
		"Return 200 quickly", "Use the event ID for deduplication", "Verify the source",
		"Authentication failed", "Access denied", "Endpoint not found", "Server error", "Request timed out",
	} {
		require.Contains(t, page, text)
	}
}

func TestTroubleshootingListsEveryDiagnosis(t *testing.T) {
	ta := signedInApp(t)
	page := ta.get("/help/troubleshooting").Body.String()
	for _, d := range sender.Diagnoses() {
		require.Equal(t, 1, strings.Count(page, `id="`+d.Key+`"`), d.Key)
	}
	require.Contains(t, ta.get("/help").Body.String(), "/help/troubleshooting")
}

func TestHealth(t *testing.T) {
	ta := newTestApp(t)
	require.Equal(t, http.StatusOK, ta.get("/healthz").Code)
	require.Equal(t, http.StatusOK, ta.get("/readyz").Code)
}
