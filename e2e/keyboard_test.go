package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// stop is where the Tab key has led.
type stop struct {
	Name    string // what a person reads there, for messages
	Key     int    // the element's place among all that can have the focus; -1 for the page itself
	Again   bool   // the Tab key has led here before
	Visible bool   // in view, and not covered by something else
	Marked  bool   // an outline, ring or caret shows where the focus is
}

// stopScript describes the element with the focus, and lists the elements that should be reached.
const stopScript = `(() => {
	const all = () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
	const usable = el => el.checkVisibility({visibilityProperty: true}) && el.tabIndex >= 0 && el.type !== 'hidden' &&
		!el.matches(':disabled') && (el.type !== 'radio' || el.checked);
	const name = el => (el.labels?.[0]?.innerText || el.ariaLabel || el.innerText || el.name || el.tagName).trim().split('\n')[0];
	const covered = (el, box) => {
		const middle = (from, to, size) => (Math.max(from, 0) + Math.min(to, size)) / 2; // of what is in the window
		const x = middle(box.left, box.right, innerWidth), y = middle(box.top, box.bottom, innerHeight);
		const top = document.elementFromPoint(x, y);
		return !top || !el.contains(top) && !top.contains(el) && ![...(el.labels ?? [])].some(l => l.contains(top));
	};
	const first = new Set(all()), reached = new Set(); // a live page may get others meanwhile
	window.missed = () => [...first].filter(el => el.isConnected && usable(el) && !reached.has(el)).map(name);
	window.stop = () => {
		for (const moving of document.getAnimations()) if (moving.effect.getTiming().iterations !== Infinity) moving.finish();
		const el = document.activeElement, key = all().indexOf(el);
		if (key < 0) return {Name: '', Key: -1};
		const box = el.getBoundingClientRect(), style = getComputedStyle(el), over = getComputedStyle(el, '::after');
		const outlined = style => style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
		const again = reached.has(el);
		reached.add(el);
		return {Name: name(el), Key: key, Again: again, Visible: box.bottom > 0 && box.top < innerHeight && !covered(el, box),
			Marked: outlined(style) || style.boxShadow !== 'none' || over.content !== 'none' && outlined(over)}; // over: a link covers its row
	};
})()`

// tabsThrough walks the present screen with the Tab key alone: everything that can be used is reached, and each stop
// is in view and marked.
func (p *page) tabsThrough(screen string) {
	p.t.Helper()
	p.do("preparing "+screen, chromedp.Evaluate[chromedp.Void](stopScript))
	for range 300 {
		at := p.tab()
		if at.Key < 0 {
			continue // between the last and the first
		}
		if at.Again {
			break
		}
		require.True(p.t, at.Visible, "%s: %q has the focus out of sight", screen, at.Name)
		require.True(p.t, at.Marked, "%s: nothing shows that %q has the focus", screen, at.Name)
	}
	missed, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string]("missed()"))
	require.NoError(p.t, err)
	require.Empty(p.t, missed, "%s: not reached by the Tab key", screen)
}

func (p *page) tab() stop {
	p.t.Helper()
	p.keys(kb.Tab)
	at, err := chromedp.Run(p.ctx, chromedp.Evaluate[stop]("stop()"))
	require.NoError(p.t, err)
	return at
}

// tabTo presses Tab until the focus is on what begins so.
func (p *page) tabTo(name string) {
	p.t.Helper()
	p.do("preparing", chromedp.Evaluate[chromedp.Void](stopScript))
	var passed []string
	for range 150 {
		at := p.tab()
		if strings.HasPrefix(at.Name, name) {
			return
		}
		passed = append(passed, at.Name)
	}
	require.FailNow(p.t, "no "+name+" within 150 stops", "passed: %q", passed)
}

// goTo follows a link, or presses a button, by the keyboard.
func (p *page) goTo(name string) {
	p.t.Helper()
	p.tabTo(name)
	p.keys(kb.Enter)
}

// TestTheProductWorksByKeyboardAlone signs in, sets a webhook up, tests it, reads the log of all bots and signs out, and
// passes through every screen on the way.
func TestTheProductWorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	maria := h.newPerson("maria@acme.example")
	p := h.newPage()
	p.open("/signin")
	p.focused("Email")
	p.keys(maria.email + kb.Tab + maria.password + kb.Enter)
	p.at("/")
	p.goTo("Create your first bot")
	p.at("/bots/new")
	p.focused("Name")
	p.keys("Keyboard bot" + kb.Enter)
	p.at("/settings/marketing")
	p.focused("Webhook URL")
	p.keys(h.Test + "/status/401" + kb.Enter)
	p.says("All changes saved")
	p.tabTo(headers)
	p.keys("Authorization: Bearer x")
	p.goTo("More")
	p.tabTo("All events")
	p.keys(kb.ArrowDown) // Only these
	p.tabTo("Lead")
	p.keys(" ")
	p.says(saved)
	p.goTo("Test Connection")
	p.sees("Authentication failed")
	p.goTo("Edit headers")
	p.focused(headers)
	p.tabTo("Webhook")
	p.keys(" ")
	p.sees("On. New events")
	p.goTo("Undo")
	p.sees("Off. The settings are kept")
	p.goTo("Deliveries")
	p.at("/deliveries")
	p.goTo("Lead")
	p.sees("did not accept the credentials")
	p.goTo("Sign out")
	p.at("/signin")
}

func (d *desk) reachesEverythingByKeyboard() {
	d.enter("Webhook URL", d.office.Test+"/status/401")
	d.says(saved)
	d.press(button, "Test Connection")
	d.sees("Authentication failed")
	bot := "/bots/" + d.bot
	for _, screen := range []string{
		"/", "/bots/new", bot + "/settings/marketing", bot + "/settings/history", bot + "/settings/general", bot + "/deliveries",
		"/deliveries", "/keys", "/accounts", "/account", "/workspace", "/audit",
		"/help", "/help/webhooks", "/help/recipes", "/help/troubleshooting",
	} {
		d.open(screen)
		d.tabsThrough(screen)
	}
	d.open(bot + "/deliveries")
	d.goTo("Lead")
	d.sees("did not accept the credentials")
	d.tabsThrough("delivery")
	stranger := d.office.newPage()
	stranger.open("/signin")
	stranger.tabsThrough("sign-in")
}
