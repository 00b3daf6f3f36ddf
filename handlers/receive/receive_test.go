package receive

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func start(t *testing.T) (*Receiver, *httptest.Server, *bytes.Buffer) {
	var out bytes.Buffer
	r := New(&out)
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return r, srv, &out
}

func post(t *testing.T, url, body string, header ...string) *http.Response {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestWhatArrivesIsShownInTheTerminalAndOnThePage(t *testing.T) {
	r, srv, out := start(t)
	res := post(t, srv.URL+"/hook", `{"event_name":"Lead"}`, "X-IoZen-Test", "true", "webhook-id", "a", "Authorization", "Bearer <b>")
	require.Equal(t, 200, res.StatusCode)
	post(t, srv.URL+"/hook", `{}`, "webhook-id", "a")
	require.Contains(t, out.String(), "POST /hook → 200  test")
	require.Contains(t, out.String(), "repeat 1")
	require.Len(t, r.Requests(), 2)

	page, err := http.Get(srv.URL + "/")
	require.NoError(t, err)
	defer page.Body.Close()
	html, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	require.Contains(t, string(html), "&#34;event_name&#34;: &#34;Lead&#34;")
	require.Contains(t, string(html), "Bearer &lt;b&gt;", "what arrives is text, never markup")
	require.NotContains(t, string(html), "<b>")
}

func TestFaults(t *testing.T) {
	_, srv, _ := start(t)
	for _, c := range []struct {
		path string
		want int
		body string
	}{
		{"/status/401", 401, `{"error":"invalid token"}`},
		{"/status/503?retry_after=5", 503, "service unavailable"},
		{"/status/abc", 400, "a status is a number"},
		{"/delay/1ms", 200, "late"},
		{"/delay/forever", 400, "a delay is a duration"},
		{"/redirect?to=http://x.example/&code=307", 307, ""},
		{"/html", 200, "<title>Sign in</title>"},
		{"/echo", 200, "{}"},
		{"/hints", 200, `{"received":true}`},
		{"/flaky/1", 503, "not yet"},
		{"/flaky/1", 200, `{"received":true}`},
		{"/flaky/0", 400, "say how many tries fail"},
		{"/limit/0", 400, "say how many a second"},
		{"/anything", 200, `{"received":true}`},
	} {
		res := post(t, srv.URL+c.path, "{}")
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, c.want, res.StatusCode, c.path)
		require.Contains(t, string(body), c.body, c.path)
	}
	require.Equal(t, "5", post(t, srv.URL+"/status/503?retry_after=5", "").Header.Get("Retry-After"))
	for _, path := range []string{"/reset", "/close", "/garbage", "/big", "/tls", "/broken"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+path, nil)
		require.NoError(t, err)
		res, err := (&http.Transport{MaxResponseHeaderBytes: 64 << 10}).RoundTrip(req)
		if err == nil {
			res.Body.Close()
		}
		require.Error(t, err, path)
	}
}

func TestBodiesThatBreakComeAfterTheirStatus(t *testing.T) {
	_, srv, _ := start(t)
	for _, path := range []string{"/cut", "/cutreset", "/chunks"} {
		res := post(t, srv.URL+path, "{}")
		require.Equal(t, 200, res.StatusCode, path)
		_, err := io.ReadAll(res.Body)
		require.Error(t, err, path)
	}
}

func TestALimitIsForEachSecond(t *testing.T) {
	r, srv, _ := start(t)
	now := time.Date(2026, time.March, 5, 12, 0, 0, 0, time.UTC)
	r.now = func() time.Time { return now }
	for _, want := range []int{200, 200, 429, 429} {
		require.Equal(t, want, post(t, srv.URL+"/limit/2", "{}").StatusCode)
	}
	require.Equal(t, "1", post(t, srv.URL+"/limit/2", "{}").Header.Get("Retry-After"))
	now = now.Add(time.Second)
	require.Equal(t, 200, post(t, srv.URL+"/limit/2", "{}").StatusCode)
}

func TestAnAddressOpenedInABrowserExplainsItself(t *testing.T) {
	r, srv, _ := start(t)
	for path, want := range map[string]string{
		"/status/401":      "answers with that status",
		"/reset":           "resets the connection",
		"/hook?a=<b>x</b>": `answers 200 {&#34;received&#34;:true}`,
	} {
		res, err := http.Get(srv.URL + path)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)
		require.Equal(t, http.MethodPost, res.Header.Get("Allow"))
		require.Contains(t, string(body), want)
		require.Contains(t, string(body), "into Webhook URL")
		require.NotContains(t, string(body), "<b>x")
	}
	require.Empty(t, r.Requests(), "nothing arrived")
}

func TestMemoryIsBounded(t *testing.T) {
	r, srv, _ := start(t)
	for range keepRequests + 10 {
		post(t, srv.URL+"/", strings.Repeat("x", 2000))
	}
	require.Len(t, r.Requests(), keepRequests)
	post(t, srv.URL+"/", strings.Repeat("x", keepBody+1))
	require.Len(t, r.Requests()[0].Body, keepBody)
	require.True(t, r.Requests()[0].Cut)
}
