package handlers

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

// twin is one of two bots in the same state: the page acts on one, the API on the other.
type twin struct {
	logBot
	api      bool
	key      string
	d        store.Delivery // failed, for acts on a delivery
	was      int64          // the version that a caller has read, before somebody else saved
	endpoint string         // accepts what is posted
	n        int            // the number of the webhook that the act is about
}

func (b *twin) webhook() store.WebhookID { return store.WebhookID{BotID: b.ID, N: b.n} }

// at fills in an address: {pages} and {webhook} are where the page and the API have the webhook, {owner} is where the API has
// what goes to it.
func (b *twin) at(address string) string {
	api, owner := "/v1/bots/"+b.ID.String()+apiPath(b.n), "/v1/bots/"+b.ID.String()
	if b.n > 1 {
		owner = api
	}
	return strings.NewReplacer("{bot}", b.ID.String(), "{delivery}", b.d.ID.String(), "{pages}", strings.TrimSuffix(refOf(b.webhook()).At(""), "/"),
		"{webhook}", api, "{owner}", owner).Replace(address)
}

// addSecond gives the bot a second webhook, set up like the first.
func (b *twin) addSecond() {
	ctx := b.ta.t.Context()
	first, err := b.ta.Store.Webhook(ctx, store.FirstWebhook(b.ID))
	require.NoError(b.ta.t, err)
	headers := []store.HeaderChange{{Name: first.Headers[0].Name, Value: &first.Headers[0].Value}}
	w, err := b.ta.Store.AddWebhookWith(ctx, b.ID, store.WebhookChange{Name: new("Second"), Enabled: &first.Enabled, URL: &first.URL, Headers: &headers})
	require.NoError(b.ta.t, err)
	b.n = w.N
}

// ask performs an act through the page or through the API.
func (b *twin) ask(page string, form url.Values, method, api, body string) *httptest.ResponseRecorder {
	if b.api {
		return b.ta.api(method, b.at(api), b.key, body)
	}
	return b.ta.post(b.at(page), form)
}

// ending is what an act left behind, without what differs between page and API by nature.
type ending struct {
	Audit      []string
	By         []string // of the entries since the act, without the two names of the same caller
	Bots       []string
	Names      []store.WebhookName
	Webhook    store.WebhookState
	Version    int64
	Headers    []store.Header
	Events     []string
	RateLimit  *float64
	Options    option.Set
	Delivery   []string
	Deliveries []string
	Waiting    int
}

func (b *twin) outcome(t *testing.T, audited int) (o ending) {
	t.Helper()
	ctx := t.Context()
	page, err := b.ta.Store.Audit(ctx, store.AuditFilter{})
	require.NoError(t, err)
	for i, e := range page.Entries {
		target := strings.ReplaceAll(e.Target, b.d.ID.String(), "{delivery}")
		if _, err := uuid.Parse(target); err == nil {
			target = "{job}"
		}
		o.Audit = append(o.Audit, e.Action+" "+target+" "+e.Note)
		if i < len(page.Entries)-audited {
			require.Equal(t, map[bool]string{false: testEmail, true: "test owner"}[b.api], e.By.Name, e.Action)
			require.NotEqual(t, uuid.Nil, e.By.ID, e.Action)
			o.By = append(o.By, e.By.IP)
		}
	}
	bots, err := b.ta.Store.BotNames(ctx, store.BotFilter{})
	require.NoError(t, err)
	for _, bot := range bots.Bots {
		o.Bots = append(o.Bots, bot.Name)
	}
	if w, err := b.ta.Store.Webhook(ctx, b.webhook()); err == nil {
		w.URL = strings.ReplaceAll(w.URL, b.endpoint, "{endpoint}")
		o.Webhook, o.Version, o.Headers, o.Events, o.RateLimit, o.Options = w.WebhookState, w.Version, w.Headers, w.EventNames, w.RateLimit, w.Set
	}
	names, err := b.ta.Store.WebhookNames(ctx, b.ID)
	require.NoError(t, err)
	for _, n := range names {
		n.URL = strings.ReplaceAll(n.URL, b.endpoint, "{endpoint}")
		o.Names = append(o.Names, n)
	}
	if d, err := b.ta.Store.Delivery(ctx, b.d.ID); err == nil {
		o.Delivery = []string{string(d.Status), d.Reason, d.DueAt.String()}
	}
	list, err := b.ta.Store.Deliveries(ctx, store.DeliveryFilter{})
	require.NoError(t, err)
	for _, d := range list.Deliveries {
		o.Deliveries = append(o.Deliveries, strings.Join([]string{d.EventName, string(d.Status), d.Reason, http.StatusText(d.LastCode)}, " "))
	}
	o.Waiting = b.ta.Store.Waiting()
	return o
}

func (b *twin) audits(t *testing.T) int {
	t.Helper()
	page, err := b.ta.Store.Audit(t.Context(), store.AuditFilter{})
	require.NoError(t, err)
	require.Empty(t, page.Next, "all fit on a page")
	return len(page.Entries)
}

// TestPageAndAPIAreTwoAnswersToOneAct performs each act by page and by API on bots in the same state, and compares the
// database, the audit log and the reason of a refusal.
func TestPageAndAPIAreTwoAnswersToOneAct(t *testing.T) {
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(endpoint.Close)
	for route, acts := range bothActs {
		for name, act := range acts {
			for when, prepare := range before {
				if !act.always && when != "nothing" && when != "deleted" {
					continue
				}
				t.Run(route+" "+name+" after "+when, func(t *testing.T) {
					began := time.Now().Truncate(time.Second).Add(time.Minute) // later than all that made the app
					var outcomes [2]ending
					var answers [2]*httptest.ResponseRecorder
					for i, api := range []bool{false, true} {
						ta := signedInApp(t)
						ta.clock.at = began
						b := &twin{logBot: ta.newLogBot("Twin"), api: api, key: ta.newKey(store.RoleOwner, uuid.Nil), endpoint: endpoint.URL, n: 1}
						b.d = b.failedLead("failed")
						if act.second {
							b.addSecond()
						}
						prepare(b)
						if act.prepare != nil && when != "deleted" {
							act.prepare(b)
						}
						audited := b.audits(t)
						answers[i] = act.do(b)
						outcomes[i] = b.outcome(t, audited)
					}
					require.Equal(t, outcomes[0], outcomes[1])
					requireSameAnswer(t, answers[0], answers[1], act.ownWords == "")
					if when == "nothing" {
						require.Equal(t, act.refused, answers[0].Code >= http.StatusBadRequest, answers[0].Body.String())
					}
				})
			}
		}
	}
}

// requireSameAnswer compares success with success, and a refusal with a refusal of the same reason.
func requireSameAnswer(t *testing.T, page, api *httptest.ResponseRecorder, words bool) {
	t.Helper()
	if page.Code < http.StatusBadRequest {
		require.Less(t, api.Code, http.StatusBadRequest, api.Body.String())
		return
	}
	if !words {
		require.Equal(t, 4, api.Code/100, api.Body.String())
		return
	}
	require.Equal(t, page.Code, api.Code, api.Body.String())
	var p problemJSON
	require.NoError(t, json.Unmarshal(api.Body.Bytes(), &p))
	said := strings.ToLower(html.UnescapeString(page.Body.String()))
	if len(p.Errors) == 0 {
		require.Contains(t, said, strings.ToLower(p.Title))
		require.Contains(t, said, strings.ToLower(p.Detail))
	}
	for _, e := range p.Errors { // the page has a form, and says it beside the field
		require.Contains(t, said, strings.ToLower(strings.TrimSuffix(e.Message, ", or null for no limit")))
	}
}
