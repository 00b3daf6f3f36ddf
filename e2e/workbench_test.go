package e2e

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// aLog makes a bot with deliveries that got through, that are retried and that failed, and opens its log.
func (h *installation) aLog(p *page) (a *api, bot string) {
	h.t.Helper()
	a = h.newAPI()
	bot = a.newBot("Roofing quote bot", h.Test+"/hook")
	for range 6 {
		a.post(bot)
	}
	log := "/bots/" + bot + "/deliveries"
	p.open(log)
	p.until("all to be delivered", `document.querySelectorAll('#rows .stat.ok').length === 6`)
	a.sendTo(bot, h.Test+"/status/302")
	a.post(bot)
	p.sees("1 new delivery")
	p.open(log)
	p.until("one to fail", `document.querySelectorAll('#rows .stat.bad').length === 1`)
	a.sendTo(bot, h.Test+"/status/503")
	for range 3 {
		a.post(bot)
	}
	p.open(log)
	p.until("all to be tried", `document.querySelectorAll('#rows .stat.bad').length === 1 && document.querySelectorAll('#rows .stat.warn').length === 3`)
	return a, bot
}

// sendTo gives a bot's webhook another address.
func (a *api) sendTo(bot, url string) {
	a.t.Helper()
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": url}, http.StatusOK)
}

// TestTheLogIsAWorkbench: rows above the fold, statuses with counts as filters that apply at once, and a resend at hand.
func TestTheLogIsAWorkbench(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	_, bot := h.aLog(p)
	log := "/bots/" + bot + "/deliveries"
	p.do("the size of a laptop", chromedp.EmulateViewport(1280, 800))
	require.True(t, p.is(`document.querySelector('#rows > tr').getBoundingClientRect().top < 400`), "the first row is in view")
	require.True(t, p.is(`[...document.querySelectorAll('#rows > tr')].every(r => r.getBoundingClientRect().height <= 37)`), "rows are low")
	p.has(link, "All 10")
	p.has(link, "Delivered 6")
	p.has(link, "Resend 4 failed and retrying…")
	p.inspect("workbench")

	p.stays()
	p.press(link, "Retrying 3")
	p.rows("3")
	p.until("the filter in the address", `location.pathname + location.search === `+quote(log+"?status=retrying"))
	p.press(link, "Failed 1")
	p.rows("4")
	p.do("back", chromedp.NavigateBack())
	p.rows("3")
	p.press(link, "All 10")
	p.rows("10")
	p.still()
}
