package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// clipboard takes the place of the system's clipboard, which a browser without a window has not.
const clipboard = `navigator.clipboard.writeText = async text => { window.copied = text; }`

// copies presses a copy button and waits until a screen reader is told, and what was copied is as an expression says.
func (p *page) copies(name, expression string) {
	p.t.Helper()
	p.do("taking the clipboard", chromedp.Evaluate[chromedp.Void](clipboard))
	p.press(button, name)
	p.until("what was copied", `window.copied !== undefined && (`+expression+`) && [...document.querySelectorAll('[role=status]')].some(e => e.textContent === 'Copied')`)
	p.do("forgetting it", chromedp.Evaluate[chromedp.Void](`delete window.copied`))
	p.has(button, name) // it is called so again
}

// TestJSONFoldsAndIsCopiedAsItIsShown: a block that is folded is copied whole, and what is masked is copied masked.
func TestJSONFoldsAndIsCopiedAsItIsShown(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/hook")
	a.postOf(bot, "jane@example.com")
	log := "/bots/" + bot + "/deliveries"
	p.open(log)
	p.until("it to be delivered", `document.querySelectorAll('#rows .stat.ok').length === 1`)
	p.press(link, "Lead")
	p.sees("was delivered")
	p.copies("Copy event ID", `window.copied === document.getElementById('event-id').textContent && window.copied.length === 36`)
	p.copies("Copy delivery ID", `location.pathname.endsWith(window.copied)`)
	p.press("tab", "Response")
	p.until("the answer in colours", `document.querySelector('#delivery-response .k').textContent === '"received"'`)
	p.copies("Copy", `window.copied.includes('\n\n{\n  "received": true\n}')`)
	p.press("tab", "Request")
	p.do("folding", chromedp.Click(`#delivery-request details details summary`, chromedp.NodeVisible))
	p.until("it to be folded", `!document.querySelector('#delivery-request details details').open && !document.getElementById('delivery-request').innerText.includes('example.com')`)
	p.copies("Copy", `JSON.parse(window.copied.split('\n\n')[1]).user_data.email.includes('•••@example.com') && !window.copied.includes('jane')`)
	p.keep("json-folded")
	p.do("unfolding by the keyboard", chromedp.Focus(`#delivery-request details details summary`))
	p.keys(kb.Enter)
	p.until("it to be open", `document.querySelector('#delivery-request details details').open`)
	p.inspect("json")

	p.open("/bots/" + bot + "/settings/developer")
	p.copies("Copy bot ID", `window.copied === `+quote(bot))
	p.until("the address", `document.getElementById('events-url').textContent === `+quote(h.URL+"/v1/bots/"+bot+"/events"))
	p.inspect("developer-ids")
	p.open("/help/webhooks")
	p.copies("Copy", `JSON.parse(window.copied).event_name === 'Lead'`)
	p.noScripts()
	p.open(log)
	p.openRow("Lead")
	p.sees("was delivered")
	p.until("all to be open, and nothing to press that needs scripts", `document.querySelector('#delivery-response details[open] .k') !== null && [...document.querySelectorAll('[data-copy]')].every(b => b.hidden)`)
}

// TestPasswordsCanBeShown on every page that asks for one: by pointer and keyboard, and the caret stays.
func TestPasswordsCanBeShown(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.newPage()
	shows := func(id, label string) {
		t.Helper()
		field := `document.getElementById(` + quote(id) + `)`
		toggle := `document.querySelector('[data-show="#` + id + `"]')`
		p.do("typing", chromedp.Focus("#"+id, chromedp.NodeVisible))
		p.keys("open sesame")
		p.do("choosing", chromedp.Evaluate[chromedp.Void](field+`.setSelectionRange(2, 6)`))
		p.press(button, "Show "+label)
		p.until("it to be shown", field+`.type === 'text' && `+toggle+`.ariaPressed === 'true' && `+field+`.selectionStart === 2 && `+field+`.selectionEnd === 6 && document.activeElement === `+field)
		p.do("going to the button", chromedp.Focus(`[data-show="#`+id+`"]`))
		p.keys(" ")
		p.until("it to be hidden", field+`.type === 'password' && `+toggle+`.ariaPressed === 'false' && document.activeElement === `+toggle+` && `+field+`.selectionStart === 2`)
		p.keys(kb.Enter)
		p.until("it to be shown again", field+`.type === 'text' && `+field+`.value === 'open sesame'`)
	}
	p.open("/setup")
	shows("password", "Password")
	p.inspect("password-shown")
	p.open("/setup")
	p.createAccount()
	p.sees("Create your first bot")
	p.open("/account")
	shows("current", "Current password")
	shows("new", "New password")
	p.press(button, "Sign out")
	p.at("/signin")
	shows("password", "Password")
	p.do("a wrong password", chromedp.SetValue("#email", "maria@acme.example"), chromedp.Focus("#password"))
	p.keys(kb.Enter)
	p.sees("Wrong email or password")
	p.until("it to have been sent hidden", `document.getElementById('password').type === 'password'`)
	p.noScripts()
	p.open("/signin")
	p.until("no button without a script", `document.querySelector('[data-show]').hidden`)
}
