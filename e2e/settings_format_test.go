package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// opensRow opens one of the rows that are closed until somebody asks.
func (p *page) opensRow(name string) {
	p.t.Helper()
	p.until("opening the row "+name, `(() => {
		const row = [...document.querySelectorAll('details.advanced')].find((r) => r.querySelector('.lab').innerText.trim() === `+quote(name)+`);
		if (row && !row.open) row.querySelector('summary').click();
		return row?.open;
	})()`)
}

func (d *desk) picture(part string) {
	d.t.Helper()
	d.until("waiting for the picture to show "+part, `document.getElementById('format-result').textContent.includes(`+quote(part)+`)`)
}

// Without JavaScript the button beside the URL saves, and the page shows what comes of it.
func (d *desk) choosesAFormatWithoutScripts() {
	d.withoutScripts()
	d.fill("Webhook URL", "https://discord.com/api/webhooks/1/7f3a9c")
	d.press(button, "Save")
	d.sees("Discord expects a message.")
	d.press(button, "Send messages")
	d.says("All changes saved")
	d.sees("Discord message")
	d.opensRow("Format")
	d.picture("New Lead: Jane Doe")
}

func TestAFormatIsChosenWithoutJavaScript(t *testing.T) {
	t.Parallel()
	sharedOffice(t).newDesk(t).choosesAFormatWithoutScripts()
}

// What an own format makes of an event is shown while it is typed, a field is inserted where the caret is, and a slip is named
// by its place.
func TestAFormatOfOnesOwnIsSeenWhileTyping(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	d.openSettings()
	d.opensRow("Format")
	d.do("choosing a format of one's own", chromedp.Evaluate[chromedp.Void](`document.querySelector('[name=format][value=json]').click()`))
	d.fill("Template", `{"mail": "{{user_data.email | uppr}}"}`)
	d.sees("uppr")
	d.fill("Template", `{"mail": "{{user_data.email | upper}}", "id": `)
	d.press(button, "Event ID")
	d.keys("}")
	d.picture(`"mail"`)
	d.picture(`"id"`)
	d.says("All changes saved")
	got := call[object](d.office.newAPI(), "GET", "/v1/bots/"+d.bot+"/webhook", nil, 200)
	require.Equal(t, object{"type": "json", "template": `{"mail": "{{user_data.email | upper}}", "id": "{{event_id}}"}`}, got["format"])
}

// What is longer than any request may be is refused at its field, stays there, and is not sent again and again.
func TestATemplateThatIsFarTooLongIsRefusedWhereItWasPasted(t *testing.T) {
	t.Parallel()
	d := sharedOffice(t).newDesk(t)
	d.opensRow("Format")
	d.do("choosing a format and pasting", chromedp.Evaluate[chromedp.Void](`
		document.querySelector('[name=format][value=json]').click();
		(t => { t.value = '["' + '{{event_id}}","'.repeat(80000) + '"]'; t.dispatchEvent(new Event('input', {bubbles: true})); t.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector('#format-template'))`))
	d.says("Format not saved: it is far too long")
	d.sees("It is far too long to be saved.")
	d.until("what was pasted to stay", `document.querySelector('#format-template').value.length > 1000000`)
}
