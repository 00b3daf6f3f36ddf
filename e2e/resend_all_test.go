package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// postMany posts n Leads in one array.
func (a *api) postMany(bot string, n int) {
	a.t.Helper()
	events := make([]object, n)
	for i := range events {
		events[i] = object{"event_name": "Lead", "event_id": fmt.Sprintf("many-%d", i)}
	}
	answer := call[accepted](a, "POST", "/v1/bots/"+bot+"/events", events, http.StatusAccepted)
	require.Len(a.t, answer.Events, n)
}

// TestResendingAllThatTheFilterShows brings 600 failed events to an endpoint that works again: asked first, stopped
// once, begun anew, and through a restart of the server. Each arrives once.
func TestResendingAllThatTheFilterShows(t *testing.T) {
	const events = 600
	h := startHouse(t)
	endpoint := newReceiver(t)
	p := h.newPage()
	p.open("/")
	p.createAccount()
	p.sees("Create your first bot")
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/redirect") // is not retried
	a.postMany(bot, events)
	log := "/bots/" + bot + "/deliveries"
	p.open(log + "?status=failed")
	p.reloadUntil("0 delivered · 0 retrying · 600 failed")
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": endpoint.URL}, http.StatusOK)
	p.inspect("log-failed")

	p.press(link, "Resend failed deliveries…")
	p.sees("50 a second, so it takes about 12 s.")
	p.inspect("resend-all")
	p.press(button, "Resend 600")
	p.sees("Resending failed deliveries:")
	p.keep("resend-running")
	p.requireAccessible("resend-running")
	p.press(button, "Stop")
	p.sees("Stopped resending failed deliveries:")
	stopped := len(endpoint.all())
	require.Less(t, stopped, events)

	p.open(log + "/resend?status=failed")
	p.do("beginning again", chromedp.Click(`main form button[type=submit]`, chromedp.NodeVisible))
	p.sees("Resending failed deliveries:")
	p.stays()
	h.stop()
	require.Less(t, len(endpoint.all()), events)
	h.start()
	p.sees("Resent ")
	p.still()
	for len(endpoint.all()) < events {
		<-endpoint.came
	}
	p.open(log + "?status=delivered")
	p.reloadUntil("600 delivered · 0 retrying · 600 failed")
	require.Len(t, endpoint.all(), events, "each once")
}
