package handlers

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"iozen/store"
)

// readTimeout is long enough to send a request on any machine, and short enough for a stream to last longer.
const readTimeout = time.Second

// liveApp is a signed-in site with a real listener, whose streams send a heartbeat every few milliseconds.
func liveApp(t *testing.T, change ...func(*Config)) (*testApp, *httptest.Server) {
	t.Helper()
	ta := signedInApp(t, change...)
	ta.streams.beat, ta.streams.pause = 5*time.Millisecond, time.Millisecond
	server := httptest.NewUnstartedServer(ta.handler)
	server.Config.ReadTimeout = readTimeout
	server.Start()
	t.Cleanup(server.Close)
	return ta, server
}

// tab is an open stream.
type tab struct {
	t     *testing.T
	res   *http.Response
	lines *bufio.Scanner
}

func (ta *testApp) openTab(server *httptest.Server, path, lastEventID string) *tab {
	ta.t.Helper()
	req, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	require.NoError(ta.t, err)
	for name, value := range ta.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Sec-Fetch-Mode", "cors")
	if lastEventID != "" {
		req.Header.Set("Last-Event-ID", lastEventID)
	}
	res, err := server.Client().Do(req)
	require.NoError(ta.t, err)
	ta.t.Cleanup(func() { res.Body.Close() })
	return &tab{t: ta.t, res: res, lines: bufio.NewScanner(res.Body)}
}

// line waits for the next line that begins so. It returns "" when the stream ends first.
func (s *tab) line(begins string) string {
	for s.lines.Scan() {
		if strings.HasPrefix(s.lines.Text(), begins) {
			return s.lines.Text()
		}
	}
	return ""
}

// first waits for a number of lines.
func (s *tab) first(n int) (lines []string) {
	for len(lines) < n && s.lines.Scan() {
		lines = append(lines, s.lines.Text())
	}
	return lines
}

func TestALivePageHearsOfNewsAndOutlivesTheReadTimeout(t *testing.T) {
	ta, server := liveApp(t)
	bot := ta.newLogBot("Quiz")
	for id, path := range map[string]string{"one": "/bots/" + bot.ID.String() + "/live", "two": "/deliveries/live"} {
		s := ta.openTab(server, path+"?seen="+ta.Store.News(), "")
		require.Equal(t, "text/event-stream", s.res.Header.Get("Content-Type"))
		require.Empty(t, s.res.Header.Get("Content-Encoding"))
		for began := time.Now(); time.Since(began) < 2*readTimeout; {
			require.Equal(t, ":", s.line(":"))
		}
		bot.lead(id)
		require.Equal(t, "id: "+ta.Store.News(), s.line("id: "))
		require.Equal(t, "data: news", s.line("data: "))
	}
}

func TestAPageThatComesBackHearsAtOnceWhatItMissed(t *testing.T) {
	ta, server := liveApp(t)
	bot := ta.newLogBot("Quiz")
	seen := ta.Store.News()
	bot.lead("meanwhile")
	missed := ta.openTab(server, "/deliveries/live?seen="+seen, "")
	require.Equal(t, "id: "+ta.Store.News(), missed.line("id: "))

	// The browser reconnects to the same address, and names the last news that it heard.
	upToDate := ta.openTab(server, "/deliveries/live?seen="+seen, ta.Store.News())
	require.Equal(t, []string{"retry: 2000", "", ":"}, upToDate.first(3), "nothing but a sign of life")
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	ta, server := liveApp(t)
	s := ta.openTab(server, "/deliveries/live?seen="+ta.Store.News(), "")
	require.Equal(t, ":", s.line(":"))
	ta.post("/signout", nil)
	require.Equal(t, "event: end", s.line("event: "))
	require.Empty(t, s.line("id: "), "and is closed")

	again := ta.openTab(server, "/deliveries/live", "")
	require.Equal(t, http.StatusUnauthorized, again.res.StatusCode)
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	stopping := make(chan struct{})
	ta, server := liveApp(t, func(c *Config) { c.Stopping = stopping })
	s := ta.openTab(server, "/deliveries/live?seen="+ta.Store.News(), "")
	close(stopping)
	require.Empty(t, s.line("id: "))
}

func TestAnAccountHasItsShareOfStreams(t *testing.T) {
	ta, server := liveApp(t)
	ta.streams.perAccount = 2
	first := ta.openTab(server, "/deliveries/live", "")
	ta.openTab(server, "/deliveries/live", "")
	require.Equal(t, http.StatusTooManyRequests, ta.openTab(server, "/deliveries/live", "").res.StatusCode)

	ta.account("other@acme.example", store.RoleViewer)
	mine := ta.cookies
	ta.cookies = map[string]string{}
	ta.signInAs("other@acme.example")
	require.Equal(t, http.StatusOK, ta.openTab(server, "/deliveries/live", "").res.StatusCode, "another account has its own")

	ta.cookies = mine
	first.res.Body.Close()
	require.Eventually(t, func() bool { // the server notices at its next sign of life
		return ta.openTab(server, "/deliveries/live", "").res.StatusCode == http.StatusOK
	}, 2*time.Minute, 5*time.Millisecond)
}

func TestStreamsLeaveNothingBehind(t *testing.T) {
	ta, server := liveApp(t)
	bot := ta.newLogBot("Quiz")
	before := goleak.IgnoreCurrent()
	for range 10 {
		s := ta.openTab(server, "/bots/"+bot.ID.String()+"/live", "")
		require.NotEmpty(t, s.line(":"))
		s.res.Body.Close()
	}
	server.Client().CloseIdleConnections()
	server.CloseClientConnections()
	goleak.VerifyNone(t, before)
	ta.streams.mu.Lock()
	defer ta.streams.mu.Unlock()
	require.Empty(t, ta.streams.open)
}
