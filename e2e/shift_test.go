package e2e

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// allowedShift is how far the parts of a page may move by themselves, as browsers count it (cumulative layout shift).
const allowedShift = 0.03

// requireSteady requires that little has moved since the page was loaded, and names what has.
func (p *page) requireSteady(what string) {
	p.t.Helper()
	moved, err := chromedp.Run(p.ctx, chromedp.Evaluate[struct {
		Sum  float64
		What []string
	}](`new Promise(done => {
		const moved = {Sum: 0, What: []};
		const name = el => el?.closest ? el.tagName + (el.id && '#' + el.id) + '.' + el.className : el?.parentElement ? name(el.parentElement) : '?';
		new PerformanceObserver(list => {
			for (const e of list.getEntries().filter(e => !e.hadRecentInput)) {
				moved.Sum += e.value;
				for (const s of e.sources) moved.What.push([Math.round(e.startTime), e.value.toFixed(3), name(s.node), JSON.stringify(s.previousRect), JSON.stringify(s.currentRect)].join(' '));
			}
		}).observe({type: 'layout-shift', buffered: true});
		requestAnimationFrame(() => setTimeout(() => done(moved), 100));
	})`, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err)
	require.Less(p.t, moved.Sum, allowedShift, "%s has moved:\n%s", what, strings.Join(moved.What, "\n"))
}

// readsItsStateOnAPhone: a save state longer than its line is read whole, and neither moves nor covers the fields.
func (d *desk) readsItsStateOnAPhone() {
	for _, width := range []int64{320, 360} {
		d.sized(width, 740)
		d.openSettings()
		const field = `document.getElementById('webhook-url').getBoundingClientRect()`
		d.fill("Webhook URL", "ftp://crm.example.com/hooks/iozen")
		d.do("noting its place", chromedp.Evaluate[chromedp.Void](`window.before = `+field+`.top`))
		d.blur()
		d.says("Webhook URL not saved: ")
		d.until("the state to be read whole", `(() => {
			const state = document.getElementById('save-state'), box = state.getBoundingClientRect();
			const whole = [state, ...state.querySelectorAll('*')].every(el => el.scrollWidth <= Math.max(el.clientWidth, el.offsetWidth));
			return whole && box.left >= 0 && box.right <= innerWidth && box.top >= 0 && state.contains(document.elementFromPoint(box.left + 30, box.bottom - 4));
		})()`)
		d.until("the field to be in its place and uncovered", `(() => {
			const box = `+field+`, at = (x, y) => document.elementFromPoint(x, y)?.id === 'webhook-url';
			return Math.abs(box.top - window.before) <= 1 && at(box.left + 9, box.top + 3) && at(box.right - 9, box.bottom - 3);
		})()`)
		d.keep("state-long")
		d.requireSteady("an invalid URL on a phone")
		d.enter("Webhook URL", fmt.Sprint(d.office.Test, "/hook/", width))
		d.says(saved)
		d.requireSteady("a corrected URL on a phone")
	}
}
