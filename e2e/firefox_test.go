package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/websocket"
)

// firefox is a tab of Firefox, which is driven by WebDriver BiDi: a WebSocket that Firefox itself opens. It exists for what
// Firefox alone does: it puts back what was in the fields of a page that is loaded again.
type firefox struct {
	t    *testing.T
	base string
	conn *websocket.Conn
	id   int
	tab  string
}

// newFirefox starts a Firefox with an empty profile.
func (h *installation) newFirefox() *firefox {
	h.t.Helper()
	name := "firefox-esr"
	if _, err := exec.LookPath(name); err != nil {
		name = "firefox"
	}
	profile := h.t.TempDir()
	cmd := exec.Command(name, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0",
		"--remote-allow-origins", "http://127.0.0.1", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_CRASHREPORTER_DISABLE=1")
	said, err := cmd.StderrPipe()
	require.NoError(h.t, err)
	require.NoError(h.t, cmd.Start(), "starting Firefox (tools/test-deps.sh installs it)")
	f := &firefox{t: h.t, base: h.URL}
	h.t.Cleanup(func() {
		if f.conn != nil {
			_ = f.conn.Close()
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if _, at, found := strings.Cut(lines.Text(), "WebDriver BiDi listening on "); found {
				address <- at
				break
			}
		}
		_, _ = io.Copy(io.Discard, said)
	}()
	select {
	case at := <-address:
		f.conn, err = websocket.Dial(at+"/session", "", "http://127.0.0.1")
		require.NoError(h.t, err)
	case <-time.After(patience):
		require.FailNow(h.t, "Firefox did not say where it listens")
	}
	f.call("session.new", object{"capabilities": object{}}, nil)
	var tabs struct{ Contexts []struct{ Context string } }
	f.call("browsingContext.getTree", object{}, &tabs)
	f.tab = tabs.Contexts[0].Context
	return f
}

// call sends a command and decodes its result.
func (f *firefox) call(method string, params object, result any) {
	f.t.Helper()
	f.id++
	require.NoError(f.t, f.conn.SetDeadline(time.Now().Add(patience)))
	require.NoError(f.t, websocket.JSON.Send(f.conn, object{"id": f.id, "method": method, "params": params}))
	for {
		var answer struct {
			ID             int
			Type           string
			Result         json.RawMessage
			Error, Message string
		}
		require.NoError(f.t, websocket.JSON.Receive(f.conn, &answer), method)
		if answer.ID != f.id {
			continue // an event
		}
		require.Equal(f.t, "success", answer.Type, "%s: %s: %s", method, answer.Error, answer.Message)
		if result != nil {
			require.NoError(f.t, json.Unmarshal(answer.Result, result))
		}
		return
	}
}

func (f *firefox) signedInAs(who *person) {
	f.t.Helper()
	f.call("storage.setCookie", object{"cookie": object{
		"name": who.session.Name, "value": object{"type": "string", "value": who.session.Value},
		"domain": "127.0.0.1", "httpOnly": true, "sameSite": "lax",
	}}, nil)
}

func (f *firefox) open(path string) {
	f.t.Helper()
	f.call("browsingContext.navigate", object{"context": f.tab, "url": f.base + path, "wait": "complete"}, nil)
}

func (f *firefox) reload() {
	f.t.Helper()
	f.call("browsingContext.reload", object{"context": f.tab, "wait": "complete"}, nil)
}

func (f *firefox) goBack() {
	f.t.Helper()
	f.call("browsingContext.traverseHistory", object{"context": f.tab, "delta": -1}, nil)
}

// read is the text that a JavaScript expression yields.
func (f *firefox) read(expression string) string {
	f.t.Helper()
	var answer struct {
		Result           struct{ Value any }
		ExceptionDetails struct{ Text string }
	}
	f.call("script.evaluate", object{
		"expression": "String(" + expression + ")", "target": object{"context": f.tab}, "awaitPromise": false,
	}, &answer)
	require.Empty(f.t, answer.ExceptionDetails.Text, expression)
	return fmt.Sprint(answer.Result.Value)
}

// until asks again and again whether an expression yields a text that begins so.
func (f *firefox) until(what, expression, begins string) {
	f.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		got := f.read(expression)
		if strings.HasPrefix(got, begins) {
			return
		}
		require.True(f.t, time.Now().Before(deadline), "%s: %q, not %q…", what, got, begins)
	}
}

// enter replaces the text of a field, key by key. It stays in the field.
func (f *firefox) enter(id, text string) {
	f.t.Helper()
	f.call("browsingContext.activate", object{"context": f.tab}, nil) // keys go to the tab with the focus
	f.read(fmt.Sprintf("(document.getElementById(%q).focus(), document.getElementById(%q).select())", id, id))
	var keys []object
	for _, key := range text {
		keys = append(keys, object{"type": "keyDown", "value": string(key)}, object{"type": "keyUp", "value": string(key)})
	}
	f.call("input.performActions", object{"context": f.tab, "actions": []object{{"type": "key", "id": "keyboard", "actions": keys}}}, nil)
	require.Equal(f.t, text, f.read(fmt.Sprintf("document.getElementById(%q).value", id)))
}

const (
	typedURL  = "document.getElementById('webhook-url')?.value"
	saveState = "document.getElementById('save-state')?.innerText.trim()"
)

// TestFirefoxPutsNothingStaleBack loads the settings page again, and comes back to it, after somebody else has replaced what was
// typed there. Firefox would put the old text back, and the page would take it for an edit and save it.
func TestFirefoxPutsNothingStaleBack(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	maria, a := h.newPerson("maria@acme.example"), h.newAPI()
	bot := a.newBot("Roofing quote bot", h.Test+"/first")
	settings := "/bots/" + bot + "/settings/marketing"
	type webhook struct {
		Version int64
		URL     string
		Enabled bool
	}
	stored := func() webhook { return call[webhook](a, "GET", "/v1/bots/"+bot+"/webhook", nil, 200) }

	f := h.newFirefox()
	f.signedInAs(maria)
	f.open(settings)
	f.until("the page to be ready", saveState, "Changes save automatically")
	for i, c := range []struct {
		name       string
		away, back func()
	}{
		{"a reload", func() {}, f.reload},
		{"coming back", func() { f.open("/help") }, f.goBack},
		{"opening it again", func() { f.open("/help") }, func() { f.open(settings) }},
	} {
		typed, theirs := fmt.Sprintf("%s/typed/%d", h.Test, i), fmt.Sprintf("%s/theirs/%d", h.Test, i)
		f.enter("webhook-url", typed)
		f.until(c.name+": what was typed to be saved", saveState, saved)
		require.Equal(t, typed, stored().URL)
		c.away()
		call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": i%2 == 0, "url": theirs}, 200)
		now := stored()
		c.back()
		f.until(c.name+": what is saved", typedURL, theirs)
		f.until(c.name+": the switch", "document.querySelector('[role=switch]')?.checked", strconv.FormatBool(now.Enabled))
		f.until(c.name+": nothing to save", saveState, "Changes save automatically")

		f.enter("custom-headers", fmt.Sprint("X-Team: ", i))
		f.until(c.name+": another edit to be saved", saveState, saved)
		after := stored()
		require.Equal(t, theirs, after.URL, c.name)
		require.Equal(t, now.Enabled, after.Enabled, c.name)
		require.Equal(t, now.Version+1, after.Version, "%s: the one edit, and nothing before it", c.name)
	}

	// An invalid text is never saved, and does not stand there again as if it were.
	f.enter("webhook-url", "crm.example.com/hooks")
	f.reload()
	f.until("what is saved", typedURL, stored().URL)
}
