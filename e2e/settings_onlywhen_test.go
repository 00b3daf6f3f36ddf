package e2e

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// choose picks from a list as a person does, with its events.
func (p *page) choose(selector, value string) {
	p.t.Helper()
	p.do("choosing "+value, chromedp.Evaluate[chromedp.Void](`(s => { s.value = `+quote(value)+`; s.dispatchEvent(new Event('input', {bubbles: true})); })(document.querySelector(`+quote(selector)+`))`))
}

func (d *desk) lead(api *api, id, value string) {
	call[accepted](api, "POST", "/v1/bots/"+d.bot+"/events", object{
		"event_name": "Lead", "event_id": id, "user_data": object{"email": "jane@example.com"}, "custom_data": object{"value": json.Number(value), "currency": "EUR"},
	}, 202)
}

// Conditions say what they match before they are saved, keep events back with their own words, and stay what they are when one
// of them is removed.
func TestConditionsAreCountedSavedAndObeyed(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	api := d.office.newAPI()
	call[object](api, "PUT", "/v1/bots/"+d.bot+"/webhook", object{"enabled": true, "url": d.office.Test + "/conditions"}, 200)
	d.lead(api, "small", "50")
	d.lead(api, "large", "500")
	d.openSettings()

	d.opensRow("Only when")
	d.fillIn("combobox", "Field", "custom_data.value")
	d.choose(".cond select", "gt")
	d.fill("Value", "100")
	d.sees("Of the last 2 events 1 matches.")
	d.blur()
	d.says("All changes saved")

	d.lead(api, "refused", "99.99")
	d.open("/bots/" + d.bot + "/deliveries")
	d.sees("its filter: value is over 100")

	d.openSettings()
	d.sees("value is over 100")
	d.do("opening every row", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details.advanced').forEach((row) => { row.open = true; })`))
	for _, width := range []int64{360, 1280} {
		d.sized(width, 900)
		wide, err := chromedp.Run(d.ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
		require.NoError(t, err)
		require.False(t, wide, "at %d", width)
	}
	d.press(button, "Remove condition 1")
	d.says("All changes saved")
	w := call[object](api, "GET", "/v1/bots/"+d.bot+"/webhook", nil, 200)
	require.Nil(t, w["filter"])
}

// A real receiver gets no personal data without consent, or nothing at all until somebody answers the question.
func TestConsentIsAskedBeforeAReceiverGetsAnything(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	api := d.office.newAPI()
	call[object](api, "PUT", "/v1/bots/"+d.bot+"/webhook", object{"enabled": true, "url": d.office.Test + "/consent"}, 200)
	d.openSettings()
	d.opensRow("More")
	d.choose("#consent", "strip")
	d.says("All changes saved")
	id := d.office.leadOf(api, d.bot)
	d.open("/deliveries/" + id)
	d.sees("was delivered")
	d.sees("personal data was left out")

	call[object](api, "PUT", "/v1/bots/"+d.bot+"/webhook", object{"enabled": true, "url": d.office.Test + "/consent", "consent": "require"}, 200)
	id = d.office.leadOf(api, d.bot)
	d.open("/deliveries/" + id)
	d.sees("the webhook sends only with consent")
	d.press(button, "Resend")
	d.press(button, "Send it anyway")
	d.sees("was delivered")
	d.sees("somebody chose to send it anyway")
}

func (o *office) leadOf(api *api, bot string) string {
	answer := call[accepted](api, "POST", "/v1/bots/"+bot+"/events", object{"event_name": "Lead", "user_data": object{"email": "jane@example.com"}}, 202)
	return answer.Events[0].DeliveryID
}

// A test can be made of the last real lead: masked at once, with its person after a question.
func TestATestIsMadeOfTheLastRealLead(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	api := d.office.newAPI()
	call[object](api, "PUT", "/v1/bots/"+d.bot+"/webhook", object{"enabled": true, "url": d.office.Test + "/real"}, 200)
	d.office.leadOf(api, d.bot)
	d.openSettings()
	d.choose("#test-event-name", "like:Lead")
	d.test("Your endpoint accepted the test")
	d.choose("#test-event-name", "person:Lead")
	d.test("Send a real person’s data in a test?")
	d.press(button, "Send it, not masked")
	d.sees("Your endpoint accepted the test")
	require.NotContains(t, d.text(), "jane@example.com")
}
