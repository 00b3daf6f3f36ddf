package handlers

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/event"
	"iozen/store/option"
	"iozen/store/storetest"
)

// bothAct is one way of asking for an act that page and API both have.
type bothAct struct {
	prepare  func(*twin)
	do       func(*twin) *httptest.ResponseRecorder
	second   bool   // it is about the second of two webhooks
	always   bool   // tried after everything that can have happened before, else after nothing, and on a deleted bot
	refused  bool   // where nothing has happened before
	ownWords string // why the two tell the same refusal in their own way
}

// bothActs are the acts that page and API both have, by the API's route.
var bothActs = withSecond(map[string]map[string]bothAct{
	"POST /v1/bots": {
		"create":            {do: create("Quiz")},
		"create untidily":   {do: create("  Roof  quiz\u200b ")},
		"without a name":    {do: create(""), refused: true},
		"of spaces":         {do: create("  \t "), refused: true},
		"of unseen letters": {do: create("\u200b\u2060"), refused: true},
		"too long":          {do: create(strings.Repeat("é", store.MaxName+1)), refused: true},
		"just not too long": {do: create(strings.Repeat("é", store.MaxName))},
	},
	"PATCH /v1/bots/:id": {
		"rename":             {do: rename("Renamed"), always: true},
		"to what it is":      {do: rename("Twin")},
		"to nothing":         {do: rename(""), refused: true},
		"too long":           {do: rename(strings.Repeat("x", store.MaxName+1)), refused: true},
		"with a break in it": {do: rename("Roof\nquiz")},
		"with a bell in it":  {do: rename("Roof\aquiz"), refused: true},
	},
	"DELETE /v1/bots/:id": {
		"delete": {always: true, do: func(b *twin) *httptest.ResponseRecorder {
			return b.ask("/bots/{bot}/delete", url.Values{"confirm": {"Twin"}}, "DELETE", "/v1/bots/{bot}", "")
		}},
	},
	"POST /v1/deliveries/:id/resend": {
		"resend": {always: true, do: func(b *twin) *httptest.ResponseRecorder {
			return b.ask("/deliveries/{delivery}/resend", nil, "POST", "/v1/deliveries/{delivery}/resend", "")
		}},
		"twice": {do: func(b *twin) *httptest.ResponseRecorder {
			b.ask("/deliveries/{delivery}/resend", nil, "POST", "/v1/deliveries/{delivery}/resend", "")
			return b.ask("/deliveries/{delivery}/resend", nil, "POST", "/v1/deliveries/{delivery}/resend", "")
		}},
	},
	"POST /v1/deliveries/:id/take-back": {
		"what was not resent": {do: takeBackDelivery, refused: true},
		"a resend":            {do: takeBackDelivery, prepare: resendIt},
		"twice":               {do: func(b *twin) *httptest.ResponseRecorder { takeBackDelivery(b); return takeBackDelivery(b) }, prepare: resendIt},
	},
	"POST /v1/jobs/:id/take-back": {
		"a release":            {do: takeBackNewest(store.JobRelease), prepare: func(b *twin) { holdTwo(b); startRelease(b); b.ta.endJobs() }},
		"one that only begins": {do: takeBackNewest(store.JobRelease), prepare: func(b *twin) { holdTwo(b); startRelease(b) }},
		"an erasure":           {do: takeBackNewest(store.JobErase), prepare: startErase, refused: true},
		"an unknown one":       {do: takeBackNewest(store.JobResend), refused: true},
	},
	"POST /v1/bots/:id/held/send": {
		"send":         {do: sendHeld, always: true},
		"send what is": {do: sendHeld, prepare: holdTwo},
		"twice":        {do: func(b *twin) *httptest.ResponseRecorder { sendHeld(b); return sendHeld(b) }, prepare: holdTwo},
	},
	"POST /v1/people/erase": {
		"erase":            {do: erase("email", " Jane@example.com "), always: true},
		"somebody unknown": {do: erase("external_id", "s-1")},
		"nobody":           {do: erase("email", " "), refused: true, ownWords: personWords},
		"of no kind":       {do: erase("name", "Jane"), refused: true, ownWords: personWords},
		"too long":         {do: erase("email", strings.Repeat("x", maxTerm+1)), refused: true, ownWords: personWords},
		"without a digit":  {do: erase("phone", "+"), refused: true, ownWords: personWords},
	},
	"POST /v1/jobs/:id/stop": {
		"a release":  {do: stopNewest(store.JobRelease), prepare: func(b *twin) { holdTwo(b); startRelease(b) }},
		"an erasure": {do: stopNewest(store.JobErase), prepare: startErase, refused: true},
		"one that has ended": {do: stopNewest(store.JobErase), prepare: func(b *twin) {
			startErase(b)
			b.ta.work()
			_, err := b.ta.Store.AwaitJob(b.ta.t.Context(), newestJob(b, store.JobErase), time.Minute)
			require.NoError(b.ta.t, err)
		}},
		"an unknown one": {do: stopNewest(store.JobResend), refused: true},
	},
	"PUT /v1/bots/:id/webhook": {
		"save":                   {do: saveAll(nil, nil), always: true},
		"the same":               {do: saveAll(url.Values{"url": {"https://crm.example.com/hook"}, "headers": {"Authorization: " + event.Mask}}, map[string]any{"url": "https://crm.example.com/hook", "headers": named("Authorization")})},
		"switch off":             {do: saveAll(url.Values{"enabled": nil}, map[string]any{"enabled": false})},
		"no URL":                 {do: saveAll(url.Values{"url": {""}}, map[string]any{"url": nil})},
		"a URL without a scheme": {do: saveAll(url.Values{"url": {"ftp://crm.example/hook"}}, map[string]any{"url": "ftp://crm.example/hook"}), refused: true},
		"a URL without a host":   {do: saveAll(url.Values{"url": {"https:///hook"}}, map[string]any{"url": "https:///hook"}), refused: true},
		"a URL of our own":       {do: saveAll(url.Values{"url": {"http://10.0.0.5/hook"}}, map[string]any{"url": "http://10.0.0.5/hook"}), refused: true},
		"a header":               {do: saveAll(url.Values{"headers": {"X-Plan: gold"}}, map[string]any{"headers": []any{map[string]any{"name": "X-Plan", "value": "gold"}}})},
		"a header of HTTP's own": {do: saveAll(url.Values{"headers": {"Host: x.example"}}, map[string]any{"headers": []any{map[string]any{"name": "Host", "value": "x.example"}}}), refused: true},
		"a header twice":         {do: saveAll(url.Values{"headers": {"X-A: 1\nx-a: 2"}}, map[string]any{"headers": []any{map[string]any{"name": "X-A", "value": "1"}, map[string]any{"name": "x-a", "value": "2"}}}), refused: true},
		"a value that there isn't": {
			do: saveAll(url.Values{"headers": {"X-New: " + event.Mask}}, map[string]any{"headers": named("X-New")}), refused: true,
			ownWords: "the page shows a mask where a value is kept, the API leaves the value out",
		},
		"chosen events":        {do: saveAll(url.Values{"events": {"chosen"}, "event_name": {"Lead", "Form sent"}}, map[string]any{"event_names": []string{"Lead", "Form sent"}})},
		"an event too long":    {do: saveAll(url.Values{"events": {"chosen"}, "event_name": {strings.Repeat("L", 65)}}, map[string]any{"event_names": []string{strings.Repeat("L", 65)}}), refused: true},
		"a rate limit":         {do: saveAll(url.Values{"rate_limit": {"2.5"}}, map[string]any{"rate_limit": 2.5})},
		"a limit of nothing":   {do: saveAll(url.Values{"rate_limit": {"0"}}, map[string]any{"rate_limit": 0}), refused: true},
		"a limit below zero":   {do: saveAll(url.Values{"rate_limit": {"-1"}}, map[string]any{"rate_limit": -1}), refused: true},
		"over a newer version": {prepare: theirs, do: saveOver, refused: true, ownWords: "the page names who changed which field; HTTP has a status of its own for If-Match"},
		"the switch alone":     {do: switchAlone, always: true},
	},
	"POST /v1/bots/:id/webhook/copy": {
		"all of it":        {do: copyHere(store.CopyGroups()...), always: true},
		"a part":           {do: copyHere(store.CopyURL, store.CopyHeaders, store.CopyFormat)},
		"nothing":          {do: copyHere(), refused: true, ownWords: "the page asks to tick a box"},
		"over a newer one": {prepare: theirs, do: copyHere(store.CopyGroups()...)},
		"twice": {do: func(b *twin) *httptest.ResponseRecorder {
			copyHere(store.CopyEvents)(b)
			return copyHere(store.CopyEvents)(b)
		}},
	},
	"PUT /v1/new-bots": {
		"begin with its settings": {always: true, do: newBotsBegin("1")},
		"begin empty":             {do: newBotsBegin("")},
		"empty again": {do: newBotsBegin(""), prepare: func(b *twin) {
			require.NoError(b.ta.t, b.ta.Store.BeginWith(b.ta.t.Context(), store.FirstWebhook(b.ID), store.Actor{}))
		}},
	},
	"POST /v1/bots/:id/webhook/test": {
		"test":                     {always: true, prepare: toEndpoint, do: test("")},
		"by name":                  {prepare: toEndpoint, do: test("Form sent")},
		"without a URL":            {refused: true, do: test(""), prepare: func(b *twin) { b.setURL("") }},
		"a host that is not there": {do: test(""), prepare: func(b *twin) { b.setURL("http://10.0.0.5/hook") }},
	},
	"POST /v1/bots/:id/webhooks": {
		"add":            {do: addEndpoint("Slack"), always: true},
		"add untidily":   {do: addEndpoint("  Sales  channel\u200b ")},
		"without a name": {do: addEndpoint(""), refused: true},
		"too long":       {do: addEndpoint(strings.Repeat("é", store.MaxName+1)), refused: true},
		"one too many":   {do: addEndpoint("Slack"), prepare: func(b *twin) { b.addEndpoints(store.MaxWebhooks - 1) }, refused: true},
	},
	"PUT /v1/bots/:id/webhooks": {
		"move one up":   {do: order("1,2,3", "up-3", 1, 3, 2), prepare: func(b *twin) { b.addEndpoints(2) }},
		"move one down": {do: order("1,2,3", "down-1", 2, 1, 3), prepare: func(b *twin) { b.addEndpoints(2) }},
		"past the end":  {do: order("1,2", "up-1", 1, 2), prepare: func(b *twin) { b.addEndpoints(1) }},
		"of others":     {do: order("1,2", "up-2", 2, 1), prepare: func(b *twin) { b.addEndpoints(2) }, refused: true},
		"of none":       {do: order("1", "up-1", 1), always: true},
	},
	"PUT /v1/bots/:id/webhooks/:n": {
		"rename":        {do: renameEndpoint(" Sales  channel "), second: true},
		"to what it is": {do: renameEndpoint("Second"), second: true},
		"to nothing":    {do: renameEndpoint(""), second: true, refused: true},
		"too long":      {do: renameEndpoint(strings.Repeat("x", store.MaxName+1)), second: true, refused: true},
	},
	"DELETE /v1/bots/:id/webhooks/:n": {
		"delete":    {do: deleteEndpoint(2, "Second"), second: true, always: true},
		"the first": {do: deleteEndpoint(1, "Endpoint 1"), second: true, refused: true},
		"no such":   {do: deleteEndpoint(3, "Third"), second: true, refused: true},
	},
	"POST /v1/bots/:id/webhooks/:n/test":      {},
	"POST /v1/bots/:id/webhooks/:n/held/send": {},
	"POST /v1/bots/:id/webhooks/:n/copy":      {},
})

// withSecond adds to the acts on a webhook that every act on the first one does the same to a second.
func withSecond(acts map[string]map[string]bothAct) map[string]map[string]bothAct {
	for first, numbered := range map[string]string{
		"PUT /v1/bots/:id/webhook":       "PUT /v1/bots/:id/webhooks/:n",
		"POST /v1/bots/:id/webhook/test": "POST /v1/bots/:id/webhooks/:n/test",
		"POST /v1/bots/:id/held/send":    "POST /v1/bots/:id/webhooks/:n/held/send",
		"POST /v1/bots/:id/webhook/copy": "POST /v1/bots/:id/webhooks/:n/copy",
	} {
		for name, act := range acts[first] {
			act.second = true
			acts[numbered][name] = act
		}
	}
	return acts
}

// addEndpoints gives the bot so many more webhooks.
func (b *twin) addEndpoints(n int) {
	for range n {
		_, err := b.ta.Store.AddWebhook(b.ta.t.Context(), b.ID, "", store.Actor{})
		require.NoError(b.ta.t, err)
	}
}

func addEndpoint(name string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		return b.ask("/bots/{bot}/webhooks", url.Values{"name": {name}}, "POST", "/v1/bots/{bot}/webhooks", jsonOf(map[string]any{"name": name}))
	}
}

func order(stands, move string, numbers ...int) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		return b.ask("/bots/{bot}/webhooks/order", url.Values{"order": {stands}, "move": {move}}, "PUT", "/v1/bots/{bot}/webhooks", jsonOf(map[string]any{"order": numbers}))
	}
}

// renameEndpoint sends with the API's body what is set already: only the name changes.
func renameEndpoint(name string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		body := map[string]any{"name": name, "enabled": false, "url": nil}
		if w, err := b.ta.Store.Webhook(b.ta.t.Context(), b.webhook()); err == nil {
			body["enabled"], body["url"], body["headers"] = w.Enabled, orNull(w.URL), named("Authorization")
		}
		return b.ask("{pages}/name", url.Values{"name": {name}}, "PUT", "{webhook}", jsonOf(body))
	}
}

func deleteEndpoint(n int, name string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		at := "/webhooks/" + strconv.Itoa(n)
		return b.ask("/bots/{bot}"+at+"/delete", url.Values{"confirm": {name}}, "DELETE", "/v1/bots/{bot}"+at, "")
	}
}

// copyHere copies settings of the webhook of another bot that has the same number to this one, unless they are newer than what
// the caller has read.
func copyHere(groups ...store.CopyGroup) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		ctx := b.ta.t.Context()
		from := store.WebhookID{BotID: b.another("Source").ID, N: b.n}
		if b.n > 1 {
			_, err := b.ta.Store.AddWebhook(ctx, from.BotID, "", b.caller())
			require.NoError(b.ta.t, err)
		}
		source, err := b.ta.Store.SaveWebhook(ctx, from, store.WebhookChange{
			Enabled: new(true), URL: new("https://source.example/hook"), Headers: &[]store.HeaderChange{{Name: "X-Source", Value: new("s3cret")}},
			EventNames: &[]string{"Lead"}, RateLimit: new(3.0), Change: option.Set{Format: option.Format{Type: option.FormatFlat}, LeaveOut: []string{"user_data.phone"}}.Change(),
			By: b.caller(),
		})
		require.NoError(b.ta.t, err)
		version := b.was
		if w, err := b.ta.Store.Webhook(ctx, b.webhook()); err == nil && version == 0 {
			version = w.Version
		}
		names := strings.Fields(groupList(groups))
		form := url.Values{
			"to":   {copyRef(b.webhook()) + "." + strconv.FormatInt(version, 10)},
			"what": names, "shown": {groupList(groups)}, "version": {strconv.FormatInt(source.Version, 10)},
		}
		body := map[string]any{"to": []any{map[string]any{"bot_id": b.ID, "n": b.n, "version": version}}, "settings": orEmpty(names)}
		return b.ask(refOf(from).At("settings/copy"), form, "POST", "/v1/bots/"+from.BotID.String()+apiPath(b.n)+"/copy", jsonOf(body))
	}
}

// another makes a bot, as whoever acts on the twin.
func (b *twin) another(name string) store.Bot {
	bot, err := b.ta.Store.CreateBot(b.ta.t.Context(), name, b.caller())
	require.NoError(b.ta.t, err)
	return bot
}

func (b *twin) caller() store.Actor {
	return store.Actor{ID: uuid.New(), Name: map[bool]string{false: testEmail, true: "test owner"}[b.api]}
}

func newBotsBegin(begin string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		body, page := map[string]any{"begin_with": nil}, "/bots/"+b.another("Other").ID.String()+"/settings/copy/new-bots"
		if begin != "" {
			body["begin_with"], page = map[string]any{"bot_id": b.ID}, "/bots/{bot}/settings/copy/new-bots"
		}
		return b.ask(page, url.Values{"begin": {begin}}, "PUT", "/v1/new-bots", jsonOf(body))
	}
}

func create(name string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		return b.ask("/bots", url.Values{"name": {name}}, "POST", "/v1/bots", jsonOf(map[string]any{"name": name}))
	}
}

func rename(name string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		return b.ask("/bots/{bot}/settings/general", url.Values{"name": {name}}, "PATCH", "/v1/bots/{bot}", jsonOf(map[string]any{"name": name}))
	}
}

// sendHeld also runs the jobs: page and API wait for their end.
func sendHeld(b *twin) *httptest.ResponseRecorder {
	b.ta.work()
	return b.ask("{pages}/held/send", nil, "POST", "{owner}/held/send", "")
}

func takeBackDelivery(b *twin) *httptest.ResponseRecorder {
	return b.ask("/deliveries/{delivery}/take-back", nil, "POST", "/v1/deliveries/{delivery}/take-back", "")
}

func resendIt(b *twin) {
	b.ask("/deliveries/{delivery}/resend", nil, "POST", "/v1/deliveries/{delivery}/resend", "")
}

func takeBackNewest(kind store.JobKind) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		path := "/jobs/" + newestJob(b, kind).String() + "/take-back"
		return b.ask(path, nil, "POST", "/v1"+path, "")
	}
}

func erase(kind, value string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		b.ta.work()
		return b.ask("/people/erase", url.Values{"kind": {kind}, "value": {value}}, "POST", "/v1/people/erase", jsonOf(map[string]any{"kind": kind, "value": value}))
	}
}

// holdTwo holds two events of a webhook that is then switched on again.
func holdTwo(b *twin) {
	for _, on := range []bool{false, true} {
		_, err := b.ta.Store.SaveWebhook(b.ta.t.Context(), b.webhook(), store.WebhookChange{Enabled: &on})
		require.NoError(b.ta.t, err)
		if !on {
			b.lead("held-1")
			b.lead("held-2")
		}
	}
}

func startRelease(b *twin) {
	_, err := b.ta.Store.StartRelease(b.ta.t.Context(), b.webhook(), b.caller())
	require.NoError(b.ta.t, err)
}

func startErase(b *twin) {
	_, err := b.ta.Store.StartErase(b.ta.t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	require.NoError(b.ta.t, err)
}

// newestJob is the last job of a kind, or an id that no job has.
func newestJob(b *twin, kind store.JobKind) uuid.UUID {
	jobs, err := b.ta.Store.Jobs(b.ta.t.Context(), store.JobFilter{Kinds: []store.JobKind{kind}})
	require.NoError(b.ta.t, err)
	if len(jobs) == 0 {
		return uuid.Max
	}
	return jobs[0].ID
}

func stopNewest(kind store.JobKind) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		path := "/jobs/" + newestJob(b, kind).String() + "/stop"
		return b.ask(path, nil, "POST", "/v1"+path, "")
	}
}

// saveAll saves all settings, with some of them as given to the page's form and to the API's body.
func saveAll(form url.Values, body map[string]any) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		w, err := b.ta.Store.Webhook(b.ta.t.Context(), b.webhook())
		if err != nil {
			w.Version = 1 // it is gone
		}
		page := url.Values{"version": {strconv.FormatInt(w.Version, 10)}, "enabled": {"on"}, "url": {"https://new.example/hook"}, "events": {"all"}}
		for name, values := range form {
			page[name] = values
		}
		api := map[string]any{"enabled": true, "url": "https://new.example/hook", "headers": []any{}}
		for name, value := range body {
			api[name] = value
		}
		return b.ask("{pages}/settings/marketing", page, "PUT", "{webhook}", jsonOf(api))
	}
}

// theirs is what somebody else saves while the caller still sees the older settings.
func theirs(b *twin) {
	ctx := b.ta.t.Context()
	w, err := b.ta.Store.Webhook(ctx, b.webhook())
	require.NoError(b.ta.t, err)
	b.was = w.Version
	_, err = b.ta.Store.SaveWebhook(ctx, b.webhook(), store.WebhookChange{URL: new("https://theirs.example/hook")})
	require.NoError(b.ta.t, err)
}

// saveOver saves another URL, over a newer version of somebody else.
func saveOver(b *twin) *httptest.ResponseRecorder {
	was := strconv.FormatInt(b.was, 10)
	if !b.api {
		form := url.Values{"version": {was}, "enabled": {"on"}, "url": {"https://mine.example/hook"}, "events": {"all"}}
		return b.ta.post(b.at("{pages}/settings/marketing"), form)
	}
	body := `{"enabled":true,"url":"https://mine.example/hook","headers":[]}`
	r := httptest.NewRequest("PUT", testHost+b.at("{webhook}"), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.key)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("If-Match", `"`+was+`"`)
	return b.ta.do(r)
}

// switchAlone switches the webhook off, with its own switch on the page.
func switchAlone(b *twin) *httptest.ResponseRecorder {
	w, err := b.ta.Store.Webhook(b.ta.t.Context(), b.webhook())
	if err != nil {
		w.Version = 1
	}
	body := map[string]any{"enabled": false, "url": orNull(w.URL), "headers": named("Authorization")}
	form := url.Values{"field": {"enabled"}, "base": {strconv.FormatInt(w.Version, 10)}, "tab": {"page"}, "seq": {"1"}, "run": {"1"}}
	return b.ask("{pages}/webhook/fields", form, "PUT", "{webhook}", jsonOf(body))
}

func (b *twin) setURL(target string) {
	_, err := b.ta.Store.SaveWebhook(b.ta.t.Context(), b.webhook(), store.WebhookChange{URL: &target, Headers: &[]store.HeaderChange{}})
	require.NoError(b.ta.t, err)
}

// toEndpoint points the webhook at something that listens, if it has a URL.
func toEndpoint(b *twin) {
	w, err := b.ta.Store.Webhook(b.ta.t.Context(), b.webhook())
	require.NoError(b.ta.t, err)
	if w.URL != "" {
		b.setURL(b.endpoint)
	}
}

func test(event string) func(*twin) *httptest.ResponseRecorder {
	return func(b *twin) *httptest.ResponseRecorder {
		if !b.api {
			return b.ta.pressAt(b.at("{pages}/webhook/test"), url.Values{"test_event": {event}})
		}
		body := ""
		if event != "" {
			body = jsonOf(map[string]any{"event_name": event})
		}
		return b.ta.api("POST", b.at("{webhook}/test"), b.key, body)
	}
}

// named are headers that keep their values.
func named(names ...string) (headers []any) {
	for _, name := range names {
		headers = append(headers, map[string]any{"name": name})
	}
	return headers
}

func jsonOf(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// before are the states in which the bot may be before the act.
var before = map[string]func(*twin){
	"nothing": func(*twin) {},
	"webhook off": func(b *twin) {
		_, err := b.ta.Store.SaveWebhook(b.ta.t.Context(), b.webhook(), store.WebhookChange{Enabled: new(false)})
		require.NoError(b.ta.t, err)
	},
	"switched off": func(b *twin) {
		require.NoError(b.ta.t, b.ta.Store.SwitchOff(b.ta.t.Context(), b.webhook(), "gone"))
	},
	"no URL": func(b *twin) {
		_, err := b.ta.Store.SaveWebhook(b.ta.t.Context(), b.webhook(), store.WebhookChange{URL: new("")})
		require.NoError(b.ta.t, err)
	},
	"person erased": func(b *twin) {
		j, err := b.ta.Store.StartErase(b.ta.t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
		storetest.EndJob(b.ta.t, b.ta.Store, j, err)
	},
	"a test": func(b *twin) {
		id := b.ta.clock.NewID()
		require.NoError(b.ta.t, b.ta.Store.RecordTest(b.ta.t.Context(), store.Delivery{
			Webhook: b.n,
			BotID:   b.ID, ID: id, EventID: "test", EventName: "Lead", Test: true, Status: store.Failed, Payload: []byte("{}"), CreatedAt: b.ta.clock.Now(),
		}, store.Attempt{BotID: b.ID, DeliveryID: id, StatusCode: 500}))
		b.d = b.load(id)
	},
	"deleted": func(b *twin) { require.NoError(b.ta.t, b.ta.Store.DeleteBot(b.ta.t.Context(), b.ID, store.Actor{})) },
}
