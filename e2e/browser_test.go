package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// theBrowser is one Chromium for all tests; each page gets a context (cookies, storage) of its own.
var theBrowser struct {
	once   sync.Once
	ctx    context.Context
	cancel func()
	err    error
}

func browser(t *testing.T) context.Context {
	t.Helper()
	b := &theBrowser
	b.once.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.DisableGPU,
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-quic", true),
		)
		if os.Getuid() == 0 {
			options = append(options, chromedp.NoSandbox) // Chromium refuses to run sandboxed as root
		}
		if shell, err := exec.LookPath("chromium-headless-shell"); err == nil {
			options = append(options, chromedp.ExecPath(shell)) // takes half the time: it has no windows to keep
		}
		allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, end := chromedp.NewContext(allocator)
		b.ctx, b.cancel, b.err = ctx, func() { end(); endAllocator() }, chromedp.Do(ctx)
	})
	require.NoError(t, b.err, "starting Chromium (tools/test-deps.sh installs it)")
	return b.ctx
}

func closeBrowser() {
	if theBrowser.cancel != nil {
		theBrowser.cancel()
	}
}

// page is one tab of the browser. Every method waits for what it needs, and fails the test after a while.
type page struct {
	t    *testing.T
	ctx  context.Context
	base string
	look look // how it is looked at now

	mu         sync.Mutex
	complaints []string // errors and warnings of the console: our pages must cause none
}

// newPage opens a tab with no cookies. When the test ends, the console must have been silent: no error, no
// violation of the Content-Security-Policy.
func (h *installation) newPage() *page {
	h.t.Helper()
	p := &page{t: h.t, base: h.URL}
	ctx, cancel := chromedp.NewContext(browser(h.t), chromedp.WithNewBrowserContext(), chromedp.WithListener(p.listen))
	p.ctx = ctx
	h.t.Cleanup(func() {
		if h.t.Failed() {
			p.keep("failed-" + strings.ReplaceAll(h.t.Name(), "/", "-"))
		}
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.complaints) > 0 {
			h.t.Errorf("the browser's console:\n%s", strings.Join(p.complaints, "\n"))
		}
	})
	require.NoError(h.t, chromedp.Do(ctx)) // opens the tab, for as long as ctx lives
	p.do("taking the focus", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		// Every tab takes itself for the one with the focus: with several tabs it would be chance.
		_, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	p.lookAt(looks[0]) // reduced motion included: a click aims at what stands still
	return p
}

// listen collects complaints. Answers with an error status that a page deals with (422 of a field, 401 of an ended
// session) are listed by the browser too, as "network": they are not complaints.
func (p *page) listen(event any) {
	var text string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = fmt.Sprint("exception: ", e.ExceptionDetails.Text, " ", description(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			text = "console: "
			for _, arg := range e.Args {
				text += fmt.Sprintf("%s %s ", arg.Value, description(arg))
			}
		}
	case *cdppage.EventJavascriptDialogOpening: // no page of ours opens one
		text = "dialog: " + e.Message
	case *log.EventEntryAdded:
		if (e.Entry.Level == "error" || e.Entry.Level == "warning") && e.Entry.Source != "network" {
			text = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
	if text != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.complaints = append(p.complaints, text)
	}
}

func description(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description
}

// do runs steps in the tab, within patience.
func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		require.FailNow(p.t, what, "%v\nThe page reads:\n%s", err, p.text())
	}
}

// until asks the page again and again whether a JavaScript expression is true. (chromedp's own Poll needs
// unsafe-eval, which our Content-Security-Policy forbids.)
func (p *page) until(what, expression string) {
	p.t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(25*time.Millisecond)
	defer tick.Stop()
	for {
		if p.is(expression) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			require.FailNow(p.t, what, "The page at %s reads:\n%s", p.location(), p.text())
		}
	}
}

// is asks once. Without an answer (the page was just replaced) it returns false; a busy machine takes its time to answer.
func (p *page) is(expression string) bool {
	ctx, cancel := context.WithTimeout(p.ctx, patience/4)
	defer cancel()
	yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
	return err == nil && yes
}

// whole waits until the page has loaded: an element of a page that is still loading may be replaced before it is used.
func (p *page) whole() {
	p.t.Helper()
	p.until("waiting for the page to be whole", "document.readyState === 'complete'")
}

// text is all that the page shows.
func (p *page) text() string {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return "(nothing: " + err.Error() + ")"
	}
	return text
}

func (p *page) location() string {
	where, err := chromedp.Run(p.ctx, chromedp.Location())
	if err != nil {
		return "?"
	}
	return where
}
