package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// withoutScope names the routes of the API that a key of another bot could reach: those without a scope, and those that name
// something by id but do not check which bot it belongs to.
func withoutScope(routed []*echo.Route, table []apiRoute) (problems []string) {
	known := map[string]apiRoute{}
	for _, r := range table {
		known[r.method+" "+r.path] = r
	}
	is := func(s scope, one scope) bool { return reflect.ValueOf(s).Pointer() == reflect.ValueOf(one).Pointer() }
	for _, route := range routed {
		if !strings.HasPrefix(route.Path, "/v1/") {
			continue
		}
		name := route.Method + " " + route.Path
		switch r, ok := known[name]; {
		case !ok || r.scope == nil:
			problems = append(problems, name+": has no scope")
		case strings.HasPrefix(route.Path, "/v1/bots/:id") && !is(r.scope, ofBot):
			problems = append(problems, name+": names a bot and does not ask for its key")
		case strings.Contains(route.Path, ":") && (is(r.scope, ofItsList) || is(r.scope, ofAllBots)):
			problems = append(problems, name+": names one thing and does not ask whose it is")
		}
	}
	return problems
}

func TestEveryAPIRouteDeclaresItsScope(t *testing.T) {
	ta := newTestApp(t)
	require.Empty(t, withoutScope(ta.router.Routes(), ta.apiRoutes()))

	none := func(echo.Context) error { return nil }
	for _, c := range []struct {
		route apiRoute
		in    bool // the table
		want  string
	}{
		{apiRoute{"GET", "/v1/webhooks/:id", none, store.RoleViewer, nil}, false, "has no scope"},
		{apiRoute{"GET", "/v1/webhooks/:id", none, store.RoleViewer, nil}, true, "has no scope"},
		{apiRoute{"GET", "/v1/webhooks", none, store.RoleViewer, nil}, true, "has no scope"},
		{apiRoute{"DELETE", "/v1/webhooks/:id", none, store.RoleEditor, ofItsList}, true, "does not ask whose it is"},
		{apiRoute{"DELETE", "/v1/webhooks/:n", none, store.RoleEditor, ofAllBots}, true, "does not ask whose it is"},
		{apiRoute{"GET", "/v1/bots/:id/webhooks", none, store.RoleViewer, ofItsList}, true, "does not ask for its key"},
		{apiRoute{"GET", "/v1/bots/:id/webhooks/:n", none, store.RoleViewer, ofDelivery}, true, "does not ask for its key"},
		{apiRoute{"GET", "/v1/bots/:id/webhooks/:n", none, store.RoleViewer, ofBot}, true, ""},
		{apiRoute{"GET", "/v1/deliveries/:id/attempts", none, store.RoleViewer, ofDelivery}, true, ""},
		{apiRoute{"GET", "/v1/webhooks", none, store.RoleViewer, ofItsList}, true, ""},
		{apiRoute{"POST", "/v1/webhooks", none, store.RoleEditor, ofAllBots}, true, ""},
	} {
		e, table := echo.New(), []apiRoute{}
		e.Add(c.route.method, c.route.path, none)
		if c.in {
			table = append(table, c.route)
		}
		problems := withoutScope(e.Routes(), table)
		if c.want == "" {
			require.Empty(t, problems)
			continue
		}
		require.Len(t, problems, 1, c.route.path)
		require.Contains(t, problems[0], c.want)
	}
}

// hangingEndpoint starts an endpoint that answers when the test says so, and points the test's webhook at it.
func (ta *apiTest) hangingEndpoint() (begun chan struct{}, answer func()) {
	ta.t.Helper()
	begun, release := make(chan struct{}, 1000), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begun <- struct{}{}
		<-release
	}))
	answer = sync.OnceFunc(func() { close(release) })
	ta.t.Cleanup(func() { answer(); server.Close() })
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"`+server.URL+`/hook"}`, 200)
	return begun, answer
}

// TestAKeyTestsABotOnceAtATime: whatever else is asked while its test is under way gets 429 and when to come back.
func TestAKeyTestsABotOnceAtATime(t *testing.T) {
	ta := newAPITest(t)
	begun, answer := ta.hangingEndpoint()
	first := make(chan int)
	go func() { first <- ta.api("POST", ta.at("/webhook/test"), ta.key, "").Code }()
	<-begun
	for range 50 {
		res := ta.api("POST", ta.at("/webhook/test"), ta.key, "")
		require.Equal(t, http.StatusTooManyRequests, res.Code)
		require.Equal(t, "2", res.Header().Get("Retry-After"))
		require.Equal(t, "application/problem+json", res.Header().Get("Content-Type"))
	}
	require.Equal(t, 1, ta.Engine.InFlight(), "a test is among the requests under way")
	answer()
	require.Equal(t, http.StatusOK, <-first)
	require.Equal(t, http.StatusOK, ta.api("POST", ta.at("/webhook/test"), ta.key, "").Code)
	require.Zero(t, ta.Engine.InFlight())
}

// TestTestsOfAllKeysAreBounded: more keys do not allow more requests.
func TestTestsOfAllKeysAreBounded(t *testing.T) {
	ta := newAPITest(t)
	begun, answer := ta.hangingEndpoint()
	const most = 1024 / 16
	codes := make(chan int)
	for i := range most {
		key := ta.newKey(store.RoleEditor, uuid.Nil)
		go func() { codes <- ta.api("POST", ta.at("/webhook/test"), key, "").Code }()
		<-begun
		require.Equal(t, i+1, ta.Engine.InFlight())
	}
	for range 5 {
		res := ta.api("POST", ta.at("/webhook/test"), ta.newKey(store.RoleEditor, uuid.Nil), "")
		require.Equal(t, http.StatusTooManyRequests, res.Code)
		require.Equal(t, "1", res.Header().Get("Retry-After"))
	}
	answer()
	for range most {
		require.Equal(t, http.StatusOK, <-codes)
	}
}

// TestTestsByTheAPIKeepTheRateLimit, among themselves whichever key asks.
func TestTestsByTheAPIKeepTheRateLimit(t *testing.T) {
	ta := newAPITest(t)
	endpoint := ta.endpoint(http.StatusOK, "{}")
	ta.call("PUT", ta.at("/webhook"), fmt.Sprintf(`{"enabled":true,"url":%q,"rate_limit":0.1}`, endpoint.URL), 200)
	require.Equal(t, http.StatusOK, ta.api("POST", ta.at("/webhook/test"), ta.key, "").Code)
	for range 3 {
		res := ta.api("POST", ta.at("/webhook/test"), ta.newKey(store.RoleEditor, ta.bot.ID), "")
		require.Equal(t, http.StatusTooManyRequests, res.Code)
		require.Equal(t, "10", res.Header().Get("Retry-After"))
	}
	ta.clock.Add(10e9)
	require.Equal(t, http.StatusOK, ta.api("POST", ta.at("/webhook/test"), ta.key, "").Code)
}
