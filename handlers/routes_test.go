package handlers

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/static"
	"iozen/store"
)

// Who may call a route: anyone, an account of at least a role, or a key of at least a role.
const (
	anyone    = "anyone"
	viewer    = "account: viewer"
	editor    = "account: editor"
	owner     = "account: owner"
	keyIngest = "key: ingest"
	keyViewer = "key: viewer"
	keyEditor = "key: editor"
)

// access is every route and who may call it. A route that is not here fails the tests: adding one is a decision.
var access = withNumbered(map[string]string{
	"GET /setup": anyone, "POST /setup": anyone,
	"GET /signin": anyone, "POST /signin": anyone, "GET /signin/code": anyone, "POST /signin/code": anyone, "POST /signout": anyone,
	"GET /invitation": anyone, "POST /invitation": anyone,
	"GET /healthz": anyone, "GET /readyz": anyone, "GET /openapi.yaml": anyone,
	"GET " + static.Prefix + "*": anyone, "HEAD " + static.Prefix + "*": anyone,

	"GET /": viewer, "GET /bots/new": editor, "POST /bots": editor,
	"GET /bots/:id": viewer, "GET /bots/:id/settings": viewer,
	"GET /bots/:id/settings/general": viewer, "POST /bots/:id/settings/general": editor, "POST /bots/:id/delete": editor, "POST /bots/:id/restore": editor,
	"GET /bots/:id/settings/marketing": viewer, "POST /bots/:id/settings/marketing": editor,
	"GET /bots/:id/webhook/fields": viewer, "POST /bots/:id/webhook/fields": editor, "POST /bots/:id/webhook/undo": editor, "POST /bots/:id/webhook/paste": editor, "POST /bots/:id/webhook/format": editor, "POST /bots/:id/webhook/matches": editor,
	"GET /bots/:id/settings/copy": editor, "POST /bots/:id/settings/copy": editor, "GET /bots/:id/settings/copy/preview": editor,
	"POST /bots/:id/settings/copy/undo": editor, "GET /bots/:id/settings/copy/undo": editor,
	"POST /bots/:id/settings/copy/new-bots": editor, "GET /bots/:id/settings/copy/new-bots": editor,
	"GET /bots/:id/settings/history": viewer, "POST /bots/:id/settings/history/:version/restore": editor,
	"POST /bots/:id/webhook/test": editor, "POST /bots/:id/webhook/reveal": editor,
	"POST /bots/:id/webhook/test/cancel": editor, "POST /bots/:id/webhook/secret/reveal": editor,
	"POST /bots/:id/webhook/secret/rotate": editor, "POST /bots/:id/webhook/secret/end": editor,
	"GET /bots/:id/webhook/recent": viewer, "POST /bots/:id/failed/send": editor, "POST /bots/:id/sample": editor, "GET /bots/:id/settings/developer": viewer, "POST /bots/:id/held/send": editor, "POST /bots/:id/held/leave": editor,

	"GET /bots/:id/deliveries": viewer, "GET /deliveries": viewer, "GET /deliveries/:id": viewer,
	"GET /bots/:id/deliveries/news": viewer, "GET /deliveries/news": viewer, "GET /bots/:id/live": viewer, "GET /deliveries/live": viewer,
	"GET /bots/:id/deliveries/figures": viewer, "GET /deliveries/figures": viewer,
	"POST /deliveries/:id/resend": editor, "POST /deliveries/:id/reveal": editor,
	"GET /bots/:id/deliveries/resend": editor, "POST /bots/:id/deliveries/resend": editor,
	"GET /deliveries/resend": editor, "GET /deliveries/resend-selected": editor, "POST /deliveries/resend-selected": editor, "POST /deliveries/resend": editor, "POST /jobs/:id/stop": editor,
	"POST /jobs/:id/take-back": editor, "POST /deliveries/:id/take-back": editor,
	"GET /bots/:id/deliveries/export": viewer, "GET /deliveries/export": viewer,

	"GET /keys": owner, "POST /keys": owner, "POST /keys/:id/revoke": owner, "POST /bots/:id/keys": editor,
	"GET /accounts": owner, "POST /accounts/:id/role": owner, "POST /accounts/:id/remove": owner,
	"POST /accounts/:id/second-factor/reset": owner, "POST /invitations": owner, "POST /invitations/:id/revoke": owner,
	"GET /people": editor, "POST /people": editor, "GET /people/news": editor, "POST /people/export": editor, "POST /people/erase": editor,
	"GET /audit": owner, "GET /audit/export": owner,
	"GET /account": viewer, "POST /account/password": viewer,
	"POST /account/second-factor": viewer, "POST /account/second-factor/confirm": viewer,
	"POST /account/second-factor/codes": viewer, "POST /account/second-factor/remove": viewer,
	"POST /account/sessions/:id/end": viewer, "POST /account/sessions/end": viewer,
	"GET /workspace": viewer, "POST /workspace/mail": viewer, "POST /workspace/test": editor,
	"POST /workspace/webhook": owner, "POST /workspace/webhook/reveal": owner,
	"GET /needs": viewer,
	"GET /help":  viewer, "GET /help/webhooks": viewer, "GET /help/recipes": viewer, "GET /help/troubleshooting": viewer, "GET /help/export": viewer, "GET /help/api": viewer, "GET /help/shortcuts": viewer, "GET /find": viewer,

	"POST /hide": viewer, "GET /hide": viewer, "GET /signout": viewer, "GET /bots": editor, "GET /bots/:id/delete": viewer, "GET /bots/:id/restore": viewer,
	"GET /bots/:id/settings/history/:version/restore": viewer, "GET /bots/:id/webhook/undo": viewer, "GET /bots/:id/webhook/paste": viewer, "GET /bots/:id/webhook/format": viewer, "GET /bots/:id/webhook/matches": viewer,
	"GET /bots/:id/webhook/test": viewer, "GET /bots/:id/webhook/test/cancel": viewer, "GET /bots/:id/webhook/reveal": viewer,
	"GET /bots/:id/webhook/secret/reveal": viewer, "GET /bots/:id/webhook/secret/rotate": viewer, "GET /bots/:id/webhook/secret/end": viewer,
	"GET /bots/:id/sample": viewer, "GET /bots/:id/failed/send": viewer, "GET /bots/:id/held/send": viewer, "GET /bots/:id/held/leave": viewer, "GET /bots/:id/keys": viewer,
	"GET /jobs/:id/stop": viewer, "GET /jobs/:id/take-back": viewer, "GET /deliveries/:id/take-back": viewer, "GET /deliveries/:id/resend": viewer, "GET /deliveries/:id/reveal": viewer,
	"GET /keys/:id/revoke": owner, "GET /accounts/:id/role": owner, "GET /accounts/:id/remove": owner, "GET /accounts/:id/second-factor/reset": owner,
	"GET /invitations": owner, "GET /invitations/:id/revoke": owner, "GET /people/export": editor, "GET /people/erase": editor,
	"GET /account/password": viewer, "GET /account/second-factor": viewer, "GET /account/second-factor/confirm": viewer,
	"GET /account/second-factor/codes": viewer, "GET /account/second-factor/remove": viewer, "GET /account/sessions/:id/end": viewer,
	"GET /account/sessions/end": viewer, "GET /workspace/mail": viewer, "GET /workspace/webhook": viewer, "GET /workspace/webhook/reveal": viewer,
	"GET /workspace/test": viewer, "GET /workspace/retention": viewer, "POST /workspace/retention": owner,

	"POST /v1/bots/:id/events": keyIngest,
	"GET /v1/bots":             keyViewer, "POST /v1/bots": keyEditor,
	"GET /v1/bots/:id": keyViewer, "PATCH /v1/bots/:id": keyEditor, "DELETE /v1/bots/:id": keyEditor,
	"GET /v1/bots/:id/webhooks": keyViewer, "POST /v1/bots/:id/webhooks": keyEditor, "PUT /v1/bots/:id/webhooks": keyEditor,
	"GET /v1/bots/:id/webhooks/:n": keyViewer, "PUT /v1/bots/:id/webhooks/:n": keyEditor, "DELETE /v1/bots/:id/webhooks/:n": keyEditor,
	"POST /v1/bots/:id/webhooks/:n/test": keyEditor, "POST /v1/bots/:id/webhooks/:n/held/send": keyEditor,
	"GET /v1/bots/:id/webhook": keyViewer, "PUT /v1/bots/:id/webhook": keyEditor, "POST /v1/bots/:id/webhook/test": keyEditor,
	"POST /v1/bots/:id/webhook/copy": keyEditor, "POST /v1/bots/:id/webhooks/:n/copy": keyEditor, "GET /v1/new-bots": keyViewer, "PUT /v1/new-bots": keyEditor,
	"GET /v1/bots/:id/deliveries": keyViewer, "GET /v1/deliveries/:id": keyViewer, "POST /v1/deliveries/:id/resend": keyEditor, "POST /v1/deliveries/:id/take-back": keyEditor,
	"POST /v1/bots/:id/held/send": keyEditor, "POST /v1/people/erase": keyEditor, "GET /v1/jobs/:id": keyViewer, "POST /v1/jobs/:id/stop": keyEditor, "POST /v1/jobs/:id/take-back": keyEditor,

	"POST /bots/:id/webhooks": editor, "POST /bots/:id/webhooks/order": editor, "POST /bots/:id/webhooks/:n/name": editor, "POST /bots/:id/webhooks/:n/delete": editor,
	"GET /bots/:id/webhooks": viewer, "GET /bots/:id/webhooks/order": viewer, "GET /bots/:id/webhooks/:n/name": viewer, "GET /bots/:id/webhooks/:n/delete": viewer,
})

// ofOneWebhook are the pages of a webhook, below its bot.
var ofOneWebhook = regexp.MustCompile(`^/bots/:id/(webhook/|settings/(marketing|developer|history|copy)|sample$|failed/|held/)`)

// numberedPath is where the same page of any webhook is; "" for a page that is not one webhook's.
func numberedPath(path string) string {
	if !ofOneWebhook.MatchString(path) {
		return ""
	}
	return strings.Replace(path, webhookPaths[0], webhookPaths[1], 1)
}

// withNumbered adds the pages of any webhook: they are for those who may open the first one's.
func withNumbered(access map[string]string) map[string]string {
	for _, name := range slices.Collect(maps.Keys(access)) {
		method, path, _ := strings.Cut(name, " ")
		if numbered := numberedPath(path); numbered != "" {
			access[method+" "+numbered] = access[name]
		}
	}
	return access
}

// accountRanks and accountRoles are the same roles in the same order, the lowest first.
var (
	accountRanks = []string{viewer, editor, owner}
	accountRoles = []store.Role{store.RoleViewer, store.RoleEditor, store.RoleOwner}
)

func TestEveryRouteIsInTheTable(t *testing.T) {
	ta := newTestApp(t)
	routed := map[string]bool{}
	for _, r := range ta.router.Routes() {
		name := r.Method + " " + r.Path
		routed[name] = true
		require.NotEmpty(t, access[name], "%s: say in the table who may call it", name)
	}
	for name := range access {
		require.True(t, routed[name], "%s is routed nowhere", name)
	}
}

// site is an installation with a bot, a delivery of it, another bot, and somebody of each role signed in, or of those named.
type site struct {
	*testApp
	bot, other store.Bot
	delivery   uuid.UUID
	signedIn   map[store.Role]*testApp
}

func newSite(t *testing.T, roles ...store.Role) site {
	t.Helper()
	s := site{testApp: newTestApp(t), signedIn: map[store.Role]*testApp{}}
	if roles == nil {
		roles = accountRoles
	}
	for _, role := range roles {
		s.account(string(role)+"@acme.example", role)
		s.signedIn[role] = s.another()
		s.signedIn[role].signInAs(string(role) + "@acme.example")
	}
	s.bot, s.other = s.newBot("Quiz"), s.newBot("Other")
	s.delivery = uuid.Must(uuid.NewV7())
	_, err := s.Store.Accept(t.Context(), s.bot.ID, []store.NewDelivery{{ID: s.delivery, EventID: "1", EventName: "Lead", EventTime: s.clock.Now(), Payload: []byte("{}")}})
	require.NoError(t, err)
	return s
}

// request calls a route for the site's bot and delivery.
func (s site) request(name string) *http.Request {
	method, path, _ := strings.Cut(name, " ")
	id := uuid.NewString()
	switch {
	case strings.Contains(path, "/bots/:id"):
		id = s.bot.ID.String()
	case strings.Contains(path, "/deliveries/:id"):
		id = s.delivery.String()
	}
	r := httptest.NewRequest(method, testHost+strings.NewReplacer(":id", id, ":n", "1").Replace(path), strings.NewReader(url.Values{}.Encode()))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func isPage(who string) bool    { return strings.HasPrefix(who, "account: ") }
func isAPICall(who string) bool { return strings.HasPrefix(who, "key: ") }

// asksToSignIn reports whether an answer leads to the sign-in page, or refuses a caller who is not signed in.
func asksToSignIn(res *httptest.ResponseRecorder) bool {
	return res.Code == http.StatusUnauthorized || res.Code == http.StatusSeeOther && strings.HasPrefix(res.Header().Get("Location"), "/signin")
}

func TestPagesAskForASession(t *testing.T) {
	s := newSite(t)
	key := s.newKey(store.RoleOwner, uuid.Nil)
	for name, who := range access {
		if !isPage(who) {
			continue
		}
		require.True(t, asksToSignIn(s.do(s.request(name))), "%s without a session", name)
		withKey := s.request(name)
		withKey.Header.Set("Authorization", "Bearer "+key)
		require.True(t, asksToSignIn(s.do(withKey)), "%s with an API key only", name)
		forged := s.another()
		forged.cookies["iozen"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		require.True(t, asksToSignIn(forged.do(s.request(name))), "%s with a made-up session", name)
	}
}

func TestPagesAskForARole(t *testing.T) {
	s := newSite(t)
	for name, who := range access {
		if !isPage(who) {
			continue
		}
		for i, role := range accountRoles {
			if accountRanks[i] == who {
				break
			}
			require.Equal(t, http.StatusForbidden, s.signedIn[role].do(s.request(name)).Code, "%s as %s", name, role)
		}
	}
	_, err := s.Store.Bot(t.Context(), s.bot.ID)
	require.NoError(t, err, "nothing was done")
}

// TestTheRightRoleIsLetIn keeps the tests of refusals honest. It does not matter what the call then answers.
func TestTheRightRoleIsLetIn(t *testing.T) {
	for name, who := range access {
		if !isPage(who) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			role := store.Role(strings.TrimPrefix(who, "account: "))
			s := newSite(t, role)
			ctx, cancel := context.WithCancel(t.Context())
			res := httptest.NewRecorder()
			s.signedIn[role].serve(&untilAnswered{res, cancel}, s.request(name).WithContext(ctx))
			require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError}, res.Code)
			require.False(t, asksToSignIn(res))
		})
	}
}

// untilAnswered ends a request once its answer has begun: a stream would go on.
type untilAnswered struct {
	*httptest.ResponseRecorder
	end context.CancelFunc
}

func (u *untilAnswered) WriteHeader(code int) {
	u.ResponseRecorder.WriteHeader(code)
	u.end()
}

// TestUnsafeRequestsOfOtherSitesAreRefused includes routes without a session: signing somebody in or out is an act too.
func TestUnsafeRequestsOfOtherSitesAreRefused(t *testing.T) {
	s := newSite(t)
	for name, who := range access {
		method, _, _ := strings.Cut(name, " ")
		if isAPICall(who) || safe(method) {
			continue
		}
		for what, headers := range map[string]map[string]string{
			"cross-site":           {"Sec-Fetch-Site": "cross-site"},
			"a sibling host":       {"Sec-Fetch-Site": "same-site"},
			"a foreign origin":     {"Origin": "https://evil.example"},
			"an opaque origin":     {"Origin": "null"},
			"neither of the two":   {},
			"a foreign page's own": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
		} {
			r := s.request(name)
			r.Header.Del("Sec-Fetch-Site")
			for header, value := range headers {
				r.Header.Set(header, value)
			}
			require.Equal(t, http.StatusForbidden, s.signedIn[store.RoleOwner].do(r).Code, "%s, %s", name, what)
		}
	}
	require.Equal(t, http.StatusOK, s.signedIn[store.RoleOwner].get("/").Code, "not signed out by any of them")
}

func TestTheAPIAsksForAKey(t *testing.T) {
	s := newSite(t)
	revoked := s.newKey(store.RoleOwner, uuid.Nil)
	keys, err := s.Store.Keys(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Store.RevokeKey(t.Context(), keys[0].ID, store.Actor{}))
	for name, who := range access {
		if !isAPICall(who) {
			continue
		}
		require.Equal(t, http.StatusUnauthorized, s.do(s.request(name)).Code, "%s without a key", name)
		require.Equal(t, http.StatusUnauthorized, s.signedIn[store.RoleOwner].do(s.request(name)).Code, "%s with a session only", name)
		r := s.request(name)
		r.Header.Set("Authorization", "Bearer "+revoked)
		require.Equal(t, http.StatusUnauthorized, s.do(r).Code, "%s with a revoked key", name)
		r.Header.Set("Authorization", "Basic "+revoked)
		require.Equal(t, http.StatusUnauthorized, s.do(r).Code, "%s with another scheme", name)
	}
}

func TestTheAPIAsksForARoleAndTheRightBot(t *testing.T) {
	s := newSite(t)
	roles := []store.Role{store.RoleIngest, store.RoleViewer, store.RoleEditor, store.RoleOwner}
	for name, who := range access {
		if !isAPICall(who) {
			continue
		}
		needs := store.Role(strings.TrimPrefix(who, "key: "))
		for _, role := range roles {
			all, others := s.request(name), s.request(name)
			all.Header.Set("Authorization", "Bearer "+s.newKey(role, uuid.Nil))
			others.Header.Set("Authorization", "Bearer "+s.newKey(role, s.other.ID))
			if !includes(role, needs) {
				require.Equal(t, http.StatusForbidden, s.do(all).Code, "%s as %s", name, role)
			}
			if name != "GET /v1/bots" { // lists what the key may see
				require.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, s.do(others).Code, "%s as %s of another bot", name, role)
			}
		}
	}
	_, err := s.Store.Bot(t.Context(), s.bot.ID)
	require.NoError(t, err, "nothing was done")
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
