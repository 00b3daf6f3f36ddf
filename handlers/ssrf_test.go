package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/ssrftest"
	"iozen/sender/target"
	"iozen/store"
)

// saveWays are the ways to save a URL in the settings. Each returns the status of the answer and its text.
var saveWays = map[string]func(ta *testApp, bot store.Bot, text string) (int, string){
	"field of the page": func(ta *testApp, bot store.Bot, text string) (int, string) {
		w, err := ta.Store.Webhook(ta.t.Context(), store.FirstWebhook(bot.ID))
		require.NoError(ta.t, err)
		res := ta.post("/bots/"+bot.ID.String()+"/webhook/fields", url.Values{
			"field": {"url"}, "url": {text}, "base": {strconv.FormatInt(w.Version, 10)}, "tab": {uuid.NewString()}, "seq": {"1"}, "run": {"1"},
		})
		var answer struct{ Message string }
		require.NoError(ta.t, json.Unmarshal(res.Body.Bytes(), &answer), res.Body.String())
		return res.Code, answer.Message
	},
	"PUT of the API": func(ta *testApp, bot store.Bot, text string) (int, string) {
		body, err := json.Marshal(map[string]any{"enabled": true, "url": text})
		require.NoError(ta.t, err)
		res := ta.api("PUT", "/v1/bots/"+bot.ID.String()+"/webhook", ta.newKey(store.RoleOwner, bot.ID), string(body))
		var problem problemJSON
		require.NoError(ta.t, json.Unmarshal(res.Body.Bytes(), &problem))
		for _, e := range problem.Errors {
			require.Equal(ta.t, "/url", e.Pointer)
			return res.Code, e.Message
		}
		return res.Code, ""
	},
}

// A URL whose text alone shows that it is forbidden is refused wherever it is typed, with the rule's words, and nothing is
// saved; any other is saved in one form.
func TestHostileURLsAreRefusedWhereverTheyAreSaved(t *testing.T) {
	cases := ssrftest.Read(t).Cases
	for way, save := range saveWays {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			apps := map[string]*testApp{}
			for _, c := range cases {
				if c.URL == "" { // saves that there is none
					continue
				}
				entries := strings.Join(c.Allow, ",")
				allow, err := target.ParseAllow(entries)
				require.NoError(t, err)
				if apps[entries] == nil {
					apps[entries] = signedInApp(t, func(cfg *Config) { cfg.Allow = allow })
				}
				t.Run(c.Name(), func(t *testing.T) { requireSaveCase(t, apps[entries], c, save) })
			}
		})
	}
}

func requireSaveCase(t *testing.T, ta *testApp, c ssrftest.Case, save func(*testApp, store.Bot, string) (int, string)) {
	bot := ta.newBot("Quiz")
	status, said := save(ta, bot, c.URL)
	w, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(bot.ID))
	require.NoError(t, err)
	checked, problem := target.CheckURL(c.URL, ta.Allow)
	if c.Stage != "save" {
		require.Equal(t, http.StatusOK, status, said)
		require.Equal(t, checked, w.URL)
		return
	}
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, strings.ToLower(said), strings.ToLower(problem.Message))
	require.Empty(t, w.URL)
}

// Notifications are posted by the rules of every webhook.
func TestHostileURLsAreRefusedForNotifications(t *testing.T) {
	t.Parallel()
	ta := signedInApp(t, func(cfg *Config) { cfg.Allow = target.Allow{} })
	for _, c := range ssrftest.Read(t).Cases {
		if c.URL == "" || len(c.Allow) > 0 {
			continue
		}
		require.NoError(t, ta.Store.SetNotificationWebhook(t.Context(), "", store.Actor{Name: "test"}))
		res := ta.post("/workspace/webhook", url.Values{"url": {c.URL}})
		w, err := ta.Store.NotificationWebhook(t.Context())
		require.NoError(t, err)
		if c.Stage == "save" {
			require.Equal(t, http.StatusUnprocessableEntity, res.Code, c.URL)
			require.Empty(t, w.URL, c.URL)
			continue
		}
		require.Equal(t, http.StatusSeeOther, res.Code, c.URL)
		require.NotEmpty(t, w.URL, c.URL)
	}
}
