package e2e

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// failing makes a bot with n deliveries that have failed, and then points its webhook at an endpoint, one request every 20 s.
func (a *api) failing(h *installation, n int, endpoint *receiver) (bot string, log string) {
	a.t.Helper()
	bot = a.newBot("Roofing quote bot", h.Test+"/status/302") // a redirect is not tried again
	for range n {
		a.post(bot)
	}
	log = "/bots/" + bot + "/deliveries"
	a.haveFailed(bot, n)
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": endpoint.URL, "rate_limit": 0.05}, http.StatusOK)
	return bot, log
}

// haveFailed waits until n deliveries of a bot have.
func (a *api) haveFailed(bot string, n int) {
	a.t.Helper()
	require.Eventually(a.t, func() bool {
		return len(call[struct{ Deliveries []object }](a, "GET", "/v1/bots/"+bot+"/deliveries?status=failed", nil, http.StatusOK).Deliveries) == n
	}, patience, slowly)
}

// TestUndoTakesBackWhatHasNotLeft: one request of four is on the wire and another is claimed ahead when Undo is pressed. What the
// toast says is what the endpoint saw, and it is still said after a reload and once the answer is there.
func TestUndoTakesBackWhatHasNotLeft(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	endpoint := newReceiver(t)
	release := endpoint.holdAnswers()
	p := h.asOwner()
	_, log := h.newAPI().failing(h, 4, endpoint)
	p.open(log + "?status=failed")
	p.press(link, "Resend 4 failed…")
	p.press(button, "Resend 4")
	p.at("/deliveries")
	await(t, endpoint.came)
	p.sees("Resending failed deliveries.")
	p.keep("undo-offered")
	p.press(button, "Undo")
	p.sees("Took back 3 of 4. 1 had already been sent.")
	p.open(log) // the panel knows what is on the wire, too
	p.sees("Took back 3 of 4. 1 had already been sent.")
	release() // within the 30 s of an attempt, on a slow machine too: pictures and checks of the page come later
	p.inspect("undone")
	p.open(log)
	p.until("one to be delivered and three failed", `document.querySelectorAll('#rows .stat.ok').length === 1 && document.querySelectorAll('#rows .stat.bad').length === 3`)
	p.sees("Took back 3 of 4. 1 had already been sent.")
	require.Len(t, endpoint.all(), 1)
}

// TestUndoOfOneComesWithTheDrawer: the act, its toast and its Undo do not leave the log.
func TestUndoOfOneComesWithTheDrawer(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	endpoint := newReceiver(t)
	defer endpoint.holdAnswers()()
	p := h.asOwner()
	a := h.newAPI()
	bot, log := a.failing(h, 2, endpoint)
	a.post(bot) // takes the only place
	await(t, endpoint.came)
	p.open(log + "?status=failed")
	p.rows("2")
	p.stays()
	p.press(link, "Lead")
	p.sees("was not delivered")
	p.do("resending", chromedp.Click(chromedp.JSPath(`[...document.querySelectorAll('#drawer button')].find(b => b.innerText.startsWith('Resend'))`), chromedp.NodeVisible))
	p.sees("Lead is being sent.")
	p.still()
	p.until("the drawer to show it waiting", `document.querySelector('#drawer').innerText.includes('Queued') || document.querySelector('#drawer').innerText.includes('Sending')`)
	p.press(button, "Undo")
	p.sees("Taken back. Nothing was sent.")
	p.sees("was not delivered")
	require.Len(t, endpoint.all(), 1)
}

// TestHeldEventsThatAreSentCanBeHeldAgain also works without JavaScript.
func TestHeldEventsThatAreSentCanBeHeldAgain(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	endpoint := newReceiver(t)
	release := endpoint.holdAnswers()
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", endpoint.URL)
	webhook := func(enabled bool) {
		call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": enabled, "url": endpoint.URL, "rate_limit": 0.05}, http.StatusOK)
	}
	a.post(bot)
	await(t, endpoint.came)
	webhook(false)
	a.postMany(bot, 3)
	webhook(true)
	p.noScripts()
	p.open("/bots/" + bot + "/deliveries")
	p.press(button, "Send them")
	await(t, endpoint.came)
	p.sees("Sending the held events.")
	p.press(button, "Undo")
	p.sees("Took back 2 of 3. 1 had already been sent.")
	release()
	p.reloadUntil("2 events are held", "Took back 2 of 3. 1 had already been sent.")
	require.Len(t, endpoint.all(), 2)
}
