package handlers

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// apiAlone are the acts that only the API has.
var apiAlone = map[string]string{
	"POST /v1/bots/:id/events": "only programs post events",
}

// pageActs are the acts of pages that the API has too, with its route.
var pageActs = map[string]string{
	"/bots":                        "POST /v1/bots",
	"/bots/:id/settings/general":   "PATCH /v1/bots/:id",
	"/bots/:id/delete":             "DELETE /v1/bots/:id",
	"/bots/:id/settings/marketing": "PUT /v1/bots/:id/webhook",
	"/bots/:id/webhook/fields":     "PUT /v1/bots/:id/webhook",
	"/bots/:id/webhook/test":       "POST /v1/bots/:id/webhook/test",
	"/bots/:id/settings/copy":      "POST /v1/bots/:id/webhook/copy",
	"/deliveries/:id/resend":       "POST /v1/deliveries/:id/resend",
	"/bots/:id/held/send":          "POST /v1/bots/:id/held/send",
	"/bots/:id/webhooks":           "POST /v1/bots/:id/webhooks",
	"/bots/:id/webhooks/order":     "PUT /v1/bots/:id/webhooks",

	"/bots/:id/webhooks/:n/name":               "PUT /v1/bots/:id/webhooks/:n",
	"/bots/:id/webhooks/:n/delete":             "DELETE /v1/bots/:id/webhooks/:n",
	"/bots/:id/webhooks/:n/settings/marketing": "PUT /v1/bots/:id/webhooks/:n",
	"/bots/:id/webhooks/:n/webhook/fields":     "PUT /v1/bots/:id/webhooks/:n",
	"/bots/:id/webhooks/:n/webhook/test":       "POST /v1/bots/:id/webhooks/:n/test",
	"/bots/:id/webhooks/:n/held/send":          "POST /v1/bots/:id/webhooks/:n/held/send",
	"/bots/:id/webhooks/:n/settings/copy":      "POST /v1/bots/:id/webhooks/:n/copy",

	"/bots/:id/settings/copy/new-bots":             "PUT /v1/new-bots",
	"/bots/:id/webhooks/:n/settings/copy/new-bots": "PUT /v1/new-bots",

	"/people/erase":             "POST /v1/people/erase",
	"/jobs/:id/stop":            "POST /v1/jobs/:id/stop",
	"/jobs/:id/take-back":       "POST /v1/jobs/:id/take-back",
	"/deliveries/:id/take-back": "POST /v1/deliveries/:id/take-back",
}

// personWords is why page and API word the refusal of an invalid person differently.
const personWords = "the page asks for what it has fields for"

// pageAlone are the acts that only pages have, with the reason why the API lacks them.
var pageAlone = map[string][]string{
	"a program has a key instead of a session": {"/setup", "/signin", "/signin/code", "/signout", "/invitation"},
	"a program sends whole settings, and has nothing to paste or to take back": {
		"/bots/:id/restore", "/bots/:id/webhook/undo", "/bots/:id/settings/copy/undo", "/bots/:id/webhook/paste", "/bots/:id/webhook/format", "/bots/:id/settings/history/:version/restore",
	},
	"a program posts events of its own": {"/bots/:id/sample"},
	"a program counts what it has sent": {"/bots/:id/webhook/matches"},
	"a program hangs up":                {"/bots/:id/webhook/test/cancel"},
	"no key reads or makes secrets": {
		"/bots/:id/webhook/reveal", "/bots/:id/webhook/secret/reveal", "/bots/:id/webhook/secret/rotate", "/bots/:id/webhook/secret/end",
	},
	"that so much is sent, or is not, is for a person to say": {
		"/bots/:id/failed/send", "/bots/:id/held/leave", "/bots/:id/deliveries/resend", "/deliveries/resend",
		"/deliveries/resend-selected",
	},
	"the key's role says what it reads": {"/deliveries/:id/reveal"},
	"who may do what is for people to say": {
		"/keys", "/keys/:id/revoke", "/bots/:id/keys", "/accounts/:id/role", "/accounts/:id/remove", "/accounts/:id/second-factor/reset",
		"/invitations", "/invitations/:id/revoke",
	},
	"whom an event is about is for people to look up": {"/people", "/people/export"},
	"an account is its person's": {
		"/account/password", "/account/second-factor", "/account/second-factor/confirm", "/account/second-factor/codes", "/account/second-factor/remove",
		"/account/sessions/:id/end", "/account/sessions/end",
	},
	"a program keeps what it is shown": {"/hide"},
	"the workspace has no API":         {"/workspace/mail", "/workspace/retention", "/workspace/webhook", "/workspace/webhook/reveal", "/workspace/test"},
}

// TestEveryActOfTheAPIIsComparedWithThePage compares the table with the routes.
func TestEveryActOfTheAPIIsComparedWithThePage(t *testing.T) {
	ta := newTestApp(t)
	known := map[string]bool{}
	for route := range bothActs {
		known[route] = true
	}
	for route, why := range apiAlone {
		require.False(t, known[route], "%s stands twice", route)
		require.NotEmpty(t, why, route)
		known[route] = true
	}
	for why, pages := range pageAlone {
		for _, page := range pages {
			require.False(t, known["POST "+page], "%s: %s stands twice", why, page)
			known["POST "+page] = true
			if numbered := numberedPath(page); numbered != "" {
				known["POST "+numbered] = true
			}
		}
	}
	for page, route := range pageActs {
		require.Contains(t, bothActs, route)
		require.False(t, known["POST "+page], "%s stands twice", page)
		known["POST "+page] = true
	}
	for _, r := range ta.router.Routes() {
		route := r.Method + " " + r.Path
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			continue
		}
		require.True(t, known[route], "%s has no row: which act of the other door is it?", route)
		delete(known, route)
	}
	require.Empty(t, known, "these are no routes any more")
}
