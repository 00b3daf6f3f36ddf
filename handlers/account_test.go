package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
)

// requireNotKept requires that nothing in the database contains one of the secrets.
func (ta *testApp) requireNotKept(secrets ...string) {
	ta.t.Helper()
	whole := filepath.Join(ta.t.TempDir(), "copy.db") // what is still in the write-ahead log included
	require.NoError(ta.t, sqlite.Backup(ta.t.Context(), "sqlite:"+ta.file, whole))
	content, err := os.ReadFile(whole)
	require.NoError(ta.t, err)
	for _, secret := range secrets {
		require.NotEmpty(ta.t, secret)
		require.NotContains(ta.t, string(content), secret)
	}
}

func TestPasswordChange(t *testing.T) {
	const next = "another horse battery"
	ta := signedInApp(t)
	elsewhere := ta.another()
	elsewhere.signInAs(testEmail)

	for want, form := range map[string]url.Values{
		"Wrong password.":             {"current": {"wrong password"}, "new": {next}},
		"Use at least 12 characters.": {"current": {testPassword}, "new": {"short"}},
	} {
		res := ta.post("/account/password", form)
		require.Equal(t, http.StatusUnprocessableEntity, res.Code)
		require.Contains(t, res.Body.String(), want)
	}
	require.Equal(t, http.StatusOK, elsewhere.get("/").Code)

	before := ta.cookies["iozen"]
	changed := ta.post("/account/password", url.Values{"current": {testPassword}, "new": {next}})
	require.Equal(t, "/account", changed.Header().Get("Location"))
	require.NotEqual(t, before, ta.cookies["iozen"], "a new token")
	require.Contains(t, ta.get("/account").Body.String(), "Password changed.")
	require.Equal(t, http.StatusSeeOther, elsewhere.get("/").Code, "signed out there")

	require.Equal(t, http.StatusUnprocessableEntity, elsewhere.post("/signin", url.Values{"email": {testEmail}, "password": {testPassword}}).Code)
	require.Equal(t, http.StatusSeeOther, elsewhere.post("/signin", url.Values{"email": {testEmail}, "password": {next}}).Code)
}

func TestTheOldPasswordCannotBeGuessedInAnOpenBrowser(t *testing.T) {
	ta := signedInApp(t)
	form := url.Values{"current": {"wrong password"}, "new": {"another horse battery"}}
	for range freeTries {
		ta.post("/account/password", form)
	}
	form.Set("current", testPassword)
	require.Contains(t, ta.post("/account/password", form).Body.String(), "Too many wrong passwords.")
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	ta := signedInApp(t)
	phone := ta.another()
	phone.signInAs(testEmail)
	me, err := ta.Store.AccountByEmail(t.Context(), testEmail)
	require.NoError(t, err)
	sessions, err := ta.Store.Sessions(t.Context(), me.ID, time.Time{})
	require.NoError(t, err)
	require.Len(t, sessions, 2)

	page := ta.get("/account").Body.String()
	require.Contains(t, page, "This browser")
	require.Contains(t, page, "192.0.2.1")
	require.NotContains(t, page, ta.cookies["iozen"])

	for _, s := range sessions {
		if s.ID.String() != ta.sessionID() {
			require.Equal(t, "/account", ta.post("/account/sessions/"+s.ID.String()+"/end", nil).Header().Get("Location"))
		}
	}
	require.Equal(t, http.StatusSeeOther, phone.get("/").Code)

	phone.signInAs(testEmail)
	ta.another().signInAs(testEmail)
	require.Equal(t, "/account", ta.post("/account/sessions/end", nil).Header().Get("Location"))
	require.Equal(t, http.StatusSeeOther, phone.get("/").Code)
	require.Equal(t, http.StatusOK, ta.get("/").Code)

	require.Equal(t, "/signin", ta.post("/account/sessions/"+ta.sessionID()+"/end", nil).Header().Get("Location"))
	require.Equal(t, http.StatusSeeOther, ta.get("/").Code)
}

// sessionID is the id of the session of this browser, as its page links to it.
func (ta *testApp) sessionID() string {
	ta.t.Helper()
	var session store.Session
	here := ta.sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var ok bool
		var err error
		session, _, ok, err = ta.sessions.Current(r.Context())
		require.NoError(ta.t, err)
		require.True(ta.t, ok)
	}))
	r := httptest.NewRequest(http.MethodGet, testHost+"/", nil)
	r.AddCookie(&http.Cookie{Name: "iozen", Value: ta.cookies["iozen"]})
	here.ServeHTTP(httptest.NewRecorder(), r)
	return session.ID.String()
}

func TestNobodyEndsASessionOfAnother(t *testing.T) {
	ta := signedInApp(t)
	ta.account("tom@acme.example", store.RoleOwner)
	toms := ta.another()
	toms.signInAs("tom@acme.example")
	require.Equal(t, http.StatusNotFound, toms.post("/account/sessions/"+ta.sessionID()+"/end", nil).Code)
	require.Equal(t, http.StatusOK, ta.get("/").Code)
}

// TestAnEndedSessionStaysEnded: a request that is under way when its session is ended must not write it back.
func TestAnEndedSessionStaysEnded(t *testing.T) {
	ta := signedInApp(t)
	me, err := ta.Store.AccountByEmail(t.Context(), testEmail)
	require.NoError(t, err)
	sessions, err := ta.Store.Sessions(t.Context(), me.ID, time.Time{})
	require.NoError(t, err)

	require.NoError(t, ta.Store.EndOtherSessions(t.Context(), me.ID, uuid.Nil, store.Actor{}))
	require.NoError(t, ta.Store.TouchSession(t.Context(), sessions[0]), "the late note of its use")
	require.Equal(t, http.StatusSeeOther, ta.get("/").Code)
}

func TestAKnownBrowserIsNotLockedOutByStrangers(t *testing.T) {
	ta := signedInApp(t)
	ta.post("/signout", nil)
	stranger := ta.another()
	wrong := url.Values{"email": {testEmail}, "password": {"wrong"}}
	for range freeTries {
		stranger.post("/signin", wrong)
	}
	right := url.Values{"email": {testEmail}, "password": {testPassword}}
	require.Equal(t, http.StatusTooManyRequests, stranger.post("/signin", right).Code, "same address")
	require.Equal(t, http.StatusSeeOther, ta.post("/signin", right).Code)

	forged := ta.another()
	forged.cookies["iozen_known"] = "NONCE.00000000000000000000000000000000"
	require.Equal(t, http.StatusTooManyRequests, forged.post("/signin", right).Code)
}

func TestBrowserNames(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                        "Firefox on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                   "Chrome on macOS",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36":                         "Chrome on Android",
		"curl/8.14.1": "curl",
		"Mozilla/5.0 (X11; Linux x86_64) Ladybird/1.0": "Browser on Linux",
		"": "Unknown browser",
	} {
		require.Equal(t, want, browserName(agent))
	}
}
