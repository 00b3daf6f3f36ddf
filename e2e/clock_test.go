package e2e

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// clockScript takes the timers of a page off the machine's clock. Very short timers run as always: axe-core needs them.
const clockScript = `(() => {
	const real = window.setTimeout.bind(window), forget = window.clearTimeout.bind(window), timers = new Map(), readable = 300;
	let now = 0, last = 0;
	const timer = again => (act, wait = 0, ...args) => {
		if (wait < readable) return (again ? window.realInterval : real)(act, wait, ...args);
		timers.set(--last, {at: now + wait, again: again && wait, act: () => act(...args)});
		return last;
	};
	window.realInterval = window.setInterval.bind(window);
	window.setTimeout = timer(false);
	window.setInterval = timer(true);
	window.clearTimeout = window.clearInterval = id => timers.delete(id) || forget(id);
	AbortSignal.timeout = wait => {
		const end = new AbortController();
		window.setTimeout(() => end.abort(new DOMException('too late', 'TimeoutError')), wait);
		return end.signal;
	};
	window.passes = async ms => {
		for (const end = now + ms; ;) {
			const [id, next] = [...timers].filter(([, t]) => t.at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
			if (!next) return now = end;
			now = next.at;
			if (next.again) next.at += next.again; else timers.delete(id);
			next.act();
			await new Promise(done => real(done)); // what was promised meanwhile comes first
		}
	};
})()`

// stopsTheClock opens the settings again in a page whose time passes only when passes says so: what the page does after
// so many milliseconds is then seen on any machine, slow or quick.
func (d *desk) stopsTheClock() {
	d.t.Helper()
	d.do("stopping the clock", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: clockScript})
		return err
	}))
	d.openSettings()
	d.whole()
}

// passes lets time pass in a page whose clock is stopped.
func (d *desk) passes(span time.Duration) {
	d.t.Helper()
	_, err := chromedp.Run(d.ctx, chromedp.Evaluate[float64](fmt.Sprintf("passes(%d)", span.Milliseconds()), chromedp.EvalAwaitPromise))
	require.NoError(d.t, err)
}
