package e2e

import (
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// opens lets another person open the same bot, in a browser of their own.
func (d *desk) opens(who *person) *desk {
	d.t.Helper()
	other := &desk{office: d.office, bot: d.bot, page: d.office.newPage()}
	other.signedInAs(who)
	other.openSettings()
	other.blur() // an empty URL field takes the focus by itself
	return other
}

func (d *desk) mergesDifferentFields() {
	tom := d.opens(d.office.tom)
	d.enter("Webhook URL", crm)
	tom.enter(headers, "X-Team: sales")
	d.says(saved)
	tom.says(saved)
	d.press(toggle, "Webhook")
	d.says(saved)
	d.keeps("Webhook URL", crm)
	require.Equal(d.t, "X-Team: "+mask, d.value(headers))
}

// conflicts makes d and Tom change the URL at once, Tom first: d is offline meanwhile.
func (d *desk) conflicts(tom *desk, mine, theirs string) {
	d.t.Helper()
	d.offline(true)
	d.fill("Webhook URL", mine)
	d.says("You're offline.")
	tom.enter("Webhook URL", theirs)
	tom.says(saved)
	d.offline(false)
	d.says("tom@acme.example changed Webhook URL at ")
	d.sees("Yours " + mine + " Theirs " + theirs)
}

func (d *desk) asksWhoseToKeep() {
	tom := d.opens(d.office.tom)
	d.conflicts(tom, crm+"/mine", crm+"/theirs")
	d.inspect("settings-conflict")
	require.Equal(d.t, crm+"/mine", d.value("Webhook URL"), "nothing typed is lost")
	d.enter(headers, "X-Team: sales") // only the field waits, others merge
	tom.until("waiting for the headers to come", `document.getElementById('custom-headers').value === `+quote("X-Team: "+mask))
	d.press(button, "Use theirs")
	d.says(saved)
	require.Equal(d.t, crm+"/theirs", d.value("Webhook URL"))

	d.conflicts(tom, crm+"/mine2", crm+"/theirs2")
	d.press(button, "Keep mine")
	d.says(saved)
	tom.until("waiting for mine to come", `document.getElementById('webhook-url').value === `+quote(crm+"/mine2"))
	d.keeps("Webhook URL", crm+"/mine2")
}

func (d *desk) knowsItsOwnOtherTab() {
	d.offline(true)
	d.fill("Webhook URL", crm+"/here")
	d.says("You're offline.")
	there := d.opens(d.office.maria)
	there.enter("Webhook URL", crm+"/there")
	there.says(saved)
	d.offline(false)
	d.says("You changed Webhook URL in another tab at ")
	d.press(button, "Keep mine")
	d.says(saved)
	d.keeps("Webhook URL", crm+"/here")
}

// showsChangesLive: what others save appears where nobody is typing, and waits where somebody is.
func (d *desk) showsChangesLive() {
	d.blur()
	tom := d.opens(d.office.tom)
	tom.enter("Webhook URL", "https://hooks.zapier.com/hooks/catch/1/a/")
	d.until("waiting for the URL to come", `document.getElementById('webhook-url').value.endsWith('/catch/1/a/')`)
	d.sees("Catch Raw Hook")
	tom.press(toggle, "Webhook")
	d.until("waiting for the switch to turn", `document.getElementById('webhook-enabled').checked`)
	d.sees("On. New events are sent")
	tom.opensRow("More")
	tom.press("radio", "Only these")
	tom.press("checkbox", "Lead")
	tom.enter("Other event names, separated by commas", "Booking")
	d.until("waiting for the events to come", `document.querySelector('[name=event_name][value=Lead]').checked`)
	d.until("waiting for the other events", `document.getElementById('more-events').value === 'Booking'`)

	d.focusOn(headers)
	tom.enter(headers, "X-Team: sales")
	tom.says(saved)
	tom.press(toggle, "Webhook")
	d.until("waiting for the switch to turn back", `!document.getElementById('webhook-enabled').checked`)
	require.Empty(d.t, d.value(headers), "not under the caret")
	d.blur()
	d.until("waiting for the headers to come", `document.getElementById('custom-headers').value === `+quote("X-Team: "+mask))
	d.says("Changes save automatically")
}

func (d *desk) focusOn(name string) {
	d.t.Helper()
	d.do("going to "+name, chromedp.Focus("textbox "+name, byRole(textbox, name), chromedp.NodeVisible))
}

// undoes takes back a whole edit, however many saves it took, including hidden values.
func (d *desk) undoes() {
	d.stopsTheClock()
	d.enter("Webhook URL", crm)
	d.says(saved)
	d.fill("Webhook URL", crm+"/1")
	d.says("Unsaved changes")
	d.passes(quiet)
	d.says(saved)
	d.keys("2")
	d.says("Unsaved changes")
	d.passes(quiet)
	d.says(saved)
	d.press(button, "Undo")
	d.until("waiting for the earlier URL", `document.getElementById('webhook-url').value === `+quote(crm))
	d.focused("Webhook URL")
	d.keeps("Webhook URL", crm)

	d.enter(headers, "Authorization: Bearer old")
	d.says(saved)
	d.keeps(headers, "Authorization: "+mask)
	d.enter(headers, "Authorization: Bearer new")
	d.sees("Undo")
	d.press(button, "Undo")
	d.until("waiting for the mask", `document.getElementById('custom-headers').value === `+quote("Authorization: "+mask))
	d.reveals("Authorization: Bearer old")

	d.press(toggle, "Webhook")
	d.sees("Undo")
	d.fill("Webhook URL", crm+"/next")
	d.until("waiting for Undo to go", `!document.getElementById('save-state').innerText.includes('Undo')`)
	d.keys(kb.Enter)
	d.sees("Undo")
	d.inspect("settings-undo")
}

// history shows the settings that were used for sending, and restores them.
func (d *desk) restoresWhatWas() {
	d.enter("Webhook URL", d.office.Test)
	d.enter(headers, "Authorization: Bearer secret")
	d.says(saved)
	d.press(button, "Test Connection")
	d.sees("Your endpoint accepted the test")
	d.enter("Webhook URL", "https://typo.example/")
	d.enter(headers, "X-Team: sales")
	d.says(saved)
	d.press(link, "History")
	d.sees("Webhook URL, Authorization, X-Team")
	d.inspect("settings-history")
	d.press(button, "Restore")
	d.sees("Authorization: " + mask)
	d.inspect("settings-restore")
	d.press(button, "Restore settings")
	d.says("All changes saved")
	require.Equal(d.t, d.office.Test, d.value("Webhook URL"))
	d.reveals("Authorization: Bearer secret")
}
