package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// postMany posts n Leads in arrays of up to 500.
func (a *api) postMany(bot string, n int) {
	a.t.Helper()
	events := make([]object, n)
	for i := range events {
		events[i] = object{"event_name": "Lead", "event_id": fmt.Sprintf("many-%d", i)}
	}
	for some := range slices.Chunk(events, 500) {
		answer := call[accepted](a, "POST", "/v1/bots/"+bot+"/events", some, http.StatusAccepted)
		require.Len(a.t, answer.Events, len(some))
	}
}

// TestResendingAllThatTheFilterShows sends 900 failed events to an endpoint that works again. The resend asks first, is stopped
// once, starts again, and survives a restart of the server. Each event arrives once.
func TestResendingAllThatTheFilterShows(t *testing.T) {
	t.Parallel()
	const failed = 900 // 18 s of resending, so that Stop is pressed in time on any machine
	h := startServer(t)
	endpoint, moody := newReceiver(t), newMoody(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", moody.URL)
	a.postMany(bot, 1000)
	log := "/bots/" + bot + "/deliveries"
	p.open(log + "?status=failed")
	p.until("what became of them to be counted", countsAre("Delivered", "100", "Failed", "900"))
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": endpoint.URL}, http.StatusOK)
	p.inspect("log-failed")

	p.press(link, "Resend 900 failed…")
	p.sees("Up to 50 per second, so it takes about 18 s.")
	p.inspect("resend-all")
	p.press(button, "Resend 900")
	p.until("the progress", `(window.progress = document.getElementById('jobs').textContent).includes(' of 900') &&
		!!(window.pressed = document.querySelector('#jobs button'))`)
	p.until("the progress to go on around the button", `document.getElementById('jobs').textContent !== window.progress && window.pressed.isConnected`)
	p.press(button, "Stop")
	p.sees("Stopped resending failed deliveries:")
	stopped := len(endpoint.all())
	require.Less(t, stopped, failed)

	p.open(log + "/resend?status=failed")
	p.do("beginning again", chromedp.Click(`main form button[type=submit]`, chromedp.NodeVisible))
	p.sees("Resending failed deliveries:")
	p.keep("resend-running")
	p.requireAccessible("resend-running")
	p.stays()
	h.stop()
	h.start()
	for len(endpoint.all()) < failed {
		await(t, endpoint.came)
	}
	p.until("the outcome to come by itself", `/\bAll \d+ delivered/.test(document.getElementById('jobs').textContent)`)
	p.still()
	p.open(log + "?status=delivered")
	p.until("all to be counted as delivered", countsAre("Delivered", "1,000", "Failed", "0"))
	require.Len(t, endpoint.all(), failed, "each once")
}

// newMoody makes an endpoint that answers nine of ten requests with a redirect, which is not retried. One that only failed
// would get longer and longer pauses.
func newMoody(t *testing.T) *httptest.Server {
	t.Helper()
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1)%10 != 0 {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusFound)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// countsAre asks whether the chips of the log show these counts: each status and its number.
func countsAre(pairs ...string) string {
	var each []string
	for i := 0; i < len(pairs); i += 2 {
		each = append(each, fmt.Sprintf(`document.body.innerText.includes(%q)`, pairs[i]+"\n"+pairs[i+1]))
	}
	return strings.Join(each, " && ")
}
