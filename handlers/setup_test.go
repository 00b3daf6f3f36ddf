package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/handlers/auth"
)

func TestFirstVisitMakesTheOwner(t *testing.T) {
	ta := newTestApp(t)
	require.Equal(t, "/setup", ta.get("/").Header().Get("Location"))
	require.Equal(t, "/setup", ta.get("/signin").Header().Get("Location"))

	page := ta.get("/setup")
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Body.String(), auth.PasswordRule)
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
		"email":          {url.Values{"email": {"maria"}, "password": {testPassword}}, "Enter an email address"},
		"name and mail":  {url.Values{"email": {"Maria <maria@acme.example>"}, "password": {testPassword}}, "Enter an email address"},
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
	ta := newTestApp(t, func(c *Config) { c.Loopback = false })
	require.Contains(t, ta.get("/setup").Body.String(), "Set-up code")
	form := url.Values{"email": {testEmail}, "password": {testPassword}, "code": {"guess"}}
	require.Equal(t, http.StatusUnprocessableEntity, ta.post("/setup", form).Code)
	form.Set("code", " K7QX-2M9P ")
	require.Equal(t, http.StatusSeeOther, ta.post("/setup", form).Code)
}

// A stranger behind a proxy on this machine is not the owner: only a request made on this machine, with nothing in between,
// needs no code.
func TestSetupAsksForTheCodeUnlessOpenedOnThisMachine(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		change func(*Config)
		sent   func(*http.Request)
		asks   bool
	}{
		"this machine":               {},
		"by name":                    {sent: func(r *http.Request) { r.Host = "localhost:8080" }},
		"by IPv6":                    {sent: func(r *http.Request) { r.Host, r.RemoteAddr = "[::1]:8080", "[::1]:51234" }},
		"a public URL that is local": {change: func(c *Config) { c.PublicURL = "http://localhost:8080" }},

		"a public listener":          {change: func(c *Config) { c.Loopback = false }, asks: true},
		"a public URL":               {change: func(c *Config) { c.PublicURL = "https://hooks.example.com" }, asks: true},
		"a public URL of an address": {change: func(c *Config) { c.PublicURL = "http://10.0.0.7:8080" }, asks: true},
		"a public URL that looks local": {
			change: func(c *Config) { c.PublicURL = "https://localhost.example.com" }, asks: true,
		},
		"a trusted proxy": {
			change: func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }, asks: true,
		},
		"the public name": {
			change: func(c *Config) { c.PublicURL = "https://hooks.example.com" },
			sent:   func(r *http.Request) { r.Host = "hooks.example.com" }, asks: true,
		},
		"a foreign peer":        {sent: func(r *http.Request) { r.RemoteAddr = "203.0.113.66:4711" }, asks: true},
		"no peer":               {sent: func(r *http.Request) { r.RemoteAddr = "@" }, asks: true},
		"HTTP/1.0":              {sent: func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 1, 0 }, asks: true},
		"X-Forwarded-For":       {sent: header("X-Forwarded-For", "203.0.113.66"), asks: true},
		"X-Forwarded-For, ours": {sent: header("X-Forwarded-For", "127.0.0.1"), asks: true},
		"X-Forwarded-Host":      {sent: header("X-Forwarded-Host", "hooks.example.com"), asks: true},
		"X-Forwarded-Proto":     {sent: header("X-Forwarded-Proto", "https"), asks: true},
		"X-Forwarded":           {sent: header("X-Forwarded", "for=x"), asks: true},
		"X-Real-IP":             {sent: header("x-real-ip", "203.0.113.66"), asks: true},
		"X-Request-Id":          {sent: header("X-Request-Id", "1"), asks: true},
		"Forwarded":             {sent: header("Forwarded", "for=203.0.113.66"), asks: true},
		"an empty Forwarded":    {sent: header("Forwarded", ""), asks: true},
		"Via":                   {sent: header("Via", "1.1 varnish"), asks: true},
		"CF-Connecting-IP":      {sent: header("CF-Connecting-IP", "203.0.113.66"), asks: true},
		"True-Client-IP":        {sent: header("True-Client-IP", "203.0.113.66"), asks: true},
		"Fly-Client-IP":         {sent: header("Fly-Client-IP", "203.0.113.66"), asks: true},
		"Forwarded-For":         {sent: header("Forwarded-For", "203.0.113.66"), asks: true},
		"X_Forwarded_For":       {sent: header("X_Forwarded_For", "203.0.113.66"), asks: true},
		"Ngrok":                 {sent: header("Ngrok-Skip-Browser-Warning", "1"), asks: true},
		"Proxy-Connection":      {sent: header("Proxy-Connection", "close"), asks: true},
		"Front-End-Https":       {sent: header("Front-End-Https", "on"), asks: true},
		"Traceparent":           {sent: header("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), asks: true},
		"Remote-Addr":           {sent: header("Remote-Addr", "203.0.113.66"), asks: true},
		"a proxy of tomorrow":   {sent: header("Acme-Visitor", "203.0.113.66"), asks: true},
		"what Chromium sends": {sent: func(r *http.Request) {
			for _, name := range []string{
				"Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Connection", "Content-Length", "Content-Type", "Cookie", "DNT", "Origin", "Pragma", "Priority",
				"Referer", "Save-Data", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-User", "Sec-GPC", "Sec-Purpose",
				"TE", "Upgrade-Insecure-Requests", "User-Agent", "If-None-Match",
			} {
				if r.Header.Get(name) == "" && name != "Origin" && name != "Cookie" {
					r.Header.Set(name, "1")
				}
			}
		}},
		"Tailscale": {sent: header("Tailscale-User-Login", "eve"), asks: true},
	} {
		t.Run(name, func(t *testing.T) {
			change := func(*Config) {}
			if c.change != nil {
				change = c.change
			}
			ta := newTestApp(t, change)
			ask := func(method string, form url.Values) *httptest.ResponseRecorder {
				r := httptest.NewRequest(method, testHost+"/setup", strings.NewReader(form.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				if c.sent != nil {
					c.sent(r)
				}
				return ta.do(r)
			}
			require.Equal(t, c.asks, strings.Contains(ask(http.MethodGet, nil).Body.String(), "Set-up code"))
			form := url.Values{"email": {testEmail}, "password": {testPassword}}
			for _, code := range []string{"", "K7QX-2M9", "guess"} {
				if c.asks {
					form.Set("code", code)
					require.Equal(t, http.StatusUnprocessableEntity, ask(http.MethodPost, form).Code)
				}
			}
			exists, err := ta.Store.HasAccount(t.Context())
			require.NoError(t, err)
			require.False(t, exists)
			form.Set("code", "K7QX-2M9P")
			require.Equal(t, http.StatusSeeOther, ask(http.MethodPost, form).Code)
		})
	}
}

func TestASetupCodeIsRequired(t *testing.T) {
	ta := newTestApp(t)
	cfg := ta.Config
	cfg.SetupCode = ""
	_, err := New(cfg)
	require.ErrorContains(t, err, "SetupCode")
}
