package receivers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/attempt"
	"iozen/sender/sendertest"
	"iozen/store"
	"iozen/store/event"
)

const (
	secret    = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	oldSecret = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

// commands start the samples, by their file's name; {file} and {port} are filled in. Go's is built first: there is
// always a Go where there are tests.
var commands = map[string][]string{
	"receiver.js":  {"node", "{file}"},
	"receiver.py":  {"python3", "{file}"},
	"receiver.go":  {"{built}"},
	"receiver.php": {"php", "-S", "127.0.0.1:{port}", "{file}"},
}

// Every sample does what it says, as the page shows it, with a real delivery: whatever the language.
func TestReceivers(t *testing.T) {
	for _, r := range Receivers() {
		t.Run(r.Language, func(t *testing.T) {
			t.Parallel()
			command := commands[r.Name]
			require.NotEmpty(t, command)
			if _, err := exec.LookPath(command[0]); err != nil && r.Name != "receiver.go" {
				t.Logf("%s is not on this machine, so its receiver was NOT run; tools/test-deps.sh installs it", command[0])
				return
			}
			p := start(t, r, command, secret)
			t.Run("takes what is sent, once", p.takesWhatIsSentOnce)
			t.Run("takes whatever we accept", p.takesWhateverWeAccept)
			t.Run("goes on during a rotation", p.goesOnDuringARotation)
			t.Run("refuses what is not from us", p.refusesWhatIsNotFromUs)
			t.Run("takes a list of signatures", p.takesAListOfSignatures)
			for _, empty := range []string{"", "whsec_"} {
				requireNoStart(t, r, command, empty)
			}
		})
	}
}

// program is a running sample.
type program struct {
	url    string
	lines  chan string // what it says: one line per event that it handled
	client *attempt.Client
}

func start(t *testing.T, r Receiver, command []string, secret string) *program {
	t.Helper()
	cmd, port := prepare(t, r, command, secret)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	p := &program{url: "http://127.0.0.1:" + port, lines: make(chan string, 1000)}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 2*time.Minute, 20*time.Millisecond, "%s never listened", r.Name)
	p.client = attempt.NewClient(attempt.ClientConfig{Allow: sendertest.Allow(t, "127.0.0.1"), Version: "test"})
	t.Cleanup(p.client.Close)
	return p
}

// prepare writes the sample to a file of its own, as someone who copies it from the page does.
func prepare(t *testing.T, r Receiver, command []string, secret string) (cmd *exec.Cmd, port string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, r.Name)
	require.NoError(t, os.WriteFile(file, []byte(r.Code), 0o600))
	built := filepath.Join(dir, "receiver")
	if r.Name == "receiver.go" {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", built, file)
		build.Dir = dir
		out, err := build.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	port = freePort(t)
	fill := strings.NewReplacer("{file}", file, "{port}", port, "{built}", built)
	args := make([]string, len(command))
	for i, arg := range command {
		args[i] = fill.Replace(arg)
	}
	cmd = exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "WEBHOOK_SECRET="+secret, "PORT="+port, "EVENTS_FOLDER="+filepath.Join(dir, "events"))
	return cmd, port
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// deliver makes one attempt with the settings that a bot has.
func (p *program) deliver(t *testing.T, w store.Webhook, d store.Delivery) store.Attempt {
	t.Helper()
	w.Enabled, w.URL = true, p.url+"/hook"
	return p.client.Attempt(t.Context(), w, d)
}

func delivery(eventID string) store.Delivery {
	e := event.ExampleEvent()
	e.ID = eventID
	return store.Delivery{ID: uuid.Must(uuid.NewV7()), EventID: e.ID, EventName: e.Name, Payload: e.Payload()}
}

// handled waits until an event was handled, and returns the events before it.
func (p *program) handled(t *testing.T, eventID string) (before []string) {
	t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		select {
		case line, open := <-p.lines:
			require.True(t, open, "the receiver ended")
			if strings.HasSuffix(line, "Lead "+eventID) {
				return before
			}
			if _, id, ok := strings.Cut(line, "Lead "); ok {
				before = append(before, id)
			}
		case <-timeout:
			require.Fail(t, "event "+eventID+" was not handled")
		}
	}
}

func (p *program) takesWhatIsSentOnce(t *testing.T) {
	w := store.Webhook{Secret: secret}
	first := delivery("once-1")
	for range 3 {
		a := p.deliver(t, w, first)
		require.Equal(t, 200, a.StatusCode, "%s: %s", a.Outcome, a.Response.Body)
	}
	require.Equal(t, 200, p.deliver(t, w, delivery("once-2")).StatusCode)
	require.Equal(t, []string{"once-1"}, p.handled(t, "once-2"), "a duplicate is taken and dropped")
}

// acceptedEdges are contents at the edge of what the API accepts; each is the rest of an event's object.
var acceptedEdges = map[string]string{
	"half a surrogate pair":      `"user_data":{"first_name":"Jo\ud83d"},"custom_data":{"\ud83d":["\ude00",{"\udc00":"\ud83d\ud83d\ude00"}]}`,
	"32 levels":                  `"custom_data":{"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
	"32 levels of objects":       `"custom_data":{"x":` + strings.Repeat(`{"a":`, 30) + `{}` + strings.Repeat("}", 30) + `}`,
	"40 digits":                  `"custom_data":{"n":` + strings.Repeat("9", 40) + `,"m":-0.` + strings.Repeat("1", 39) + `}`,
	"numbers at both ends":       `"custom_data":{"n":[1e308,-1E+308,5e-324,1e-400,-0,-0.0,0e99]}`,
	"a value of 40 digits":       `"custom_data":{"value":` + strings.Repeat("9", 40) + `,"currency":"USD"}`,
	"control characters":         `"custom_data":{"a\u0000b":"\u0000\u0001\u001f\u007f","a":"\b\f\n\r\t\u2028\u2029"}`,
	"keys that languages know":   `"custom_data":{"":"","__proto__":{"x":1},"constructor":1,"toString":null,"$ref":"#","0":0,"-1":1}`,
	"quotes and slashes":         `"user_data":{"first_name":"\"\\\/'<>&"},"source_url":"https://x.example/\"?a='<>"`,
	"noncharacters and the rest": `"user_data":{"first_name":"\uffff\ufffe\ufeff\u200b\u202e","last_name":"\udbff\udfff"}`,
	"as long as it may be":       `"custom_data":{"x":"` + strings.Repeat("ü", 4090) + `"},"source_url":"https://x.example/` + strings.Repeat("y", 8170) + `"`,
	"nothing, in every way":      `"user_data":[],"custom_data":[],"source_url":"","action_source":{},"event_time":null`,
}

// takesWhateverWeAccept: no lead that the API took may be one that a receiver cannot read.
func (p *program) takesWhateverWeAccept(t *testing.T) {
	for name, rest := range acceptedEdges {
		id := "edge:" + strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), ",", "") + `~"\'<>&$%`
		quoted, err := json.Marshal(id)
		require.NoError(t, err)
		body := `{"event_name":"Lead","event_id":` + string(quoted) + `,` + rest + `}`
		events, _, problems := event.DecodeEvents([]byte(body), time.Now(), uuid.New)
		require.Empty(t, problems, name)
		e := events[0]
		a := p.deliver(t, store.Webhook{Secret: secret}, store.Delivery{ID: e.ID, EventID: e.EventID, EventName: e.EventName, Payload: e.Payload})
		require.Equal(t, http.StatusOK, a.StatusCode, "%s: %s %s", name, a.Outcome, a.Response.Body)
		p.handled(t, id)
	}
}

func (p *program) goesOnDuringARotation(t *testing.T) {
	until := time.Now().Add(time.Hour)
	for i, w := range []store.Webhook{
		{Secret: oldSecret, PreviousSecret: secret, PreviousUntil: until}, // the receiver still has the old secret
		{Secret: secret, PreviousSecret: oldSecret, PreviousUntil: until}, // the receiver has the new one already
	} {
		id := "rotation-" + strconv.Itoa(i)
		require.Equal(t, 200, p.deliver(t, w, delivery(id)).StatusCode)
		p.handled(t, id)
	}
	require.Equal(t, 401, p.deliver(t, store.Webhook{Secret: oldSecret}, delivery("rotation-over")).StatusCode)
}

// The behaviour cases of the reference libraries (Standard Webhooks 1.0).
func (p *program) refusesWhatIsNotFromUs(t *testing.T) {
	now := time.Now()
	body := delivery("forged").Payload
	good := signatureOf(t, "msg_1", now, body)
	at := func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
	old, future := now.Add(-6*time.Minute), now.Add(6*time.Minute)
	for name, h := range map[string][3]string{ // webhook-id, -timestamp, -signature
		"no id":                {"", at(now), good},
		"no timestamp":         {"msg_1", "", good},
		"no signature":         {"msg_1", at(now), ""},
		"nothing":              {"", "", ""},
		"timestamp is a word":  {"msg_1", "hello", good},
		"timestamp with a dot": {"msg_1", at(now) + ".0", good},
		"negative timestamp":   {"msg_1", "-" + at(now), good},
		"too old":              {"msg_1", at(old), signatureOf(t, "msg_1", old, body)},
		"from the future":      {"msg_1", at(future), signatureOf(t, "msg_1", future, body)},
		"another id":           {"msg_2", at(now), good},
		"another timestamp":    {"msg_1", at(now.Add(time.Second)), good},
		"another body":         {"msg_1", at(now), signatureOf(t, "msg_1", now, append(body, ' '))},
		"version alone":        {"msg_1", at(now), "v1,"},
		"no version":           {"msg_1", at(now), strings.TrimPrefix(good, "v1,")},
		"another version":      {"msg_1", at(now), "v2," + strings.TrimPrefix(good, "v1,")},
		"cut short":            {"msg_1", at(now), good[:8]},
		"longer":               {"msg_1", at(now), good + "x"},
		"only wrong ones":      {"msg_1", at(now), "v1,AAAA v2,AAAA v1,BBBB"},
		"odd characters":       {"msg_1", at(now), "v1,\xe9\xff"},
	} {
		require.Equal(t, http.StatusUnauthorized, p.post(t, h, body), name)
	}
}

func (p *program) takesAListOfSignatures(t *testing.T) {
	now := time.Now()
	body := delivery("listed").Payload
	list := "v1,AAAA v2,AAAA " + signatureOf(t, "msg_9", now, body) + " v1,BBBB"
	require.Equal(t, http.StatusOK, p.post(t, [3]string{"msg_9", strconv.FormatInt(now.Unix(), 10), list}, body))
	require.Empty(t, p.handled(t, "listed"), "nothing forged was handled")

	empty := signatureOf(t, "msg_10", now, nil)
	require.Equal(t, http.StatusBadRequest, p.post(t, [3]string{"msg_10", strconv.FormatInt(now.Unix(), 10), empty}, nil), "well signed, but no event")
	require.Equal(t, http.StatusOK, p.deliver(t, store.Webhook{Secret: secret}, delivery("after")).StatusCode, "and it still runs")
}

func signatureOf(t *testing.T, id string, at time.Time, body []byte) string {
	t.Helper()
	signature, err := attempt.Sign([]string{secret}, id, at, body)
	require.NoError(t, err)
	return signature
}

// post sends a request that need not be one of ours.
func (p *program) post(t *testing.T, h [3]string, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/hook", bytes.NewReader(body))
	require.NoError(t, err)
	for i, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		if h[i] != "" {
			req.Header[name] = []string{h[i]}
		}
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// requireNoStart requires that nothing is taken without a secret: an empty key signs happily, and anyone can forge it.
func requireNoStart(t *testing.T, r Receiver, command []string, secret string) {
	t.Helper()
	if r.Name == "receiver.php" { // its server starts without the script
		p := start(t, r, command, secret)
		require.Equal(t, http.StatusInternalServerError, p.post(t, [3]string{"msg_1", "1", "v1,x"}, []byte("{}")))
		return
	}
	cmd, _ := prepare(t, r, command, secret)
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "WEBHOOK_SECRET is missing")
}

func TestReceiversAreWhatThePageShows(t *testing.T) {
	list := Receivers()
	require.Len(t, list, len(commands))
	for _, r := range list {
		require.Contains(t, r.Code, "WEBHOOK_SECRET", r.Name)
		require.NotContains(t, r.Code, "\t\t\t\t\t", r.Name)
		for _, line := range strings.Split(r.Code, "\n") {
			require.LessOrEqual(t, len(line), 125, "%s: %s", r.Name, line)
		}
	}
}
