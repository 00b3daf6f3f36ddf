package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// Roles as assistive technology knows them.
const (
	button   = "button"
	link     = "link"
	textbox  = "textbox"
	toggle   = "switch"
	combobox = "combobox"
)

// slowly is how often the page is asked for what it does not show yet: searching the accessibility tree is expensive.
const slowly = 25 * time.Millisecond

// byRole finds things the way a screen reader does: by role and accessible name, in the browser's own
// accessibility tree. A field without a label is not found.
func byRole(role, name string) chromedp.QueryOption {
	by := chromedp.ByFunc(func(ctx context.Context, t *chromedp.Target, root *chromedp.Node) ([]cdp.NodeID, error) {
		found, err := cdp.Call(ctx, t, accessibility.QueryAXTree,
			accessibility.QueryAXTreeParams{NodeID: root.NodeID, Role: role, AccessibleName: name})
		if err != nil {
			return nil, err
		}
		var ids []cdp.BackendNodeID
		for _, n := range found.Nodes {
			if !n.Ignored {
				ids = append(ids, n.BackendDOMNodeID)
			}
		}
		if len(ids) == 0 {
			return nil, nil
		}
		pushed, err := cdp.Call(ctx, t, dom.PushNodesByBackendIDsToFrontend, dom.PushNodesByBackendIDsToFrontendParams{BackendNodeIDs: ids})
		return pushed.NodeIDs, err
	})
	return func(s *chromedp.Selector) { by(s); chromedp.RetryInterval(slowly)(s) }
}

// open goes to a path of the server.
func (p *page) open(path string) {
	p.t.Helper()
	p.do("opening "+path, chromedp.Navigate(p.base+path))
}

// noScripts switches JavaScript off for all that is loaded from now on.
func (p *page) noScripts() {
	p.t.Helper()
	p.do("switching JavaScript off", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// press clicks the thing with this role and name.
func (p *page) press(role, name string) {
	p.t.Helper()
	p.whole()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		err := chromedp.Do(ctx, chromedp.Click(role+" "+name, byRole(role, name), chromedp.NodeVisible))
		if err == nil {
			return
		}
		// A live update replaced it between finding it and pressing it: a person presses what is there now.
		require.ErrorContains(p.t, err, "Could not find node with given id", "pressing the %s %s. The page reads:\n%s", role, name, p.text())
	}
}

// has waits until there is a thing with this role and name.
func (p *page) has(role, name string) {
	p.t.Helper()
	p.whole()
	p.do("looking for the "+role+" "+name, chromedp.Query(role+" "+name, byRole(role, name), chromedp.NodeVisible))
}

// fill replaces the text of a field by typing, key by key.
func (p *page) fill(name, text string) {
	p.t.Helper()
	p.fillIn(textbox, name, text)
}

// fillIn is fill for a field of another role.
func (p *page) fillIn(role, name, text string) {
	p.t.Helper()
	p.whole()
	p.do("going to "+name, chromedp.Focus(role+" "+name, byRole(role, name), chromedp.NodeVisible),
		chromedp.Evaluate[chromedp.Void]("document.activeElement.select()"))
	if text == "" {
		p.keys(kb.Backspace)
		return
	}
	p.keys(text)
}

// keys types where the focus is.
func (p *page) keys(keys string) {
	p.t.Helper()
	p.do("typing", chromedp.KeyEvent(keys))
}

// blur leaves the field that has the focus.
func (p *page) blur() {
	p.t.Helper()
	p.do("leaving the field", chromedp.Evaluate[chromedp.Void]("document.activeElement.blur()"))
}

// value reads a field, in one step: a node that was found and is then asked for its value may belong to a page that is
// being replaced.
func (p *page) value(name string) string {
	p.t.Helper()
	field := `[...document.querySelectorAll('input, textarea')].find(f => [...(f.labels || [])].some(l => l.innerText.trim().startsWith(` + quote(name) + `)))`
	p.until("looking for the field "+name, "document.readyState === 'complete' && "+field)
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](field+".value"))
	require.NoError(p.t, err)
	return text
}

// sees waits until the page shows a text, whatever the white space in it.
func (p *page) sees(text string) {
	p.t.Helper()
	p.until("waiting to read "+text, `document.body && document.body.innerText.replace(/\s+/g, ' ').includes(`+quote(squeeze(text))+`)`)
}

// says waits until the save state (role=status) begins with a text.
func (p *page) says(text string) {
	p.t.Helper()
	p.until("waiting for the status "+text,
		`[...document.querySelectorAll('[role=status]')].some(s => s.innerText.trim().replace(/\s+/g, ' ').startsWith(`+quote(squeeze(text))+`))`)
}

// focused waits until a field with this label has the focus.
func (p *page) focused(name string) {
	p.t.Helper()
	p.until("waiting for the focus in "+name,
		`[...(document.activeElement.labels || [])].some(l => l.innerText.trim().startsWith(`+quote(name)+`))`)
}

// at waits until the page's address ends so.
func (p *page) at(suffix string) {
	p.t.Helper()
	p.until("waiting to arrive at "+suffix, `location.pathname.endsWith(`+quote(suffix)+`)`)
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// quote writes a text as a JavaScript string.
func quote(text string) string {
	quoted, _ := json.Marshal(text) // a string cannot fail
	return string(quoted)
}

// reloadUntil loads the page again and again until it shows all these texts: for what no live update brings yet.
func (p *page) reloadUntil(texts ...string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		text := p.text()
		if containsAll(text, texts) {
			return
		}
		require.True(p.t, time.Now().Before(deadline), "waiting to read %q. The page reads:\n%s", texts, text)
		p.do("loading again", chromedp.Reload())
	}
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// openRow follows the link of the first table row that shows a text.
func (p *page) openRow(text string) {
	p.t.Helper()
	p.whole()
	p.do("opening the row with "+text, chromedp.Click(
		chromedp.JSPath(`[...document.querySelectorAll('main tr')].find(r => r.querySelector('a') && r.innerText.includes(`+quote(text)+`))?.querySelector('a')`),
		chromedp.NodeVisible))
}
