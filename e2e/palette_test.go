package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// control presses a key together with Ctrl.
func (p *page) control(key string) {
	p.t.Helper()
	p.do("pressing Ctrl "+key, chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

// offers waits until the option that Enter would open begins so.
func (p *page) offers(text string) {
	p.t.Helper()
	p.until("the palette to offer "+text, `document.querySelector('.palette[open] [aria-selected=true]')?.innerText.replace(/\s+/g, ' ').trim().startsWith(`+quote(text)+`) &&
		document.querySelector('.palette input').getAttribute('aria-activedescendant') === document.querySelector('.palette [aria-selected=true]').id`)
}

func TestThePaletteFindsBotsPagesAndIDs(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	owner := h.newAPI()
	bot := owner.newBot("Roofing quote bot", h.Test+"/hook")
	for range 8 {
		owner.newBot("Kitchen planner", h.Test+"/hook")
	}
	delivery := owner.post(bot)
	p.open("/bots/" + bot + "/settings/marketing")
	p.whole()
	require.True(t, p.is(`!performance.getEntriesByType('resource').some(r => r.name.includes('palette.js') || r.name.includes('shortcuts.js'))`), "it is loaded when it is wanted")
	p.press(link, "Help")
	p.at("/help")
	p.whole()
	p.do("going to a link", chromedp.Focus(`main a`))
	p.control("k")
	p.offers("Kitchen planner Deliveries")
	p.until("the focus in the field", `document.activeElement.role === 'combobox' && document.activeElement.ariaExpanded === 'true'`)
	p.inspect("palette")
	p.keys("roof")
	p.offers("Roofing quote bot Deliveries")
	p.keys(kb.ArrowDown)
	p.offers("Roofing quote bot Settings")
	p.keys(kb.ArrowDown)
	p.offers("Search deliveries for “roof”")
	p.keys(kb.ArrowDown)
	p.offers("Roofing quote bot Deliveries")
	p.keys(kb.ArrowUp + kb.ArrowUp + kb.Enter)
	p.at("/bots/" + bot + "/settings/marketing")

	p.whole()
	p.do("going to a field", chromedp.Focus(`#webhook-url`))
	p.control("k")
	p.offers("Roofing quote bot Deliveries") // the bot that is open comes first
	p.keys(kb.Escape)
	p.until("it to be closed, and the focus back", `!document.querySelector('.palette[open]') && document.activeElement.id === 'webhook-url'`)

	p.control("k")
	p.offers("Roofing")
	p.keys("audit" + kb.Enter) // faster than the answer
	p.at("/audit")
	p.whole()
	p.control("k")
	p.until("the palette to be open", `document.querySelector('.palette[open]')`) // a browser that is driven would type earlier keys twice
	p.keys(delivery)
	p.offers("Lead Roofing quote bot")
	p.keys(kb.Enter)
	p.at("/deliveries/" + delivery)
	p.whole()
	p.control("k")
	p.until("the palette to be open", `document.querySelector('.palette[open]')`)
	p.keys("evt_unknown")
	p.offers("Search deliveries for “evt_unknown”")
	p.keys(kb.Enter)
	p.until("the search of the log", `location.pathname + location.search === '/deliveries?q=evt_unknown'`)

	p.press(link, "Search")
	p.offers("Kitchen planner")
	p.do("choosing by the pointer", chromedp.Click(`.palette [href="/workspace"]`, chromedp.NodeVisible))
	p.at("/workspace")
}

func TestThePaletteOffersARoleWhatItMayOpen(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.as("viewer")
	p.control("k")
	p.offers("Intake bots")
	for _, refused := range []string{"audit", "api keys", "accounts", "new bot", "personal"} {
		p.do("asking for "+refused, chromedp.Evaluate[chromedp.Void](`document.querySelector('.palette input').select()`))
		p.keys(refused)
		p.offers("Search deliveries for “" + refused + "”")
	}
	p.do("asking for help", chromedp.Evaluate[chromedp.Void](`document.querySelector('.palette input').select()`))
	p.keys("troub")
	p.offers("Troubleshooting")
}

// as is a page of somebody who has a role, at home.
func (h *installation) as(role string) *page {
	h.t.Helper()
	email := role + "@acme.example"
	said := h.command("user", "create", "--email", email, "--role", role)
	p := h.newPage()
	p.signIn(email, said[strings.LastIndexAny(said, " \n")+1:])
	p.at("/")
	p.whole()
	return p
}

func TestShortcutsAreListedAndActOutsideOfFieldsOnly(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/hook")
	for range 3 {
		a.post(bot)
	}
	p.open("/bots/" + bot + "/deliveries")
	p.rows("3")
	row := func(n string) string {
		return `document.querySelector('#rows > tr:nth-child(` + n + `)').contains(document.activeElement)`
	}
	p.keys("j")
	p.until("the first row", row("1"))
	p.keys("jj")
	p.until("the last row", row("3"))
	p.keys("j")
	p.until("still the last row", row("3"))
	p.keys("k")
	p.until("the one before", row("2"))
	p.keys("/")
	p.until("the search", `document.activeElement.type === 'search'`)
	p.do("emptying it", chromedp.Evaluate[chromedp.Void](`document.activeElement.value = ''`)) // the driver sends the character of a key that the page has taken, too
	p.keys("?jk/")
	p.until("what was typed", `document.activeElement.type === 'search' && document.activeElement.value === '?jk/' && !document.querySelector('dialog[open]')`)
	p.open("/bots/" + bot + "/deliveries")
	p.rows("3")
	p.keys("j")
	p.until("the first row", row("1"))
	p.keys(kb.Enter)
	p.until("the drawer", `!document.getElementById('drawer').hidden`)
	p.keys("j")
	p.until("the second one in it", `document.querySelector('#rows > tr:nth-child(2)').ariaSelected === 'true'`)
	p.keys("?")
	p.sees("Open the delivery beside the list")
	p.until("a dialog", `document.querySelector('dialog[open]').ariaLabel === 'Keyboard shortcuts'`)
	p.inspect("shortcuts")
	p.keys("j" + kb.Escape)
	p.until("the dialog closed, the drawer open where it was", `!document.querySelector('dialog[open]') && !document.getElementById('drawer').hidden && document.querySelector('#rows > tr:nth-child(2)').ariaSelected === 'true'`)

	p.keys("?")
	p.press("checkbox", "Use single keys (?, /, J and K) in this browser")
	p.press(button, "Close")
	p.keys(kb.Escape)
	p.until("the drawer closed", `document.getElementById('drawer').hidden`)
	p.keys("j?/")
	p.until("nothing to have acted", row("2")+` && !document.querySelector('dialog[open]')`)

	p.open("/help")
	p.press(link, "Keyboard shortcuts")
	p.until("a dialog", `document.querySelector('dialog[open]')`)
	p.until("the choice kept", `!document.querySelector('dialog[open] input').checked`)
	p.open("/find?q=roof")
	p.inspect("find-scripted")
	p.noScripts()
	p.open("/help")
	p.press(link, "Keyboard shortcuts")
	p.at("/help/shortcuts")
	p.sees("Open the delivery beside the list")
	p.keep("help-shortcuts")
	p.press(link, "Search")
	p.at("/find")
	p.fillIn("searchbox", "Bots, pages and IDs", "roof")
	p.keys(kb.Enter)
	p.sees("Search deliveries for “roof”")
	p.keep("find")
}

// TestNobodyWhoIsNotSignedInHasShortcuts: there is nothing to find.
func TestNobodyWhoIsNotSignedInHasShortcuts(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.newPage()
	p.open("/setup")
	p.whole()
	p.blur()
	p.control("k")
	p.keys("?")
	require.True(t, p.is(`!document.querySelector('dialog')`))
}
