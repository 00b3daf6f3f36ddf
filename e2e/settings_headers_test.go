package e2e

import (
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const (
	headers = "Custom Headers"
	mask    = "••••••••"
)

// enter replaces the text of a field and leaves it.
func (d *desk) enter(name, text string) {
	d.t.Helper()
	d.fill(name, text)
	d.blur()
}

// reveals requires that Reveal shows these headers.
func (d *desk) reveals(lines ...string) {
	d.t.Helper()
	d.press(button, "Reveal")
	d.until("waiting for the saved headers",
		`document.querySelector('#revealed-headers')?.innerText === `+quote(strings.Join(lines, "\n")))
}

func (d *desk) understandsHeaders() {
	d.enter(headers, "Authorization: Bearer a:b"+kb.Enter+"X-Team sales")
	d.says("Custom Headers not saved: Line 2: use Header-Name: value")
	d.sees("Line 2: use Header-Name: value")
	d.press(button, "Custom Headers not saved: Line 2: use Header-Name: value")
	d.focused(headers)
	d.enter(headers, "Authorization: Bearer a:b"+kb.Enter+kb.Enter+"X-Team: sales"+kb.Enter+"Content-Type: application/json")
	d.says(saved)
	d.sees("Line 4: ioZen already sends this")
	d.sees("3 headers: Authorization, X-Team, Content-Type (hidden)")
	require.Contains(d.t, d.value(headers), "Bearer a:b", "never masked while the page is open")
	d.keep("settings-headers")
	d.enter(headers, "Host: x")
	d.says("Custom Headers not saved: Line 1: Host cannot be set: it follows from the Webhook URL")
	d.enter(headers, "Authorization: "+mask+kb.Enter+"X-Team: "+mask+kb.Enter+"Content-Type: "+mask)
	d.says(saved)
	d.keeps(headers, "Authorization: "+mask+"\nX-Team: "+mask+"\nContent-Type: "+mask)
	d.reveals("Authorization: Bearer a:b", "X-Team: sales", "Content-Type: application/json")
}

func (d *desk) keepsMaskedValues() {
	d.enter(headers, "Authorization: Bearer secret"+kb.Enter+"X-Team: sales")
	d.says(saved)
	d.keeps(headers, "Authorization: "+mask+"\nX-Team: "+mask)

	d.enter(headers, "X-New: 1"+kb.Enter+"x-team: "+mask+kb.Enter+"Authorization: "+mask)
	d.says(saved)
	d.reveals("X-New: 1", "x-team: sales", "Authorization: Bearer secret")

	d.enter(headers, "X-Renamed: "+mask+kb.Enter+"Authorization: "+mask)
	d.says("Custom Headers not saved: Line 1: type the value again")
	d.enter(headers, "X-Team: sales"+kb.Enter+"Authorization: "+mask+"x")
	d.says("Custom Headers not saved: Line 2: type the value again")
	d.enter(headers, "X-Team: sales"+kb.Enter+"Authorization: "+mask)
	d.says(saved)
	d.keeps(headers, "X-Team: "+mask+"\nAuthorization: "+mask)
	d.reveals("X-Team: sales", "Authorization: Bearer secret")
}

// When a line is cut and pasted with a pause in between, the settings are saved without it meanwhile; its value still comes back.
func (d *desk) keepsACutValue() {
	d.enter(headers, "Authorization: Bearer secret"+kb.Enter+"X-Team: sales")
	d.says(saved)
	d.openSettings()
	d.fill(headers, "X-Team: "+mask)
	d.says(saved)
	d.keys(kb.Enter + "Authorization: " + mask)
	d.blur()
	d.says(saved)
	d.reveals("X-Team: sales", "Authorization: Bearer secret")
}

func (d *desk) understandsCurl() {
	d.paste(headers, "curl -X POST https://crm.example.com \\\n  -H 'Authorization: Bearer x' \\\n  -H \"X-Team: sales\" \\\n  -d '{\n}'")
	d.blur()
	d.says(saved)
	d.sees("2 headers: Authorization, X-Team (hidden)")
	d.sees("Line 1: only the headers of the curl command are taken")
	d.keeps(headers, "Authorization: "+mask+"\nX-Team: "+mask)
	d.paste(headers, "X-Big: "+strings.Repeat("x", 100_000))
	d.blur()
	d.says("Custom Headers not saved: Line 1: the headers take more than 16 KiB in all")
}

// paste replaces the text of a field, as the clipboard does.
func (d *desk) paste(name, text string) {
	d.t.Helper()
	d.pasteOver(name, text, "field.select()")
}

// pasteAtEnd pastes a text after the present text of a field.
func (d *desk) pasteAtEnd(name, text string) {
	d.t.Helper()
	d.pasteOver(name, text, "field.setSelectionRange(field.value.length, field.value.length)")
}

func (d *desk) pasteOver(name, text, selecting string) {
	d.t.Helper()
	d.do("pasting into "+name, chromedp.Focus("textbox "+name, byRole(textbox, name), chromedp.NodeVisible),
		chromedp.Evaluate[chromedp.Void](`(() => {
			const field = document.activeElement, data = new DataTransfer();
			`+selecting+`;
			data.setData('text/plain', `+quote(text)+`);
			const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
			if (field.dispatchEvent(event)) document.execCommand('insertText', false, `+quote(text)+`);
		})()`))
}

func (d *desk) warnsWhenHeadersGoElsewhere() {
	d.enter("Webhook URL", "https://old.example/hook")
	d.enter(headers, "Authorization: Bearer secret"+kb.Enter+"X-Team: sales")
	d.says(saved)
	d.enter("Webhook URL", "https://old.example/other")
	d.says(saved)
	d.enter("Webhook URL", "https://new.example/hook")
	d.sees("Authorization, X-Team (hidden) will now also be sent to new.example. Keep them?")
	d.inspect("settings-leak")
	d.press(button, "Keep")
	d.until("waiting for the notice to go", `!document.body.innerText.includes('will now also be sent to')`)
	d.enter(headers, "Authorization: Bearer secret")
	d.says(saved)
	d.enter("Webhook URL", "https://third.example/hook")
	d.sees("Authorization (hidden) will now also be sent to third.example. Keep it?")
	d.press(button, "Remove it")
	d.says(saved)
	d.until("waiting for the notice to go", `!document.body.innerText.includes('will now also be sent to')`)
	require.Empty(d.t, d.value(headers))
	d.keeps(headers, "")
}
