package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// stays marks the page, so that still can check that it was not loaded again.
func (p *page) stays() {
	p.t.Helper()
	p.do("marking the page", chromedp.Evaluate[chromedp.Void]("window.stays = true"))
}

func (p *page) still() {
	p.t.Helper()
	p.until("still the same page", "window.stays")
}

// rows waits until the log shows this number of rows.
func (p *page) rows(n string) {
	p.t.Helper()
	p.until(n+" rows in the log", `document.querySelectorAll('#rows > tr').length === `+n)
}

// TestTheLogIsLive watches a log in two windows: the first row comes by itself, further ones are announced, statuses
// change in place, and all that again after the server was away.
func TestTheLogIsLive(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	endpoint := newReceiver(t)
	p, other := h.asOwner(), h.newPage()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", endpoint.URL)

	p.open("/bots/" + bot + "/deliveries")
	p.stays()
	p.sees("No deliveries yet")
	p.sees("Live")
	other.signIn(ownerEmail, goodSecret)
	other.sees("Intake bots")
	other.open("/deliveries?status=delivered")
	other.stays()
	other.sees("Live")

	a.post(bot)
	p.rows("1")
	p.sees("Delivered")
	other.rows("1")
	p.inspect("live-first-row")

	release := endpoint.holdAnswers()
	a.post(bot)
	p.sees("1 new delivery · Show")
	p.rows("1")
	p.still()
	p.press(link, "1 new delivery · Show")
	p.rows("2")
	p.sees("Sending")
	p.stays()
	release()
	p.until("the row to change in place", `document.querySelectorAll('#rows .stat.ok').length === 2`)
	p.still()
	other.sees("1 new delivery · Show")
	other.still()

	p.stays() // the same two pages, after the server was away
	h.stop()
	p.sees("Reconnecting…")
	h.start()
	a.post(bot)
	p.sees("1 new delivery · Show")
	p.sees("Live")
	p.inspect("live-announced") // not while an answer is held back: an attempt has its time
	other.sees("2 new deliveries · Show")
	p.still()
	other.still()
}

// TestADeliveryIsLive watches one delivery on its own page and in the list beside the settings.
func TestADeliveryIsLive(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	endpoint := newReceiver(t)
	p, settings := h.asOwner(), h.newPage()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", endpoint.URL)
	settings.signIn(ownerEmail, goodSecret)
	settings.sees("Intake bots")
	settings.open("/bots/" + bot + "/settings/marketing")
	settings.sees("Nothing was sent yet.")
	settings.stays()

	release := endpoint.holdAnswers()
	id := a.post(bot)
	p.open("/deliveries/" + id)
	p.sees("Lead from Roofing quote bot is being sent now.")
	p.stays()
	settings.sees("Sending")
	release()
	p.sees("was delivered: your endpoint answered HTTP 200")
	p.sees("HTTP 200 · Accepted")
	p.has(button, "Resend")
	p.still()
	settings.sees("Delivered")
	settings.still()
}
