package e2e

import "testing"

// TestChartsShowHowEventsFared looks at the charts of a bot with events that got through and one that did not.
func TestChartsShowHowEventsFared(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/hook")
	for range 5 {
		a.post(bot)
	}
	log := "/bots/" + bot + "/deliveries"
	p.open(log)
	p.until("all to be delivered", `document.querySelectorAll('#rows .stat.ok').length === 5`)
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": h.Test + "/status/503"}, 200)
	p.open(log + "?range=7d")
	p.has("image", "Deliveries per 6 hours, last 7 days: 5 delivered, 0 waiting, 0 failed.")
	a.post(bot)
	p.has("image", "Deliveries per 6 hours, last 7 days: 5 delivered, 1 waiting, 0 failed.") // the chart is live, too
	p.press(button, "Table")
	p.inspect("log-charts")

	p.open("/bots/" + bot + "/settings/marketing")
	p.sees("6 events in 24 h")
	p.inspect("settings-day")
	p.open("/deliveries")
	p.has("image", "Deliveries per hour, last 24 hours: 5 delivered, 1 waiting, 0 failed.")
}
