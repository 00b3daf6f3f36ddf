package handlers

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// twin is one of two bots in the same state: one is acted on by the page, the other by the API.
type twin struct {
	logBot
	api bool
	key string
	d   store.Delivery // failed, for acts on a delivery
}

// ask performs an act the one way or the other.
func (b *twin) ask(page string, form url.Values, method, api, body string) *httptest.ResponseRecorder {
	in := strings.NewReplacer("{bot}", b.ID.String(), "{delivery}", b.d.ID.String())
	if b.api {
		return b.ta.api(method, in.Replace(api), b.key, body)
	}
	return b.ta.post(in.Replace(page), form)
}

// bothActs are acts that page and API both have.
var bothActs = map[string]func(*twin) *httptest.ResponseRecorder{
	"rename": func(b *twin) *httptest.ResponseRecorder {
		return b.ask("/bots/{bot}/settings/general", url.Values{"name": {"Renamed"}}, "PATCH", "/v1/bots/{bot}", `{"name":"Renamed"}`)
	},
	"delete": func(b *twin) *httptest.ResponseRecorder {
		return b.ask("/bots/{bot}/delete", url.Values{"confirm": {"Twin"}}, "DELETE", "/v1/bots/{bot}", "")
	},
	"resend": func(b *twin) *httptest.ResponseRecorder {
		return b.ask("/deliveries/{delivery}/resend", nil, "POST", "/v1/deliveries/{delivery}/resend", "")
	},
	"save": func(b *twin) *httptest.ResponseRecorder {
		w, err := b.ta.Store.Webhook(b.ta.t.Context(), b.ID)
		if err != nil {
			w.Version = 1 // it is gone
		}
		return b.ask("/bots/{bot}/settings/marketing", url.Values{
			"version": {strconv.FormatInt(w.Version, 10)}, "enabled": {"on"}, "url": {"https://new.example/hook"}, "events": {"all"},
		},
			"PUT", "/v1/bots/{bot}/webhook", `{"enabled":true,"url":"https://new.example/hook","headers":[]}`)
	},
}

// before are what has happened to the bot before the act.
var before = map[string]func(*twin){
	"nothing": func(*twin) {},
	"webhook off": func(b *twin) {
		_, err := b.ta.Store.SaveWebhook(b.ta.t.Context(), b.ID, store.WebhookChange{Enabled: new(false)})
		require.NoError(b.ta.t, err)
	},
	"switched off": func(b *twin) { require.NoError(b.ta.t, b.ta.Store.SwitchOff(b.ta.t.Context(), b.ID, "gone")) },
	"no URL": func(b *twin) {
		_, err := b.ta.Store.SaveWebhook(b.ta.t.Context(), b.ID, store.WebhookChange{URL: new("")})
		require.NoError(b.ta.t, err)
	},
	"person erased": func(b *twin) {
		_, err := b.ta.Store.ErasePerson(b.ta.t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, func([]byte) []byte { return []byte("{}") }, store.Actor{})
		require.NoError(b.ta.t, err)
	},
	"a test": func(b *twin) {
		id := b.ta.clock.NewID()
		require.NoError(b.ta.t, b.ta.Store.RecordTest(b.ta.t.Context(), store.Delivery{
			BotID: b.ID, ID: id, EventID: "test", EventName: "Lead", Test: true, Status: store.Failed, Payload: []byte("{}"), CreatedAt: b.ta.clock.Now(),
		}, store.Attempt{BotID: b.ID, DeliveryID: id, StatusCode: 500}))
		b.d = b.load(id)
	},
	"deleted": func(b *twin) { require.NoError(b.ta.t, b.ta.Store.DeleteBot(b.ta.t.Context(), b.ID, store.Actor{})) },
}

// outcome is what an act left behind, without what tells the two ways apart.
type outcome struct {
	Audit    []string
	Bot      string
	Webhook  store.WebhookState
	Headers  int
	Delivery []string
	Waiting  int
}

func (b *twin) outcome(t *testing.T) (o outcome) {
	t.Helper()
	ctx := t.Context()
	entries, err := b.ta.Store.Audit(ctx, store.AuditFilter{BotID: b.ID})
	require.NoError(t, err)
	for _, e := range entries.Entries {
		o.Audit = append(o.Audit, e.Action+" "+strings.ReplaceAll(e.Target, b.d.ID.String(), "{delivery}")+" "+e.Note)
	}
	if bot, err := b.ta.Store.Bot(ctx, b.ID); err == nil {
		o.Bot = bot.Name
	}
	if w, err := b.ta.Store.Webhook(ctx, b.ID); err == nil {
		o.Webhook, o.Headers = w.WebhookState, len(w.Headers)
	}
	if d, err := b.ta.Store.Delivery(ctx, b.d.ID); err == nil {
		o.Delivery = []string{string(d.Status), d.Reason, d.DueAt.String()}
	}
	o.Waiting = b.ta.Store.Waiting()
	return o
}

// TestPageAndAPIAreTwoAnswersToOneAct performs each act by page and by API on bots in the same state, and compares the
// database, the audit log and the reason of a refusal.
func TestPageAndAPIAreTwoAnswersToOneAct(t *testing.T) {
	for name, act := range bothActs {
		for when, prepare := range before {
			t.Run(name+" after "+when, func(t *testing.T) {
				began := time.Now().Truncate(time.Second)
				var outcomes [2]outcome
				var answers [2]*httptest.ResponseRecorder
				for i, api := range []bool{false, true} {
					ta := signedInApp(t)
					ta.clock.at = began
					b := &twin{logBot: ta.newLogBot("Twin"), api: api, key: ta.newKey(store.RoleOwner, uuid.Nil)}
					b.d = b.failedLead("failed")
					prepare(b)
					answers[i] = act(b)
					outcomes[i] = b.outcome(t)
				}
				require.Equal(t, outcomes[0], outcomes[1])
				requireSameAnswer(t, answers[0], answers[1])
			})
		}
	}
}

// requireSameAnswer compares success with success, and a refusal with a refusal of the same reason.
func requireSameAnswer(t *testing.T, page, api *httptest.ResponseRecorder) {
	t.Helper()
	if page.Code < http.StatusBadRequest {
		require.Less(t, api.Code, http.StatusBadRequest, api.Body.String())
		return
	}
	require.Equal(t, page.Code, api.Code, api.Body.String())
	var p problemJSON
	require.NoError(t, json.Unmarshal(api.Body.Bytes(), &p))
	require.Contains(t, html.UnescapeString(page.Body.String()), p.Title)
	require.Contains(t, html.UnescapeString(page.Body.String()), p.Detail)
}
