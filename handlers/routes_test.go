package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/static"
	"iozen/store"
)

// public are the routes that ask nobody who they are. Adding one here is a decision.
var public = map[string]bool{
	"GET /setup": true, "POST /setup": true, "GET /signin": true, "POST /signin": true, "POST /signout": true,
	"GET /signin/code": true, "POST /signin/code": true,
	"GET /invitation": true, "POST /invitation": true,
	"GET /healthz": true, "GET /readyz": true, "GET /openapi.yaml": true,
	"GET " + static.Prefix + "*": true, "HEAD " + static.Prefix + "*": true,
}

// TestEveryRouteAsksWhoCalls walks the router's own list, so that no route can be forgotten.
func TestEveryRouteAsksWhoCalls(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	for _, route := range ta.router.Routes() {
		name := route.Method + " " + route.Path
		if public[name] {
			continue
		}
		r := httptest.NewRequest(route.Method, testHost+strings.Replace(route.Path, ":id", uuid.NewString(), 1), nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		res := ta.do(r)
		toSignIn := res.Code == http.StatusSeeOther && strings.HasPrefix(res.Header().Get("Location"), "/signin")
		require.True(t, res.Code == http.StatusUnauthorized || toSignIn, "%s answers %d", name, res.Code)
	}
}

func TestRolesBoundWhatOneMayDo(t *testing.T) {
	ta := newTestApp(t)
	ta.account("viewer@acme.example", store.RoleViewer)
	ta.signInAs("viewer@acme.example")
	require.Equal(t, http.StatusOK, ta.get("/").Code)
	require.Equal(t, http.StatusForbidden, ta.get("/bots/new").Code)
	require.Equal(t, http.StatusForbidden, ta.post("/bots", nil).Code)
	require.Equal(t, http.StatusForbidden, ta.get("/keys").Code)
}

func TestIncludes(t *testing.T) {
	all := []store.Role{store.RoleIngest, store.RoleViewer, store.RoleEditor, store.RoleOwner}
	for needs, want := range map[store.Role][]bool{
		store.RoleIngest: {true, false, true, true},
		store.RoleViewer: {false, true, true, true},
		store.RoleEditor: {false, false, true, true},
		store.RoleOwner:  {false, false, false, true},
	} {
		for i, has := range all {
			require.Equal(t, want[i], includes(has, needs), "%s for %s", has, needs)
		}
	}
	require.False(t, includes("", store.RoleViewer))
}

func TestAPIKeysOpenOnlyTheirOwn(t *testing.T) {
	ta := newTestApp(t)
	mine, other := ta.newBot("Mine"), ta.newBot("Other")
	viewer := ta.newKey(store.RoleViewer, uuid.Nil)
	ingest := ta.newKey(store.RoleIngest, mine.ID)
	bound := ta.newKey(store.RoleEditor, mine.ID)
	for name, c := range map[string]struct {
		method, path, key string
		want              int
	}{
		"no key":                        {"GET", "/v1/bots", "", 401},
		"not a key":                     {"GET", "/v1/bots", "secret", 401},
		"ingest may not read":           {"GET", "/v1/bots", ingest, 403},
		"viewer may not post":           {"POST", "/v1/bots/" + mine.ID.String() + "/events", viewer, 403},
		"ingest of another bot":         {"POST", "/v1/bots/" + other.ID.String() + "/events", ingest, 403},
		"viewer may not write":          {"DELETE", "/v1/bots/" + mine.ID.String(), viewer, 403},
		"editor of another bot":         {"GET", "/v1/bots/" + other.ID.String(), bound, 403},
		"a bot's key makes no bots":     {"POST", "/v1/bots", bound, 403},
		"an id that is none is unknown": {"GET", "/v1/bots/x", viewer, 404},
	} {
		t.Run(name, func(t *testing.T) {
			res := ta.api(c.method, c.path, c.key, "")
			require.Equal(t, c.want, res.Code, res.Body.String())
			require.Equal(t, "application/problem+json", res.Header().Get("Content-Type"))
		})
	}
}

func TestRevokedKeysAreRefused(t *testing.T) {
	ta := newTestApp(t)
	text := ta.newKey(store.RoleViewer, uuid.Nil)
	id, _, err := parseAPIKey(text)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, ta.api("GET", "/v1/bots/x", text, "").Code)
	require.NoError(t, ta.Store.RevokeKey(t.Context(), id, store.Actor{}))
	require.Equal(t, http.StatusUnauthorized, ta.api("GET", "/v1/bots/x", text, "").Code)
}
