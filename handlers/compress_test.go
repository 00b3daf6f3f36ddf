package handlers

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/static"
	"iozen/store"
)

// askGzip asks as a browser does, and returns the answer with its body as it is after unpacking.
func (ta *testApp) askGzip(r *http.Request) (res *httptest.ResponseRecorder, compressed bool, body string) {
	ta.t.Helper()
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	res = ta.do(r)
	compressed = res.Header().Get("Content-Encoding") == "gzip"
	if !compressed {
		return res, false, res.Body.String()
	}
	require.Contains(ta.t, res.Header().Values("Vary"), "Accept-Encoding", r.URL)
	unpack, err := gzip.NewReader(res.Body)
	require.NoError(ta.t, err)
	all, err := io.ReadAll(unpack)
	require.NoError(ta.t, err)
	return res, true, string(all)
}

func (s site) getGzip(who *testApp, path string) (res *httptest.ResponseRecorder, compressed bool, body string) {
	return who.askGzip(httptest.NewRequest(http.MethodGet, testHost+path, nil))
}

// TestWhichAnswersAreCompressed walks the routes as an owner: pages and their parts are compressed, as long as nothing secret is
// shown in the session; all else is sent as it is.
func TestWhichAnswersAreCompressed(t *testing.T) {
	s := newSite(t)
	owner, pages := s.signedIn[store.RoleOwner], 0
	stopped, stop := context.WithCancel(t.Context())
	stop()
	var acts []string
	for _, r := range s.router.Routes() {
		path := s.address(r.Path)
		if r.Method != http.MethodGet {
			acts = append(acts, path)
			continue
		}
		request := httptest.NewRequest(r.Method, testHost+path, nil)
		if strings.HasSuffix(r.Path, "/live") {
			request = request.WithContext(stopped) // a stream ends at once
		}
		if strings.HasPrefix(r.Path, static.Prefix) {
			continue // compressed when the program starts
		}
		res, compressed, body := owner.askGzip(request)
		isPage := res.Code == http.StatusOK && strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") &&
			len(body) >= leastGzip && access["GET "+r.Path] != anyone
		require.Equal(t, isPage, compressed, "%s: %d %s", r.Path, res.Code, res.Header().Get("Content-Type"))
		if isPage {
			pages++
		}
	}
	require.Greater(t, pages, 20)
	for _, path := range acts {
		request := httptest.NewRequest(http.MethodPost, testHost+path, nil)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		_, compressed, _ := owner.askGzip(request)
		require.False(t, compressed, "POST %s", path)
	}
}

func TestAPageIsCompressedForWhoTakesThat(t *testing.T) {
	ta := signedInApp(t)
	plain := ta.get("/bots/new")
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	require.Contains(t, plain.Header().Values("Vary"), "Accept-Encoding", "a cache keeps both apart")
	_, compressed, body := ta.askGzip(httptest.NewRequest(http.MethodGet, testHost+"/bots/new", nil))
	require.True(t, compressed)
	require.Equal(t, plain.Body.String(), body)
}

// TestAnAnswerWithASecretIsNotCompressed covers each secret that an act shows: neither its page nor another one is compressed while
// the session shows it; nor is the answer to the act.
func TestAnAnswerWithASecretIsNotCompressed(t *testing.T) {
	for name, c := range shownOnce {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, store.RoleOwner)
			require.NoError(t, s.Store.SetNotificationWebhook(t.Context(), "https://hooks.example/x", store.Actor{}))
			browser, page := s.signedIn[store.RoleOwner], s.address(c.page)
			_, before, _ := s.getGzip(browser, page)
			require.True(t, before)
			require.Equal(t, http.StatusSeeOther, browser.post(s.address(c.act), c.form).Code)
			secret := c.secret(t, s)

			_, compressed, body := s.getGzip(browser, page)
			require.Contains(t, body, secret)
			require.False(t, compressed)
			_, elsewhere, _ := s.getGzip(browser, "/help")
			require.False(t, elsewhere, "no page of the session is")

			s.clock.Add(store.SessionNoteFor)
			_, after, body := s.getGzip(browser, page)
			require.NotContains(t, body, secret)
			require.True(t, after)
		})
	}
}

func TestARefusedFormAndWhatIsOpenToAllAreNotCompressed(t *testing.T) {
	ta := signedInApp(t)
	refused := httptest.NewRequest(http.MethodPost, testHost+"/account/password", strings.NewReader(url.Values{"current": {"typed"}}.Encode()))
	refused.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	refused.Header.Set("Sec-Fetch-Site", "same-origin")
	res, compressed, _ := ta.askGzip(refused)
	require.Equal(t, http.StatusUnprocessableEntity, res.Code)
	require.False(t, compressed)
	stranger := ta.another()
	for _, path := range []string{"/signin", "/setup", "/invitation?token=secret", "/nowhere", "/openapi.yaml"} {
		_, compressed, _ := stranger.askGzip(httptest.NewRequest(http.MethodGet, testHost+path, nil))
		require.False(t, compressed, path)
	}
}
