package receive

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// served is an endpoint as Serve and the server run it: its connections know how names were written.
func served(t *testing.T) (*Receiver, *httptest.Server, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	r := New(&out)
	srv := httptest.NewUnstartedServer(r)
	srv.Listener, srv.Config.ConnContext = Listen(srv.Listener), WithConn
	srv.Start()
	t.Cleanup(srv.Close)
	return r, srv, &out
}

// raw sends bytes on one connection and returns all that is answered until it ends.
func raw(t *testing.T, srv *httptest.Server, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(answer)
}

func TestNamesAreShownAsTheyWereSent(t *testing.T) {
	r, srv, _ := served(t)
	body := "x-iozen-test: not a header\r\nX-OTHER: 1\r\n\r\n"
	one := "POST /hook HTTP/1.1\r\nHost: x\r\nX-IoZen-Event-Id: 1\r\nwebhook-id: a\r\nAUTHORIZATION: b\r\nx_under.dot: c\r\n" +
		"Content-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n" + body
	two := "POST /hook HTTP/1.1\r\nHost: x\r\nx-IOZEN-event-ID: 2\r\nX-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
	raw(t, srv, one+two) // on one connection, the second before the first is answered
	got := r.Requests()
	require.Len(t, got, 2)
	require.Subset(t, got[0].Headers(), []string{"x-IOZEN-event-ID: 2", "X-Twice: 1", "X-Twice: 2"})
	require.Subset(t, got[1].Headers(), []string{"AUTHORIZATION: b", "webhook-id: a", "x_under.dot: c"})
	require.Contains(t, raw(t, srv, "POST /echo HTTP/1.1\r\nHost: x\r\nX-IoZen-Test: true\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), "X-IoZen-Test: true")
	long := "POST /hook HTTP/1.1\r\nHost: x\r\nX-IoZen-Event-Id: 3\r\nContent-Length: 300000\r\n\r\n" + strings.Repeat("x", 300000)
	raw(t, srv, long+strings.Replace(two, "ID: 2", "ID: 4", 1))
	require.Contains(t, r.Requests()[0].Headers(), "x-IOZEN-event-ID: 4", "behind a body that is longer than what is kept")
	require.Contains(t, r.Requests()[1].Headers(), "X-IoZen-Event-Id: 3")
}

func TestFaultsThatNeedTheConnectionWorkOnWrappedOnes(t *testing.T) {
	_, srv, _ := served(t)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /reset HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	require.ErrorContains(t, err, "reset")
}

// TestOnlyThisMachineReadsWhatArrived: a page of a name that was rebound to 127.0.0.1 gets nothing to see.
func TestOnlyThisMachineReadsWhatArrived(t *testing.T) {
	_, srv, _ := served(t)
	post(t, srv.URL+"/hook", "{}", "Authorization", "Bearer TOPSECRET-123456")
	for host, want := range map[string]int{
		"127.0.0.1:8090": 200, "localhost:8090": 200, "LOCALHOST": 200, "[::1]:8090": 200, "192.168.1.7:8090": 200, "127.0.0.1": 200,
		"evil.example": 421, "evil.example:8090": 421, "127.0.0.1.evil.example:8090": 421, "localhost.evil.example": 421, "localhost.:8090": 421,
		"abc.tunnel.example": 421, "0x7f000001:8090": 421, "2130706433:8090": 421, "": 421,
	} {
		for _, path := range []string{"/", "/status/200", "/hook"} {
			r := httptest.NewRequest(http.MethodGet, srv.URL+path, nil)
			r.Host, r.RequestURI = host, ""
			if host == "" {
				continue // a client cannot leave it out; see below
			}
			res, err := http.DefaultTransport.RoundTrip(r)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			if want == 421 {
				require.Equal(t, 421, res.StatusCode, host+path)
				require.Contains(t, string(body), srv.Listener.Addr().String(), "says where to look")
				require.NotContains(t, string(body), "TOPSECRET")
			} else {
				require.NotEqual(t, 421, res.StatusCode, host+path)
			}
		}
	}
	require.Contains(t, raw(t, srv, "GET / HTTP/1.0\r\n\r\n"), " 421 ", "without a Host")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/hook", strings.NewReader("{}"))
	require.NoError(t, err)
	req.Host = "abc.tunnel.example"
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 200, res.StatusCode, "what a tunnel brings is taken")
}

func TestNothingThatArrivesCommandsTheTerminal(t *testing.T) {
	for given, want := range map[string]string{
		"plain":                         "plain",
		"two\nlines\tand a tab":         "two\nlines\tand a tab",
		"\x1b[2J\x1b[31mred":            `\x1b[2J\x1b[31mred`,
		"\x1b]0;title\x07":              `\x1b]0;title\a`,
		"\x1b]8;;https://evil\x1b\\":    `\x1b]8;;https://evil\x1b` + `\`,
		"back\b\b\bspace":               `back\b\b\bspace`,
		"over\rwritten":                 `over\rwritten`,
		"nul\x00":                       `nul\x00`,
		"del\x7f":                       `del\x7f`,
		"C1 \u009b31m":                  `C1 \u009b31m`,
		"raw C1 \x9b31m":                `raw C1 \x9b31m`,
		"half \xc3":                     `half \xc3`,
		"\xff\xfe":                      `\xff\xfe`,
		"turned \u202egnp.exe":          `turned \u202egnp.exe`,
		"isolated \u2066x\u2069":        `isolated \u2066x\u2069`,
		"unseen \u200b\u200d\ufeff":     `unseen \u200b\u200d\ufeff`,
		"line \u2028 paragraph \u2029":  `line \u2028 paragraph \u2029`,
		"private \ue000":                `private \ue000`,
		"Zoë Müller 山田 😀":               "Zoë Müller 山田 😀",
		"form\ffeed \v \a":              `form\ffeed \v \a`,
		`a backslash \x1b stays a text`: `a backslash \x1b stays a text`,
	} {
		require.Equal(t, want, printable(given), "%q", given)
		_, srv, out := start(t)
		post(t, srv.URL+"/hook", given)
		require.Contains(t, out.String(), want)
		require.NotContains(t, out.String(), "\x1b")
	}
}

func TestTheTerminalHoldsNoSecrets(t *testing.T) {
	for _, brief := range []bool{false, true} {
		r, srv, out := start(t)
		r.Brief = brief
		secret := "hunter2-SECRET"
		for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Token", "x-custom", "X-Hub-Signature", "Apikey", "X-Iozen-Other"} {
			post(t, srv.URL+"/hook?token="+secret, `{"event_name":"Lead"}`, name, secret, "webhook-id", "a", "X-IoZen-Event-Name", "Lead")
		}
		require.NotContains(t, out.String(), secret)
		require.Contains(t, out.String(), "POST /hook?… → 200")
		require.Equal(t, !brief, strings.Contains(out.String(), `{"event_name":"Lead"}`), "payloads stay out of the server's log")
		require.Equal(t, !brief, strings.Contains(out.String(), "X-Iozen-Event-Name: Lead"))
		require.Contains(t, r.Requests()[0].Headers(), "X-Iozen-Other: "+secret, "the page shows everything")
	}
}

func TestAnAnswerOfSuccessSaysSo(t *testing.T) {
	_, srv, _ := start(t)
	for code, want := range map[int]string{200: `{"received":true}`, 201: `{"received":true}`, 202: `{"received":true}`, 203: `{"received":true}`, 226: `{"received":true}`, 299: `{"received":true}`, 204: "", 300: "error", 304: "", 400: "error", 500: "error"} {
		body, err := io.ReadAll(post(t, fmt.Sprintf("%s/status/%d", srv.URL, code), "{}").Body)
		require.NoError(t, err)
		require.Contains(t, string(body), want)
		require.Equal(t, code >= 300 && code != 304, strings.Contains(string(body), "error"), "%d: %s", code, body)
	}
}

func TestThePageLeadsBackAndKeepsTheExactTime(t *testing.T) {
	r, srv, _ := start(t)
	post(t, srv.URL+"/hook", "{}")
	page := func() string {
		res, err := http.Get(srv.URL)
		require.NoError(t, err)
		defer res.Body.Close()
		html, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(html)
	}
	require.NotContains(t, page(), "Back to ioZen")
	r.Home = "http://127.0.0.1:8080"
	require.Contains(t, page(), `<a href="http://127.0.0.1:8080">← Back to ioZen</a>`)
	at := r.Requests()[0].At.UTC()
	require.Contains(t, page(), `title="`+at.Format("2006-01-02 15:04:05.000")+` UTC"`)
	require.Contains(t, page(), `<time datetime="`+at.Format("2006-01-02T15:04:05.000Z")+`"`)
}

// TestWhatIsKeptOfARequestIsSmall: a body is read whole to check its signature, and must not stay in memory whole.
func TestWhatIsKeptOfARequestIsSmall(t *testing.T) {
	r, srv, _ := start(t)
	post(t, srv.URL+"/hook", strings.Repeat("x", readBody), "webhook-id", strings.Repeat("i", 60<<10))
	require.LessOrEqual(t, cap(r.Requests()[0].Body), 2*keepBody)
	for id := range r.seen {
		require.LessOrEqual(t, len(id), keepID)
	}
	post(t, srv.URL+"/flaky/1", "{}", "webhook-id", strings.Repeat("i", 60<<10))
	for id := range r.tries.counts {
		require.LessOrEqual(t, len(id), keepID)
	}
}
