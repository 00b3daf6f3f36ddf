package e2e

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const (
	crm    = "https://crm.example.com/hooks"
	saved  = "All changes saved ·"
	broken = "Webhook URL not saved: it must start with https:// or http://"
)

// What the page waits for (static/js/field.js and savestate.js).
const (
	quiet = 800 * time.Millisecond // after the last key, until it saves
	slow  = 300 * time.Millisecond // for an answer, until it says that it is saving
	pause = 3 * time.Second        // without a key, until an invalid text is called so
)

// behindWire opens the settings again through a wire.
func (d *desk) behindWire() *wire {
	d.t.Helper()
	l := newWire(d.t, d.office.URL)
	d.base = l.URL
	d.openSettings()
	return l
}

// keeps requires that a field still holds a text after the page is opened again.
func (d *desk) keeps(name, text string) {
	d.t.Helper()
	d.open(d.settings())
	require.Equal(d.t, text, d.value(name))
}

// history notes everything that the save state shows from now on, and what a screen reader hears.
func (d *desk) history() {
	d.t.Helper()
	d.do("listening", chromedp.Evaluate[chromedp.Void](`
		window.shown = []; window.heard = [];
		new MutationObserver(() => shown.push(document.getElementById('save-state').innerText.trim()))
			.observe(document.getElementById('save-state'), {childList: true, subtree: true, characterData: true});
		new MutationObserver(() => heard.push(document.getElementById('save-said').innerText.trim()))
			.observe(document.getElementById('save-said'), {childList: true});`))
}

func (d *desk) list(name string) []string {
	d.t.Helper()
	list, err := chromedp.Run(d.ctx, chromedp.Evaluate[[]string]("window."+name))
	require.NoError(d.t, err)
	return list
}

// A quick save shows no "Saving…", is heard once, and leaves the focus and the caret alone.
func (d *desk) savesQuietly() {
	d.stopsTheClock()
	d.history()
	d.fill("Webhook URL", crm)
	d.says("Unsaved changes")
	d.passes(quiet)
	d.says(saved)
	d.focused("Webhook URL")
	d.keys("/1") // goes on where the caret was
	d.says("Unsaved changes")
	d.passes(quiet)
	d.says(saved)
	require.NotContains(d.t, d.list("shown"), "Saving…")
	require.Len(d.t, d.list("heard"), 2)
	d.keeps("Webhook URL", crm+"/1")
}

func (d *desk) saysSavingOnASlowLine() {
	l, go_, came := d.behindWire(), make(chan struct{}), make(chan struct{}, 1)
	l.saves(func(s *save) { came <- struct{}{}; <-go_; s.pass() })
	d.stopsTheClock()
	d.history()
	d.fill("Webhook URL", crm)
	d.passes(quiet)
	await(d.t, came)
	d.says("Unsaved changes")
	d.passes(slow)
	d.says("Saving…")
	close(go_)
	d.says(saved)
	require.Equal(d.t, d.list("heard")[0][:len(saved)], saved, "saving is not heard")
	d.keeps("Webhook URL", crm)
}

// An invalid text is reported once its writer has left the field or paused; it is never saved and never cleared.
func (d *desk) saysInvalidInTime() {
	d.stopsTheClock()
	d.history()
	d.fill("Webhook URL", "crm.example.com/hooks")
	d.passes(quiet)
	d.says("Unsaved changes")
	d.passes(pause - quiet)
	d.says(broken)
	require.Equal(d.t, []string{broken}, d.list("heard"))
	d.sees("No events are sent until it is fixed.")
	d.keys("x")
	d.says("Unsaved changes")
	d.blur()
	d.says(broken)
	d.press(button, broken)
	d.focused("Webhook URL")
	require.Equal(d.t, "crm.example.com/hooksx", d.value("Webhook URL"))
	d.inspect("settings-invalid")

	d.fill("Webhook URL", crm)
	d.blur()
	d.says(saved)
	d.fill("Webhook URL", "ftp://crm.example.com")
	d.blur()
	d.sees("The saved URL is still the one of crm.example.com.")
	d.press(toggle, "Webhook")
	d.fill("Webhook URL", "ftp://crm.example.com/2")
	d.blur()
	d.sees("Events still go to crm.example.com.")
	d.fill("Webhook URL", crm)
	d.blur()
	d.says(saved)
	d.sees("Must accept POST requests.")
	d.keeps("Webhook URL", crm)
}

// A press counts although leaving the field adds a message: the message must not push the button away from the pointer.
func (d *desk) losesNoPress() {
	d.fill("Webhook URL", "crm.example.com/hooks")
	d.until("waiting for the refusal", `performance.getEntriesByType('resource').some(r => r.name.endsWith('/webhook/fields'))`)
	d.press(button, "Test Connection")
	d.sees("Nothing was sent")
	d.focused("Webhook URL")
}

func (d *desk) retriesWhatFailed() {
	l := d.behindWire()
	d.stopsTheClock()
	l.down(true)
	d.history()
	d.fill("Webhook URL", crm)
	d.passes(quiet)
	d.says("Couldn't save. Retrying in 5 s.")
	d.passes(time.Second)
	d.says("Couldn't save. Retrying in 4 s.")
	d.press(button, "Retry now")
	d.says("Couldn't save. Retrying in 10 s.")
	require.Len(d.t, d.list("heard"), 1, "a countdown is no news")
	d.focused("Webhook URL") // a press of Retry now does not take the place where one types
	l.down(false)
	d.press(button, "Retry now")
	d.says(saved)
	d.keeps("Webhook URL", crm)
}

func (d *desk) retriesByItself() {
	l := d.behindWire()
	d.stopsTheClock()
	var tries atomic.Int64
	l.saves(func(s *save) {
		if tries.Add(1) == 1 {
			s.lose()
		} else {
			s.pass()
		}
	})
	d.fill("Webhook URL", crm)
	d.blur()
	d.says("Couldn't save. Retrying in 5 s.")
	d.passes(5 * time.Second)
	d.says(saved)
	require.EqualValues(d.t, 2, tries.Load())
}

func (d *desk) waitsWhileOffline() {
	d.offline(true)
	d.fill("Webhook URL", crm)
	d.says("You're offline. Changes will be saved when you reconnect.")
	d.keep("settings-offline")
	d.offline(false)
	d.says(saved)
	d.keeps("Webhook URL", crm)
}

// offline unplugs the browser, or plugs it in again.
func (p *page) offline(off bool) {
	p.t.Helper()
	p.do("changing the network", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		conditions := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
			{Offline: off, DownloadThroughput: -1, UploadThroughput: -1},
		}}
		if _, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, conditions); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, network.OverrideNetworkState,
			network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
		return err
	}))
}

// On a connection that loses requests and answers, every key arrives, and our own earlier text is not taken for somebody else's.
func (d *desk) keepsEveryKey() {
	l, came := d.behindWire(), make(chan string, 100)
	var n atomic.Int64
	l.saves(func(s *save) {
		came <- s.form.Get("url")
		[]func(*save){(*save).pass, (*save).arrive, (*save).lose}[n.Add(1)%3](s)
	})
	text := crm
	d.fill("Webhook URL", text)
	for _, part := range []string{"/a", "/b", "/c", "/d"} {
		comes(d.t, came, text)
		text += part
		d.keys(part)
	}
	comes(d.t, came, text)
	d.until("saving the rest", `document.getElementById('save-state').innerText.startsWith(`+quote(saved)+`) ||
		document.querySelector('#save-state button')?.click()`)
	d.keeps("Webhook URL", text)
}

// comes waits until a save of a text has arrived. The same text may arrive twice: a save without an answer is sent again.
func comes(t *testing.T, came <-chan string, text string) {
	t.Helper()
	for await(t, came) != text {
	}
}

// What was sent as the page was left overtakes an earlier save that was still on its way, and stays.
func (d *desk) keepsTheLastKeyWhenOvertaken() {
	l, came, overtaken, late := d.behindWire(), make(chan string, 10), make(chan struct{}), make(chan struct{})
	l.saves(func(s *save) {
		came <- s.form.Get("url")
		if s.form.Get("url") == crm {
			<-overtaken
			defer close(late)
		}
		s.pass()
	})
	d.fill("Webhook URL", crm)
	comes(d.t, came, crm)
	d.keys("/last")
	d.open("/help")
	comes(d.t, came, crm+"/last")
	d.keeps("Webhook URL", crm+"/last")
	close(overtaken)
	await(d.t, late)
	d.keeps("Webhook URL", crm+"/last")
}

func (d *desk) flushesAtOnce() {
	l := d.behindWire()
	came := make(chan string, 10)
	l.saves(func(s *save) { s.pass(); came <- s.form.Get("url") })
	d.fill("Webhook URL", crm+"/blur")
	d.keys(kb.Tab)
	comes(d.t, came, crm+"/blur")
	d.fill("Webhook URL", crm+"/enter")
	d.keys(kb.Enter)
	comes(d.t, came, crm+"/enter")
	d.focused("Webhook URL")
	d.fill("Webhook URL", crm+"/hidden")
	d.do("hiding the page", chromedp.Evaluate[chromedp.Void](`Object.defineProperty(document, 'hidden', {value: true});
		document.dispatchEvent(new Event('visibilitychange'))`))
	comes(d.t, came, crm+"/hidden")
	d.openSettings()
	d.fill("Webhook URL", crm+"/link")
	d.press(link, "General")
	comes(d.t, came, crm+"/link")
	d.at("/settings/general")
	d.keeps("Webhook URL", crm+"/link")
	d.fill("Webhook URL", crm+"/reload")
	d.do("loading again", chromedp.Reload())
	comes(d.t, came, crm+"/reload")
	d.keeps("Webhook URL", crm+"/reload")
}

// Somebody who types before the scripts have loaded loses nothing, even by pressing Enter.
func (d *desk) savesWhatWasTypedEarly() {
	l := d.behindWire()
	d.do("forgetting the scripts", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		return err
	}))
	release := l.hold("/js/settings.js")
	d.do("loading the page", chromedp.Evaluate[chromedp.Void]("location.reload()"))
	d.until("waiting for the field without its script", `document.readyState === 'interactive' && document.activeElement.id === 'webhook-url'`)
	d.keys(crm)
	release()
	d.says(saved)
	d.keeps("Webhook URL", crm)

	release = l.hold("/js/settings.js")
	d.do("loading the page", chromedp.Evaluate[chromedp.Void]("location.reload()"))
	d.until("waiting for the field without its script", `document.readyState === 'interactive' && document.getElementById('webhook-url')`)
	d.do("going to the field", chromedp.Evaluate[chromedp.Void](`document.getElementById('webhook-url').select()`))
	d.keys(crm + "/entered" + kb.Enter)
	release()
	d.says("All changes saved")
	d.keeps("Webhook URL", crm+"/entered")

	release = l.hold("/js/settings.js")
	d.do("loading the page", chromedp.Evaluate[chromedp.Void]("location.reload()"))
	d.until("waiting for the field without its script", `document.readyState === 'interactive' && document.getElementById('webhook-url')`)
	d.do("typing", chromedp.Evaluate[chromedp.Void](`document.getElementById('custom-headers').value = 'X-Team: sales'; document.getElementById('webhook-url').select()`))
	d.keys("nonsense" + kb.Enter)
	d.sees("It must start with https:// or http://.")
	release()
	d.says(broken)
	d.enter("Webhook URL", crm)
	d.says(saved)
	d.keeps(headers, "X-Team: "+mask)
}

func (d *desk) signsInAgainInPlace() {
	me := *d.office.maria // a session that nobody else has
	me.signIn(d.office.installation)
	d.signedInAs(&me)
	d.fill("Webhook URL", crm)
	d.blur()
	d.says(saved)
	d.office.send(me.session, "/signout", nil)
	d.history()
	d.fill("Custom Headers", "X-Team: sales")
	d.says("Sign in again to save. Nothing you typed is lost.")
	d.inspect("settings-signed-out")
	d.press(button, "Sign in")
	d.focused("Password")
	require.Equal(d.t, "maria@acme.example", d.value("Email"))
	d.keys("not the password" + kb.Enter)
	d.sees("Wrong email or password.")
	d.inspect("settings-sign-in")
	d.fill("Password", d.office.maria.password)
	d.press(button, "Sign in")
	d.says(saved)
	require.Equal(d.t, "X-Team: sales", d.value("Custom Headers"))
	d.keeps("Webhook URL", crm)
}
