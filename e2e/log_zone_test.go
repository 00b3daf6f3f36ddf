package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestTheTimesOfTheFilterAreLocal, as those of the rows are: what is typed is meant in the browser's zone, and a link from
// another zone shows the same moment in this one's.
func TestTheTimesOfTheFilterAreLocal(t *testing.T) {
	h := startServer(t)
	p := h.newPage()
	bot := p.startBot("Roofing quote bot")
	p.testAgainst(h.Test+"/hook", "Your endpoint accepted the test")
	p.do("moving to Tokyo", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Tokyo"})
		return err
	}))
	p.open(bot + "/deliveries?from=2026-03-05T12:00&zone=Europe/Berlin")
	p.until("the label to name the zone", `document.querySelector('label[for=from]').textContent === 'From (Asia/Tokyo)'`)
	p.until("the same moment", `document.getElementById('from').value === '2026-03-05T20:00'`)
	p.do("another event", chromedp.Evaluate[chromedp.Void](`document.getElementById('test').value = 'true';
		document.getElementById('test').dispatchEvent(new Event('input', {bubbles: true}))`))
	p.until("the zone in the address", `new URLSearchParams(location.search).get('zone') === 'Asia/Tokyo'`)
	require.True(t, p.is(`new URLSearchParams(location.search).get('from') === '2026-03-05T20:00'`))

	p.open("/audit")
	p.until("the label to name the zone", `document.querySelector('label[for=to]').textContent === 'Until (Asia/Tokyo)'`)
	p.press(button, "Apply")
	p.until("no zone without a time", `location.pathname === '/audit' && !location.search.includes('zone')`)
}
