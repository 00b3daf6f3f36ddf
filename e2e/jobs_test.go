package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJobsTellTheirOutcome sends held events from the page, and erases a person through the API while the page about people is
// open: the outcome appears by itself, and is still there after a restart.
func TestJobsTellTheirOutcome(t *testing.T) {
	t.Parallel()
	const held = 700 // more than one step takes
	h := startServer(t)
	endpoint := newReceiver(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", endpoint.URL)
	webhook := func(enabled bool) {
		call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": enabled, "url": endpoint.URL}, http.StatusOK)
	}
	webhook(false)
	a.postMany(bot, held)
	webhook(true)
	p.open("/bots/" + bot + "/deliveries")
	p.sees("700 events are held since")
	p.press(button, "Send them")
	p.sees("All 700 delivered")
	p.inspect("held-sent")
	for len(endpoint.all()) < held {
		await(t, endpoint.came)
	}

	a.postOf(bot, "jane@example.com")
	p.open("/people")
	p.stays()
	status, answer, err := a.try("POST", "/v1/people/erase", []byte(`{"kind":"email","value":"jane@example.com"}`))
	require.NoError(t, err)
	require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, status, "%s", answer)
	p.sees("Erased from 1 event.")
	p.still()
	h.kill()
	h.start()
	p.open("/people")
	p.sees("Erased from 1 event.")
}
