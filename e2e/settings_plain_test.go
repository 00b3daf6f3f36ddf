package e2e

import (
	"net/http"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// withoutScripts opens the settings again with JavaScript switched off.
func (d *desk) withoutScripts() {
	d.t.Helper()
	d.noScripts()
	d.openSettings()
	d.sees("JavaScript is off, so changes do not save by themselves.")
}

func (d *desk) savesWithoutScripts() {
	d.withoutScripts()
	d.keep("settings-plain")
	d.press(toggle, "Webhook")
	d.fill("Webhook URL", "crm.example.com/hooks")
	d.fill(headers, "Authorization: Bearer x"+kb.Enter+"Bearer y")
	d.press(button, "Save")
	d.says("Nothing was saved: see below")
	d.sees("It must start with https:// or http://. Use https://crm.example.com/hooks")
	d.sees("No events are sent until it is fixed.")
	d.sees("Line 2: use Header-Name: value")
	require.Equal(d.t, "Authorization: Bearer x\nBearer y", d.value(headers), "nothing typed is lost")
	d.keep("settings-plain-refused")
	d.fill(headers, "Authorization: Bearer x")
	d.press(button, "Use https://crm.example.com/hooks") // saves it all, with the better URL
	d.says("All changes saved")
	require.Equal(d.t, crm, d.value("Webhook URL"))
	require.Equal(d.t, "Authorization: "+mask, d.value(headers))
	d.sees("1 header: Authorization (hidden)")

	d.fill("Webhook URL", "https://new.example/hook")
	d.press(button, "Save")
	d.sees("Authorization (hidden) will now also be sent to new.example. Keep it?")
	d.reveals("Authorization: Bearer x")
}

func (d *desk) testsWithoutScripts() {
	d.withoutScripts()
	d.press(button, "Test Connection")
	d.sees("Enter a Webhook URL first")
	d.fill("Webhook URL", "nonsense")
	d.press(button, "Test Connection")
	d.says("Nothing was saved: see below")
	d.fill("Webhook URL", d.office.Test+"/status/401")
	d.press(button, "Test Connection")
	d.sees("Authentication failed")
	d.sees("Check your Authorization header value in Custom Headers.")
	d.says("All changes saved")
	d.keep("settings-plain-tested")
	d.keeps("Webhook URL", d.office.Test+"/status/401")
}

// Two people without scripts: the second one is warned, and decides by pressing Save again.
func (d *desk) mergesWithoutScripts() {
	d.withoutScripts()
	call[object](d.office.newAPI(), "PUT", "/v1/bots/"+d.bot+"/webhook", object{"enabled": false, "url": "https://theirs.example/"}, http.StatusOK)
	d.fill("Webhook URL", crm)
	d.press(button, "Save")
	d.says("e2e changed Webhook URL. Press Save again to keep yours")
	require.Equal(d.t, crm, d.value("Webhook URL"))
	d.press(button, "Save")
	d.says("All changes saved")
	d.keeps("Webhook URL", crm)
}
