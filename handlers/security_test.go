package handlers

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	ta := signedInApp(t)
	for _, path := range []string{"/", "/signin", "/v1/bots", "/healthz", "/nowhere", "/static/x/app.css"} {
		h := ta.get(path).Header()
		require.Equal(t, policy, h.Get("Content-Security-Policy"), path)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "same-origin", h.Get("Referrer-Policy"), path)
	}
	require.NotContains(t, policy, "unsafe")
	for _, path := range []string{"/", "/account", "/v1/bots", "/nowhere"} {
		require.Equal(t, "no-store", ta.get(path).Header().Get("Cache-Control"), path)
	}
}

func TestOnlyHTTPSIsRemembered(t *testing.T) {
	for public, want := range map[string]string{"": "", "http://127.0.0.1:8080": "", "https://hooks.acme.example": secureFor} {
		ta := newTestApp(t, func(c *Config) { c.PublicURL = public })
		for _, path := range []string{"/signin", "/v1/bots", "/nowhere"} {
			require.Equal(t, want, ta.get(path).Header().Get("Strict-Transport-Security"), path)
		}
	}
}

func TestPagesHaveNothingInline(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Roofing quote bot")
	for _, path := range []string{"/", "/bots/new", "/bots/" + bot.ID.String() + "/settings/general", "/keys", "/help", "/help/webhooks", "/help/troubleshooting"} {
		body := ta.get(path).Body.String()
		require.NotContains(t, body, " style=", path)
		require.NotContains(t, body, "<style", path)
		require.NotContains(t, body, "<script>", path)
		require.NotRegexp(t, ` on[a-z]+="`, body, path)
	}
}

func TestUnsafeRequestsMustComeFromOurPages(t *testing.T) {
	for name, c := range map[string]struct {
		headers map[string]string
		want    int
	}{
		"our page":                    {map[string]string{"Sec-Fetch-Site": "same-origin"}, http.StatusSeeOther},
		"our page, older browser":     {map[string]string{"Origin": testHost}, http.StatusSeeOther},
		"another site":                {map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"another site, older browser": {map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"a sandboxed frame":           {map[string]string{"Origin": "null"}, http.StatusForbidden},
		"nothing said":                {nil, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			ta := signedInApp(t)
			r := httptest.NewRequest(http.MethodPost, testHost+"/bots", strings.NewReader("name=Quiz"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range c.headers {
				r.Header.Set(k, v)
			}
			require.Equal(t, c.want, ta.do(r).Code)
			bots, err := ta.Store.Bots(t.Context(), store.BotFilter{})
			require.NoError(t, err)
			require.Equal(t, c.want == http.StatusSeeOther, len(bots.Bots) == 1)
		})
	}
}

func TestLoopbackRefusesForeignNames(t *testing.T) {
	ta := newTestApp(t, func(c *Config) { c.PublicURL = "https://hooks.acme.example" })
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost:8080": 200, "[::1]:8080": 200, "hooks.acme.example": 200,
		"evil.example:8080": 421, "127.0.0.1.evil.example": 421, "": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, testHost+"/setup", nil)
		r.Host = host
		require.Equal(t, want, ta.do(r).Code, host)
		for _, probe := range []string{"/healthz", "/readyz"} { // whoever watches the server may call it by any name
			r := httptest.NewRequest(http.MethodGet, testHost+probe, nil)
			r.Host = host
			require.Equal(t, http.StatusOK, ta.do(r).Code, host)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	ta := signedInApp(t)
	r := httptest.NewRequest(http.MethodPost, testHost+"/bots", strings.NewReader("name="+strings.Repeat("x", maxBody+1)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res := ta.do(r)
	require.GreaterOrEqual(t, res.Code, 400)
	require.Less(t, res.Code, 500)
}

func TestAPanicIsAnAnswer(t *testing.T) {
	ta := newTestApp(t)
	h := ta.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
	for path, kind := range map[string]string{"/": "text/html; charset=utf-8", "/v1/bots": "application/problem+json"} {
		res := httptest.NewRecorder()
		h.ServeHTTP(res, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, http.StatusInternalServerError, res.Code)
		require.Equal(t, kind, res.Header().Get("Content-Type"))
		require.NotContains(t, res.Body.String(), "boom")
	}
}

// A stream or a file that ends in a panic must not look complete.
func TestAPanicInTheMiddleOfAnAnswerCutsItOff(t *testing.T) {
	ta := newTestApp(t)
	for name, begin := range map[string]func(http.ResponseWriter){
		"a page": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "half a page") },
		"a stream": func(w http.ResponseWriter) {
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "data: x\n\n")
		},
		"only a code": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(ta.recovered(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				begin(w)
				panic("boom")
			})))
			defer srv.Close()
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			res, err := srv.Client().Get(srv.URL)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			require.Error(t, err)
		})
	}
}
