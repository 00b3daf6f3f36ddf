package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestChartsShowHowEventsFared looks at the charts of a bot with events that got through and one that did not.
func TestChartsShowHowEventsFared(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.newPage()
	p.open("/")
	p.createAccount()
	p.sees("Create your first bot")
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/hook")
	for range 5 {
		a.post(bot)
	}
	log := "/bots/" + bot + "/deliveries"
	p.open(log)
	p.until("all to be delivered", `document.querySelectorAll('#rows .pill.ok').length === 5`)
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": h.Test + "/status/503"}, 200)
	p.open(log + "?range=7d")
	p.sees("5 delivered · 0 retrying · 0 failed")
	a.post(bot)
	p.sees("5 delivered · 1 retrying · 0 failed") // the charts are live, too
	p.do("opening the table", chromedp.Click(`#charts summary`, chromedp.NodeVisible))
	p.inspect("log-charts")

	p.open("/bots/" + bot + "/settings/marketing")
	p.sees("Last 24 hours")
	p.inspect("settings-day")
	p.open("/deliveries")
	p.sees("5 delivered · 0 failed")
}
