package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// settingsTests are the rules of Bot → Settings → Marketing & Attribution, one test each.
var settingsTests = []struct {
	rule string
	test func(*desk)
}{
	{"every look is accessible and nothing sticks out", (*desk).looksRight},
	{"a quick save is said once and leaves the caret alone", (*desk).savesQuietly},
	{"a slow save says so", (*desk).saysSavingOnASlowLine},
	{"an invalid text is called so in time, never saved, never wiped", (*desk).saysInvalidInTime},
	{"leaving a field loses no press", (*desk).losesNoPress},
	{"a long state is read whole on a phone", (*desk).readsItsStateOnAPhone},
	{"a failed save is retried when asked", (*desk).retriesWhatFailed},
	{"a failed save is retried by itself", (*desk).retriesByItself},
	{"offline edits are saved when the connection is back", (*desk).waitsWhileOffline},
	{"every key arrives on a bad line", (*desk).keepsEveryKey},
	{"an overtaken save changes nothing", (*desk).keepsTheLastKeyWhenOvertaken},
	{"leaving saves at once", (*desk).flushesAtOnce},
	{"what was typed before the scripts came is saved", (*desk).savesWhatWasTypedEarly},
	{"a session that ended is renewed in place", (*desk).signsInAgainInPlace},

	{"changes of different fields merge", (*desk).mergesDifferentFields},
	{"the same field asks whose to keep", (*desk).asksWhoseToKeep},
	{"another tab of one's own is called so", (*desk).knowsItsOwnOtherTab},
	{"what others change appears where nobody is editing", (*desk).showsChangesLive},
	{"an edit is undone whole", (*desk).undoes},
	{"what was sent with can be restored", (*desk).restoresWhatWas},

	{"headers are understood, line by line", (*desk).understandsHeaders},
	{"masked values survive editing around them", (*desk).keepsMaskedValues},
	{"a value survives being cut and pasted", (*desk).keepsACutValue},
	{"a pasted curl command is understood", (*desk).understandsCurl},
	{"the page warns of headers that go to another host", (*desk).warnsWhenHeadersGoElsewhere},

	{"the URL of a pasted text is taken where one can see it", (*desk).readsPastedURLs},
	{"of several pasted URLs none is guessed", (*desk).asksWhichPastedURLIsMeant},
	{"text pasted into a URL is text", (*desk).pastesIntoAURL},
	{"what the host gives away is said", (*desk).saysWhatTheHostGivesAway},
	{"a blocked address is refused while editing", (*desk).refusesBlockedAddresses},
	{"an edit counts 5 s after its last key", (*desk).waitsAfterTheLastKey},

	{"everything is reached by keyboard, in view and marked", (*desk).reachesEverythingByKeyboard},

	{"without JavaScript a button saves, with the same words", (*desk).savesWithoutScripts},
	{"without JavaScript Test Connection saves first too", (*desk).testsWithoutScripts},
	{"without JavaScript the page warns of a conflict", (*desk).mergesWithoutScripts},
}

// TestSettings walks the settings page. Each test has a bot and a browser of its own.
func TestSettings(t *testing.T) {
	t.Parallel()
	for _, c := range settingsTests {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			c.test(sharedOffice(t).newDesk(t))
		})
	}
}

// person is somebody with an account, signed in.
type person struct {
	email, password string
	session         *http.Cookie
}

// newPerson makes an owner's account on the command line and signs it in.
func (h *installation) newPerson(email string) *person {
	h.t.Helper()
	said := h.command("user", "create", "--email", email, "--role", "owner")
	p := &person{email: email, password: said[strings.LastIndexAny(said, " \n")+1:]}
	p.signIn(h)
	return p
}

func (p *person) signIn(h *installation) {
	h.t.Helper()
	p.session = sessionOf(h.t, h.send(nil, "/signin", url.Values{"email": {p.email}, "password": {p.password}}))
}

// sessionOf is the session that an answer opens.
func sessionOf(t *testing.T, res *http.Response) *http.Cookie {
	t.Helper()
	i := slices.IndexFunc(res.Cookies(), func(c *http.Cookie) bool { return c.Name == "iozen" })
	require.GreaterOrEqual(t, i, 0, "a session")
	return res.Cookies()[i]
}

// send posts a form as one of our own pages would, and returns the answer without following it.
func (h *installation) send(session *http.Cookie, path string, form url.Values) *http.Response {
	h.t.Helper()
	req, err := http.NewRequest(http.MethodPost, h.URL+path, strings.NewReader(form.Encode()))
	require.NoError(h.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", h.URL)
	if session != nil {
		req.AddCookie(session)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(h.t, err)
	require.NoError(h.t, res.Body.Close())
	require.Equal(h.t, http.StatusSeeOther, res.StatusCode, path)
	return res
}

// desk is a person with the settings of one bot open.
type desk struct {
	*page
	office *office
	bot    string
}

// newDesk makes a bot and opens its settings in a browser in which Maria is signed in.
func (o *office) newDesk(t *testing.T) *desk {
	t.Helper()
	made := o.send(o.maria.session, "/bots", url.Values{"name": {fmt.Sprintf("Roofing quote bot %d", theOffice.desks.Add(1))}})
	settings := made.Header.Get("Location")
	d := &desk{office: o, bot: path.Base(path.Dir(path.Dir(settings)))}
	d.page = d.office.newPage()
	d.signedInAs(o.maria)
	d.openSettings()
	return d
}

func (d *desk) settings() string { return "/bots/" + d.bot + "/settings/marketing" }

func (d *desk) openSettings() {
	d.t.Helper()
	d.open(d.settings())
	d.says("Changes save automatically")
}

// signedInAs gives the browser a person's session.
func (p *page) signedInAs(who *person) {
	p.t.Helper()
	p.do("signing in", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{
			Name: who.session.Name, Value: who.session.Value, URL: p.base, HTTPOnly: new(true), SameSite: network.CookieSameSiteLax,
		})
		return err
	}))
}

// looksRight inspects the page as a newcomer meets it; the save state stays in view while the page scrolls.
func (d *desk) looksRight() {
	d.inspect("settings-new")
	for _, l := range looks[:2] {
		d.lookAt(l)
		d.until("waiting for the save state in view, "+l.name, `(() => {
			scrollTo(0, document.body.scrollHeight);
			const state = document.getElementById('save-state').getBoundingClientRect();
			return scrollY > 0 && state.top >= 0 && state.bottom < innerHeight;
		})()`)
	}
}
