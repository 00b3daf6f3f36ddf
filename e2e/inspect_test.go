package e2e

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axeSource is axe-core, the accessibility checker; only the tests have it.
//
//go:embed testdata/axe.min.js
var axeSource string

const (
	wide   = 1280
	narrow = 320 // the narrowest phone, and a wide screen at four times its size (WCAG 1.4.10)
)

// look is one way to look at a screen.
type look struct {
	name   string
	scheme string
	width  int64
	forced string // forced-colors: the system's own few, as in Windows' high contrast
	rules  string // what axe-core is asked; "": nothing that another look has not answered
}

// What axe-core is asked. Most of a browser test's time is spent in it, so each look asks only about what may differ there: in
// the dark the colours; in forced colours, which the system chooses, nothing.
const (
	everyRule = `{resultTypes: ['violations']}`
	colours   = `{resultTypes: ['violations'], runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}`
)

// Each look differs little from the one before, because the browser lays the page out again for every change.
var looks = []look{
	{"light", "light", wide, "none", everyRule},
	{"phone", "light", narrow, "none", everyRule},
	{"forced", "dark", narrow, "active", ""},
	{"dark", "dark", wide, "none", colours},
}

// inspect looks at the present screen in light, dark, on a phone and in forced colours: axe-core finds nothing,
// nothing sticks out sideways. The pictures are kept when IOZEN_SCREENSHOTS names a folder.
func (p *page) inspect(name string) {
	p.t.Helper()
	for _, l := range looks {
		p.lookAt(l)
		p.keep(name + "-" + l.name)
		if l.rules != "" {
			p.axe(name+", "+l.name, l.rules)
		}
		wider, err := chromedp.Run(p.ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth - window.innerWidth"))
		require.NoError(p.t, err)
		require.LessOrEqual(p.t, wider, 0, "%s, %s: the page is wider than the window", name, l.name)
	}
	p.lookAt(looks[0])
}

// lookAt changes what differs from the present look.
func (p *page) lookAt(l look) {
	p.t.Helper()
	if l.width != p.look.width {
		p.do("changing the width", chromedp.EmulateViewport(l.width, 900))
	}
	if l.scheme != p.look.scheme || l.forced != p.look.forced {
		p.do("changing the colours", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: l.scheme},
					{Name: "forced-colors", Value: l.forced},
					{Name: "prefers-reduced-motion", Value: "reduce"}, // no colour is caught half-way
				},
			})
			return err
		}))
	}
	p.look = l
	// The test endpoint's pages follow the scheme by themselves; all others have theme.js.
	p.until("the look to be "+l.name, `(document.documentElement.classList.contains('dark') === (`+quote(l.scheme)+` === 'dark') ||
		!document.querySelector('script[src$="theme.js"]') && document.querySelector('link[href="/receive.css"]')) &&
		matchMedia('(forced-colors: `+l.forced+`)').matches &&
		!document.getAnimations().some(a => a instanceof CSSTransition)`)
}

// requireAccessible runs axe-core on the page as it is.
func (p *page) requireAccessible(what string) {
	p.t.Helper()
	p.axe(what, everyRule)
}

// axe requires that axe-core finds nothing.
func (p *page) axe(what, rules string) {
	p.t.Helper()
	if !p.is("window.axe") { // half a megabyte, once for each page
		p.do("bringing axe-core", chromedp.Evaluate[chromedp.Void](axeSource+";0"))
	}
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](`
		axe.run(document, `+rules+`).then(r => r.violations.map(v =>
			v.id + ': ' + v.help + '\n    ' + v.nodes.map(n => n.html.slice(0, 200) + '\n      ' +
				n.any.concat(n.all, n.none).map(c => c.message).join('; ')).join('\n    ')))`,
		chromedp.EvalAwaitPromise))
	require.NoError(p.t, err)
	require.Empty(p.t, found, "axe-core on %s:\n%s", what, strings.Join(found, "\n"))
}

// keep writes a picture of the whole screen, if somebody wants to look at it.
func (p *page) keep(name string) {
	dir := os.Getenv("IOZEN_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)
	}
	if err != nil {
		p.t.Log(fmt.Errorf("keeping a picture: %w", err))
	}
}
