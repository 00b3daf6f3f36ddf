package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// What a first visit may transfer, in bytes: all of it, and the JavaScript of it.
const (
	allowedWeight  = 90_000
	allowedScripts = 30_000
)

// weightScript adds up what the browser has got for the page, as it came over the line, without the headers of the answers.
const weightScript = `(() => {
	const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
	const sum = list => list.reduce((bytes, e) => bytes + e.encodedBodySize, 0);
	return {
		All: sum(loaded), Scripts: sum(loaded.filter(e => new URL(e.name).pathname.endsWith('.js'))),
		Cached: loaded.filter(e => !e.transferSize).map(e => e.name), Foreign: loaded.filter(e => !e.name.startsWith(location.origin)).map(e => e.name),
	};
})()`

// TestAFirstVisitIsLightAndSteady visits the pages that people work with, each with an empty cache, and waits for what they load
// by themselves.
func TestAFirstVisitIsLightAndSteady(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	maria, a := h.newPerson("maria@acme.example"), h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/hook")
	delivery := ""
	for range 60 { // more than a page of the log
		delivery = a.post(bot)
	}
	for name, page := range map[string]struct{ path, loaded string }{
		"home":     {"/", `document.querySelector('.bots a')`},
		"settings": {"/bots/" + bot + "/settings/marketing", `document.querySelectorAll('#recent li').length > 0`},
		"log":      {"/bots/" + bot + "/deliveries", `document.querySelectorAll('#rows tr').length >= 50`},
		"delivery": {"/deliveries/" + delivery, `document.querySelector('.say')`},
	} {
		p := h.newPage()
		p.signedInAs(maria)
		p.open(page.path)
		p.whole()
		p.until("what "+name+" loads by itself", page.loaded+` && (!document.querySelector('[data-live]') || document.querySelector('.dot.live'))`)
		weight, err := chromedp.Run(p.ctx, chromedp.Evaluate[struct {
			All, Scripts    int
			Cached, Foreign []string
		}](weightScript))
		require.NoError(t, err)
		t.Logf("%s: %d bytes, %d of them scripts", name, weight.All, weight.Scripts)
		require.Empty(t, weight.Cached, "%s: not a first visit", name)
		require.Empty(t, weight.Foreign, "%s: asked elsewhere", name)
		require.Positive(t, weight.Scripts, name)
		require.Less(t, weight.All, allowedWeight, name)
		require.Less(t, weight.Scripts, allowedScripts, name)
		p.requireSteady(name)
	}
}
