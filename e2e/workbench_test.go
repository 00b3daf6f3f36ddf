package e2e

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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
	p.sized(1280, 800)
	require.True(h.t, p.is(`document.querySelector('#rows > tr').getBoundingClientRect().top < 400`), "the first row is in view")
	a.sendTo(bot, h.Test+"/status/302")
	a.post(bot)
	p.sees("1 new delivery")
	p.open(log)
	p.until("one to fail", `document.querySelectorAll('#rows .stat.bad').length === 1`)
	a.sendTo(bot, h.Test+"/status/503")
	for range 3 {
		a.postOf(bot, "jane@example.com")
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

// TestADeliveryOpensBesideTheLog: the whole row opens it, the arrows walk, Esc closes and the focus goes back; its address is
// the delivery's own.
func TestADeliveryOpensBesideTheLog(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	_, bot := h.aLog(p)
	log := "/bots/" + bot + "/deliveries"
	p.open(log)
	p.stays()
	p.do("clicking the time of a row", chromedp.Click(`#rows > tr:nth-child(1) td:last-child`, chromedp.NodeVisible))
	p.sees("is not delivered yet: ")
	p.until("the delivery's own address", `/^\/deliveries\/[0-9a-f-]{36}$/.test(location.pathname)`)
	p.until("the focus in the drawer", `document.activeElement.id === 'drawer'`)
	p.until("a countdown", `/in \d+:\d\d/.test(document.querySelector('#drawer .axis em').innerText)`)
	p.sees("Personal data is masked in the curl command")
	p.inspect("drawer")
	p.keys(kb.ArrowDown)
	p.until("the second row", `document.querySelector('#rows > tr:nth-child(2)').ariaSelected === 'true' && location.pathname.endsWith(document.querySelector('#rows > tr:nth-child(2)').id.slice(2))`)
	p.keys(kb.ArrowUp)
	p.until("the first row again", `document.querySelector('#rows > tr:nth-child(1)').ariaSelected === 'true'`)
	p.keys(kb.Escape)
	p.until("the log's address", `location.pathname === `+quote(log))
	p.until("the focus on the row", `document.activeElement === document.querySelector('#rows > tr:nth-child(1) a')`)
	p.keys(kb.Enter)
	p.sees("is not delivered yet: ")
	p.still()
	p.do("loading the address", chromedp.Reload())
	p.sees("is not delivered yet: ")
	p.until("the page, not the log", `!document.getElementById('rows') && !!document.querySelector('main > .delivery')`)
	p.inspect("delivery-page")
	p.do("going back", chromedp.Evaluate[chromedp.Void]("history.back()"))
	p.until("the log again", `location.pathname === `+quote(log)+` && !!document.getElementById('rows')`)
	p.whole()
	p.do("going forward", chromedp.Evaluate[chromedp.Void]("history.forward()"))
	p.sees("is not delivered yet: ")
}

// TestRowsAreSelectedAndResent: the bar counts the ticked rows; what was delivered is asked about first.
func TestRowsAreSelectedAndResent(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	a, bot := h.aLog(p)
	p.open("/bots/" + bot + "/deliveries?status=failed&status=retrying")
	p.press("checkbox", "Select all")
	p.sees("4 selected")
	p.keep("selected")
	a.sendTo(bot, h.Test+"/hook")
	p.do("resending", chromedp.Click(`#bulk button[type=submit]`, chromedp.NodeVisible))
	p.until("the rows to be gone, or a question", `document.body.innerText.includes('No matching deliveries') || location.pathname.endsWith('/resend-selected')`)
	if p.is(`location.pathname.endsWith('/resend-selected')`) { // a retry has come through before
		p.press(button, "Resend 4")
	}
	p.sees("No matching deliveries")
	p.open("/bots/" + bot + "/deliveries")
	p.reloadUntil("Delivered\n10")
	p.until("nothing to resend", `!document.querySelector('#resend-all a')`)
	p.do("ticking a delivered one", chromedp.Click(`#rows > tr:nth-child(1) input`, chromedp.NodeVisible))
	p.do("resending", chromedp.Click(`#bulk button[type=submit]`, chromedp.NodeVisible))
	p.sees("Your endpoint already accepted 1 of them.")
	p.press(button, "Resend 1")
	p.at("/deliveries")
}

// TestATimeIsChosenOnTheChart with the mouse and with the keyboard; it is part of the filter, in the viewer's own zone.
func TestATimeIsChosenOnTheChart(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	_, bot := h.aLog(p)
	p.open("/bots/" + bot + "/deliveries")
	p.stays()
	p.do("drawing over the first hours", chromedp.Evaluate[chromedp.Void](`{
		const plot = document.querySelector('.plot');
		const box = plot.getBoundingClientRect();
		const at = (type, share) => plot.dispatchEvent(new PointerEvent(type, {bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, clientX: box.left + box.width * share, clientY: box.top + 9}));
		plot.setPointerCapture = () => {};
		at('pointerdown', 0.02); at('pointermove', 0.2); at('pointerup', 0.4);
	}`))
	p.sees("No matching deliveries")
	p.until("the time in the address", `!!new URLSearchParams(location.search).get('to')`)
	p.press(link, "Clear")
	p.rows("10")
	p.do("the slider", chromedp.Focus(`#brush-from`))
	p.keys(kb.End)
	p.until("from the last hour on", `!!new URLSearchParams(location.search).get('from') && document.querySelector('.plot').classList.contains('dim')`)
	p.rows("10")
	p.inspect("brushed")
	p.still()
}

// TestTheLogWorksWithoutJavaScript: statuses are links, the filter is a form, rows lead to the delivery.
func TestTheLogWorksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	_, bot := h.aLog(p)
	p.noScripts()
	p.open("/bots/" + bot + "/deliveries")
	p.press(link, "Failed 1")
	p.rows("1")
	p.press(button, "Search")
	p.rows("1")
	p.press(link, "Lead")
	p.until("the delivery", `!!document.querySelector("main > .delivery")`)
}
