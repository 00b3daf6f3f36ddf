package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/handlers/auth"
	"iozen/store"
)

func TestSignInLeadsBackToWhereOneWas(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	asked := ta.get("/deliveries?status=failed")
	require.Equal(t, "/signin?next=%2Fdeliveries%3Fstatus%3Dfailed", asked.Header().Get("Location"))
	require.Contains(t, ta.get(asked.Header().Get("Location")).Body.String(), `value="/deliveries?status=failed"`)

	in := ta.post("/signin", url.Values{"email": {"MARIA@acme.example"}, "password": {testPassword}, "next": {"/deliveries?status=failed"}})
	require.Equal(t, "/deliveries?status=failed", in.Header().Get("Location"))
}

func TestNextStaysOnThisSite(t *testing.T) {
	for next, want := range map[string]string{
		"/keys": "/keys", "": "/", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "/\t/evil.example": "/",
		"///evil.example": "/", "evil.example": "/", "javascript:alert(1)": "/", "/keys\x00": "/", "/\r\nSet-Cookie: a=b": "/",
		"/keys?next=https://evil.example": "/keys?next=https://evil.example", " /keys": "/", "/\x7f/evil.example": "/",
	} {
		require.Equal(t, want, localPath(next), next)
	}
}

func TestWrongSignInsSayTheSameAndThenWait(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	for _, email := range []string{testEmail, "nobody@acme.example"} {
		res := ta.post("/signin", url.Values{"email": {email}, "password": {"wrong"}})
		require.Equal(t, http.StatusUnprocessableEntity, res.Code)
		require.Contains(t, res.Body.String(), "Wrong email or password.")
	}
	for range freeTries - 1 {
		ta.post("/signin", url.Values{"email": {testEmail}, "password": {"wrong"}})
	}
	right := url.Values{"email": {testEmail}, "password": {testPassword}}
	res := ta.post("/signin", right)
	require.Equal(t, http.StatusTooManyRequests, res.Code)
	require.Equal(t, "30", res.Header().Get("Retry-After"))
	ta.clock.Add(30 * time.Second)
	require.Equal(t, http.StatusSeeOther, ta.post("/signin", right).Code)
}

func TestSessionTokenChangesAtSignInAndDiesAtSignOut(t *testing.T) {
	ta := signedInApp(t)
	first := ta.cookies["iozen"]
	require.NotEmpty(t, first)
	ta.signInAs(testEmail)
	second := ta.cookies["iozen"]
	require.NotEqual(t, first, second)

	ta.cookies["iozen"] = first
	require.Equal(t, http.StatusSeeOther, ta.get("/").Code, "the old token is worth nothing")
	ta.cookies["iozen"] = second
	require.Equal(t, "/signin", ta.post("/signout", nil).Header().Get("Location"))
	ta.cookies["iozen"] = second
	require.Equal(t, "/signin", ta.get("/").Header().Get("Location"))
}

func TestIdleSessionsEnd(t *testing.T) {
	ta := signedInApp(t)
	for range 3 { // in use: each visit counts
		ta.clock.Add(auth.SessionIdle - time.Minute)
		require.Equal(t, http.StatusOK, ta.get("/").Code)
	}
	ta.clock.Add(auth.SessionIdle + time.Minute)
	require.Equal(t, "/signin", ta.get("/").Header().Get("Location"))
}

func TestSessionCookie(t *testing.T) {
	for name, c := range map[string]struct{ public, cookie string }{
		"plain HTTP": {"", "iozen"},
		"HTTPS":      {"https://hooks.acme.example", "__Host-iozen"},
	} {
		t.Run(name, func(t *testing.T) {
			ta := newTestApp(t, func(cfg *Config) { cfg.PublicURL = c.public })
			ta.account(testEmail, store.RoleOwner)
			res := ta.post("/signin", url.Values{"email": {testEmail}, "password": {testPassword}})
			var names []string
			for _, cookie := range res.Result().Cookies() {
				names = append(names, cookie.Name)
				require.Equal(t, c.public != "", cookie.Secure)
				require.True(t, cookie.HttpOnly)
				require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
				require.Equal(t, "/", cookie.Path)
				require.Empty(t, cookie.Domain)
			}
			require.ElementsMatch(t, []string{c.cookie, c.cookie + "_known"}, names)
		})
	}
}

func TestScriptsAndFormsGet401InsteadOfARedirect(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	require.Equal(t, http.StatusUnauthorized, ta.post("/bots", url.Values{"name": {"x"}}).Code)
	r, _ := http.NewRequest(http.MethodGet, testHost+"/", nil)
	r.Header.Set("X-Fragment", "true")
	require.Equal(t, http.StatusUnauthorized, ta.do(r).Code)
}
