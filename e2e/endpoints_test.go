package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// both looks at the present screen on a phone of today too, light and dark.
func (p *page) both(name string) {
	p.t.Helper()
	p.inspect(name)
	for _, l := range []look{{"light-360", "light", 360, "none", everyRule}, {"dark-360", "dark", 360, "none", everyRule}} {
		p.lookAt(l)
		p.keep(name + "-" + l.name)
		p.axe(name+", "+l.name, l.rules)
	}
	p.lookAt(looks[0])
}

// arrives waits until a receiver has got something.
func (p *page) arrives(r *receiver, what string) {
	p.t.Helper()
	deadline := time.After(patience)
	for !strings.Contains(fmt.Sprint(r.all()), what) {
		select {
		case <-r.came:
		case <-deadline:
			require.FailNow(p.t, "nothing arrived", what)
		}
	}
}

// opensAdd opens the line that asks for another endpoint's name.
func (p *page) opensAdd() {
	p.t.Helper()
	p.do("asking for another endpoint", chromedp.Click(chromedp.JSPath(`document.querySelector('details.another > summary')`), chromedp.NodeVisible))
}

// onButton waits until the focus is on a button.
func (p *page) onButton(name string) {
	p.t.Helper()
	p.until("waiting for the focus on "+name, `document.activeElement.getAttribute('aria-label') === `+quote(name))
}

// listed waits until the list shows the endpoints in an order.
func (p *page) listed(names string) {
	p.t.Helper()
	p.until("waiting for the order "+names, `[...document.querySelectorAll('.ends b')].map(b => b.innerText).join(', ') === `+quote(names))
}

// TestASecondEndpointGetsEachLeadToo adds one to a bot that works, sends a lead to both, and finds both in the log.
func TestASecondEndpointGetsEachLeadToo(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	crm, slack := newReceiver(t), newReceiver(t)
	api := d.office.newAPI()
	api.sendTo(d.bot, crm.URL+"/crm")
	d.openSettings()
	d.press(button, "Test Connection")
	d.sees("Your endpoint accepted the test")
	d.arrives(crm, "test_")

	d.opensAdd()
	d.inspect("endpoints-add")
	d.fill("Name of the new endpoint", "Sales channel")
	d.press(button, "Add endpoint")
	d.at("/bots/" + d.bot + "/webhooks/2/settings/marketing")
	d.sees("Sales channel added.")
	d.sees("2 endpoints")
	d.fill("Webhook URL", slack.URL+"/slack")
	d.blur()
	d.says(saved)
	d.press(toggle, "Webhook")
	d.says(saved)
	d.press(button, "Test Connection")
	d.sees("Your endpoint accepted the test")
	d.arrives(slack, "test_")
	require.Len(t, crm.all(), 1, "the test is the second's")

	d.lead(api, "lead-1", "100")
	d.arrives(crm, "lead-1")
	d.arrives(slack, "lead-1")
	d.sees("100 %") // the list brings itself up to date
	d.both("endpoints")

	d.open("/bots/" + d.bot + "/deliveries?test=false")
	d.rows("2")
	d.until("the endpoint of each row", `['Endpoint 1', 'Sales channel'].every(name => [...document.querySelectorAll('#rows > tr')].some(r => [...r.cells].some(c => c.innerText === name)))`)
	d.inspect("endpoints-log")
	d.press(button, "Filter 1")
	d.choose("#webhook", "2")
	d.rows("1")
	d.until("the filter in the address", `new URLSearchParams(location.search).get('webhook') === '2'`)
	d.open("/bots/" + d.bot + "/deliveries?webhook=2&test=false")
	d.press(link, "Lead")
	d.sees("Also to")
	d.press(link, "Open as a page")
	d.until("the page of the delivery alone", `location.pathname.startsWith('/deliveries/') && !document.getElementById('drawer')`)
	d.inspect("endpoints-delivery")
	d.press(link, "Endpoint 1")
	d.sees("Endpoint 1")
	d.press(link, "Sales channel")
	d.press(link, "Sales channel")
	d.at("/webhooks/2/settings/marketing")

	// What belongs to the second alone is behind its own tabs.
	d.press(link, "History")
	d.at("/webhooks/2/settings/history")
	d.inspect("endpoints-history")
	d.press(link, "Endpoint 1")
	d.at("/bots/" + d.bot + "/settings/history")
	d.press(link, "Developer")
	d.press(link, "Sales channel")
	d.at("/webhooks/2/settings/developer")
}

// TestEndpointsAreReorderedRenamedAndDeletedByKeyboard: what was moved keeps the focus, so that it can be moved on.
func TestEndpointsAreReorderedRenamedAndDeletedByKeyboard(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	api := d.office.newAPI()
	for _, name := range []string{"Sales channel", "Meta ads"} {
		call[object](api, "POST", "/v1/bots/"+d.bot+"/webhooks", object{"name": name}, http.StatusCreated)
	}
	order := func() (numbers []float64) {
		for _, w := range call[struct{ Webhooks []object }](api, "GET", "/v1/bots/"+d.bot+"/webhooks", nil, 200).Webhooks {
			numbers = append(numbers, w["n"].(float64))
		}
		return numbers
	}
	d.open("/bots/" + d.bot + "/webhooks/3/settings/marketing")
	d.tabTo("Move Meta ads up")
	d.keys(kb.Enter)
	d.listed("Endpoint 1, Meta ads, Sales channel")
	d.onButton("Move Meta ads up")
	require.Equal(t, []float64{1, 3, 2}, order())
	d.keys(kb.Enter)
	d.listed("Meta ads, Endpoint 1, Sales channel")
	d.onButton("Move Meta ads down")
	require.Equal(t, []float64{3, 1, 2}, order())
	d.tabsThrough("endpoints")

	d.open("/bots/" + d.bot + "/webhooks/3/settings/marketing")
	d.goTo("This endpoint")
	d.fill("Name of this endpoint", "Ad platform")
	d.keys(kb.Enter)
	d.sees("Renamed to Ad platform.")
	d.goTo("This endpoint")
	d.fill("Type the endpoint's name to delete it", "Meta ads")
	d.keys(kb.Enter)
	d.sees("This is not the endpoint's name. Type: Ad platform")
	d.focused("Type the endpoint's name to delete it")
	d.both("endpoints-delete")
	d.fill("Type the endpoint's name to delete it", "ad platform")
	d.keys(kb.Enter)
	d.sees("Ad platform deleted. Its log stays.")
	d.at("/bots/" + d.bot + "/settings/marketing")
	require.Equal(t, []float64{1, 2}, order())
}

// TestEndpointsWorkWithoutScripts adds, fills in, moves and deletes one.
func TestEndpointsWorkWithoutScripts(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	slack := newReceiver(t)
	d.withoutScripts()
	d.opensAdd()
	d.fill("Name of the new endpoint", "Sales channel")
	d.press(button, "Add endpoint")
	d.at("/webhooks/2/settings/marketing")
	d.press(toggle, "Webhook")
	d.fill("Webhook URL", slack.URL+"/plain")
	d.press(button, "Save")
	d.says("All changes saved")
	d.at("/webhooks/2/settings/marketing")
	d.press(button, "Test Connection")
	d.sees("Your endpoint accepted the test")
	d.arrives(slack, "test_")
	d.keep("endpoints-plain")
	d.press(button, "Move Sales channel up")
	d.listed("Sales channel, Endpoint 1")
	d.onButton("Move Sales channel down")
	d.opensRow("This endpoint")
	d.fill("Type the endpoint's name to delete it", "sales channel")
	d.press(button, "Delete endpoint")
	d.sees("Sales channel deleted. Its log stays.")
	require.NotContains(t, d.text(), "2 endpoints")
	d.open("/bots/" + d.bot + "/deliveries?webhook=2")
	d.sees("Sales channel")
}

// TestAnAlertLeadsToTheEndpointThatFails from home and from the bot's pages.
func TestAnAlertLeadsToTheEndpointThatFails(t *testing.T) {
	t.Parallel()
	h := startServer(t, "IOZEN_RETRY_SCHEDULE=1h")
	p := h.asOwner()
	api := h.newAPI()
	bot := api.newBot("Solar savings quiz", h.Test+"/status/200")
	call[object](api, "POST", "/v1/bots/"+bot+"/webhooks", object{"name": "Sales channel", "enabled": true, "url": h.Test + "/status/401"}, http.StatusCreated)
	for range 3 {
		api.post(bot)
	}
	p.open("/")
	p.reloadUntil("Needs attention", "Solar savings quiz · Sales channel", "did not accept the credentials (HTTP 401)", "Sales channel: Failing")
	p.inspect("endpoints-home")
	p.press(link, "Check headers: Solar savings quiz · Sales channel")
	p.at("/bots/" + bot + "/webhooks/2/settings/marketing")
	p.sees("did not accept the credentials (HTTP 401)")
	p.inspect("endpoints-failing")
	p.open("/bots/" + bot + "/deliveries")
	p.press(link, "Open settings")
	p.at("/bots/" + bot + "/webhooks/2/settings/marketing")
}
