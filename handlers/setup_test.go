package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFirstVisitMakesTheOwner(t *testing.T) {
	ta := newTestApp(t)
	require.Equal(t, "/setup", ta.get("/").Header().Get("Location"))
	require.Equal(t, "/setup", ta.get("/signin").Header().Get("Location"))

	page := ta.get("/setup")
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Body.String(), PasswordRule)
	require.NotContains(t, page.Body.String(), "Set-up code")

	made := ta.post("/setup", url.Values{"email": {"Maria@Acme.example"}, "password": {testPassword}})
	require.Equal(t, http.StatusSeeOther, made.Code)
	home := ta.get(made.Header().Get("Location"))
	require.Equal(t, http.StatusOK, home.Code)
	require.Contains(t, home.Body.String(), "Create your first bot")
	require.Contains(t, home.Body.String(), testEmail)

	again := ta.post("/setup", url.Values{"email": {"eve@example.com"}, "password": {testPassword}})
	require.Equal(t, "/signin", again.Header().Get("Location"))
	require.Equal(t, "/signin", ta.get("/setup").Header().Get("Location"))
}

func TestSetupSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"e-mail":         {url.Values{"email": {"maria"}, "password": {testPassword}}, "Type an e-mail address"},
		"name and mail":  {url.Values{"email": {"Maria <maria@acme.example>"}, "password": {testPassword}}, "Type an e-mail address"},
		"short password": {url.Values{"email": {testEmail}, "password": {"short"}}, "Use at least 12 characters."},
	} {
		t.Run(name, func(t *testing.T) {
			ta := newTestApp(t)
			res := ta.post("/setup", c.form)
			require.Equal(t, http.StatusUnprocessableEntity, res.Code)
			require.Contains(t, res.Body.String(), c.want)
			require.NotContains(t, res.Body.String(), c.form.Get("password"), "a password is never sent back")
			exists, err := ta.Store.HasAccount(t.Context())
			require.NoError(t, err)
			require.False(t, exists)
		})
	}
}

func TestSetupOnAPublicAddressAsksForTheCode(t *testing.T) {
	ta := newTestApp(t, func(c *Config) { c.Loopback, c.SetupCode = false, "K7QX-2M9P" })
	require.Contains(t, ta.get("/setup").Body.String(), "Set-up code")
	form := url.Values{"email": {testEmail}, "password": {testPassword}, "code": {"guess"}}
	require.Equal(t, http.StatusUnprocessableEntity, ta.post("/setup", form).Code)
	form.Set("code", " K7QX-2M9P ")
	require.Equal(t, http.StatusSeeOther, ta.post("/setup", form).Code)
}

func TestAPublicAddressNeedsASetupCode(t *testing.T) {
	ta := newTestApp(t)
	cfg := ta.Config
	cfg.Loopback = false
	_, err := New(cfg)
	require.ErrorContains(t, err, "SetupCode")
}
