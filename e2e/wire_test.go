package e2e

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wire is the connection from a browser to a server, with what can go wrong on it. Pages and files pass; every save is
// subject to a rule that may hold it back, lose it, or lose its answer.
type wire struct {
	*httptest.Server
	server http.Handler

	mu   sync.Mutex
	rule func(*save)
	cut  bool
	held map[string]chan struct{} // requests of a path with this end wait for it
}

// save is one request of a field that saves itself, on its way.
type save struct {
	form   url.Values
	w      http.ResponseWriter
	r      *http.Request
	server http.Handler
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	to, err := url.Parse(server)
	require.NoError(t, err)
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // the server compares it with where the page says that it comes from
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { hangUp(w) }, // the browser went away, or the server
	}
	l := &wire{server: forward, rule: (*save).pass}
	l.Server = httptest.NewUnstartedServer(l)
	l.Config.SetKeepAlivesEnabled(false) // a browser repeats by itself what it loses on a connection used before
	l.Start()
	t.Cleanup(func() { l.CloseClientConnections(); l.Close() }) // live pages keep a stream open
	return l
}

// ServeHTTP passes a request on, or lets the rule decide if it is a save.
func (l *wire) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	rule, cut, held := l.rule, l.cut, l.held
	l.mu.Unlock()
	for end, gate := range held {
		if strings.HasSuffix(r.URL.Path, end) {
			<-gate
		}
	}
	if cut {
		hangUp(w)
		return
	}
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/webhook/fields") {
		l.server.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the browser gave up
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		hangUp(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	rule(&save{form: form, w: w, r: r, server: l.server})
}

// saves sets the rule for the saves from now on.
func (l *wire) saves(rule func(*save)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rule = rule
}

// hold makes requests wait whose path ends so, until release is called.
func (l *wire) hold(end string) (release func()) {
	gate := make(chan struct{})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = map[string]chan struct{}{end: gate}
	return func() { close(gate) }
}

// down cuts the wire altogether, or joins it again.
func (l *wire) down(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
}

// pass lets a save through, and its answer back. It arrives even if the browser no longer waits for it.
func (s *save) pass() { s.server.ServeHTTP(s.w, s.r.WithContext(context.WithoutCancel(s.r.Context()))) }

// lose drops a save on its way there.
func (s *save) lose() { hangUp(s.w) }

// arrive lets a save through and loses the answer.
func (s *save) arrive() {
	s.server.ServeHTTP(httptest.NewRecorder(), s.r)
	hangUp(s.w)
}

// hangUp resets the connection of a request.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// await waits for a signal, within patience.
func await[T any](t *testing.T, signal <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-signal:
	case <-time.After(patience):
		require.FailNow(t, "no signal came")
	}
	return value
}
