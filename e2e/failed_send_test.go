package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func TestAfterAnOutageAPassingTestOffersToSendWhatFailed(t *testing.T) {
	t.Parallel()
	h := startServer(t, "IOZEN_RETRY_SCHEDULE=1h")
	r := newReceiver(t)
	events := h.newAPI()
	p := h.settingsPage()
	bot := strings.Split(p.location(), "/")[4]
	p.fill("Webhook URL", h.Test+"/status/503")
	p.test("HTTP 503")
	p.press(toggle, "Webhook")
	p.sees("On. New events are sent")
	for range 3 {
		events.post(bot)
	}
	p.until("three failures", `[...document.querySelectorAll('#recent a > :first-child')].filter(e => e.textContent.includes('Retrying')).length === 3`)

	p.fill("Webhook URL", r.URL)
	p.test("Send the 3 events that failed")
	p.sees(", to " + strings.TrimPrefix(r.URL, "http://") + ". Oldest first, up to 50 per second. You can stop at any time.")
	p.inspect("test-send-failed")
	p.do("sending them", chromedp.Click("#failed-events button", chromedp.NodeVisible))
	p.sees("Started. The progress shows below.")
	p.sees("All 3 delivered")
	p.until("all delivered", `[...document.querySelectorAll('#recent a > :first-child')].filter(e => e.textContent.includes('Delivered')).length === 4`)
	require.Len(t, r.all(), 1+3)
	p.test("Your endpoint accepted the test")
	p.until("no offer any more", `!document.getElementById('failed-events')`)
}
