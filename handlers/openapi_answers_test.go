package handlers

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
)

// TestEveryAnswerIsAsTheDocumentSays makes the calls of the API until each answer that the document names has been seen, and
// no other.
func TestEveryAnswerIsAsTheDocumentSays(t *testing.T) {
	d := &documented{apiTest: newAPITest(t), openAPI: loadDocument(t), t: t, webhook: "2"}
	d.successes()
	d.mistakes()
	for operation, described := range d.operations() {
		d.refusals(operation, described)
	}
	d.ask("DELETE /v1/bots/{bot_id}", "", "", 204)

	var all []string
	for operation, described := range d.operations() {
		for status := range described["responses"].(map[string]any) {
			all = append(all, operation+" "+status)
		}
	}
	require.ElementsMatch(t, all, slices.Collect(maps.Keys(d.answered)), "documented, and seen")
}

// successes lead through a bot's life: every example of the document, and every state of a delivery that looks different.
func (d *documented) successes() {
	d.t.Helper()
	for _, body := range d.examples("POST /v1/bots") {
		d.ask("POST /v1/bots", "", body, 201)
	}
	first := d.ask("GET /v1/bots", "?limit=1", "", 200)
	d.ask("GET /v1/bots", "?cursor="+first["next"].(string), "", 200)
	d.ask("GET /v1/bots/{bot_id}", "", "", 200)
	for _, body := range d.examples("PATCH /v1/bots/{bot_id}") {
		d.ask("PATCH /v1/bots/{bot_id}", "", body, 200)
	}
	for _, body := range d.examples("PUT /v1/bots/{bot_id}/webhook") {
		d.ask("PUT /v1/bots/{bot_id}/webhook", "", body, 200)
	}
	url := "https://half.example"
	_, err := d.Store.SaveWebhook(d.t.Context(), store.FirstWebhook(d.bot.ID), store.WebhookChange{URL: &url, QuietFor: quietTime})
	require.NoError(d.t, err)
	d.ask("GET /v1/bots/{bot_id}/webhook", "", "", 200)
	d.deliveries()
	d.jobs()
	d.webhooks()
	d.copies()
	require.NoError(d.t, d.Store.SwitchOff(d.t.Context(), store.FirstWebhook(d.bot.ID), "gone"))
	d.ask("GET /v1/bots/{bot_id}/webhook", "", "", 200)
}

// webhooks give the bot another webhook, and use each call of it.
func (d *documented) webhooks() {
	d.t.Helper()
	all, one := "/v1/bots/{bot_id}/webhooks", "/v1/bots/{bot_id}/webhooks/{n}"
	added := d.ask("POST "+all, "", d.examples("POST " + all)[0], 201)
	require.Equal(d.t, 2.0, added["n"])
	d.ask("PUT "+all, "", d.examples("PUT " + all)[0], 200)
	d.ask("PUT "+all, "", `{"order":[2]}`, 409)
	d.ask("PUT "+all, "", `{"order":["x"]}`, 422)
	d.ask("GET "+all, "", "", 200)
	d.ask("POST /v1/bots/{bot_id}/events", "", `{"event_name":"Lead"}`, 202)
	d.ask("POST "+all, "", `{"name":1}`, 422)

	d.ask("GET "+one, "", "", 200)
	body := d.examples("PUT " + one)[0]
	d.ask("PUT "+one, "", `{"enabled":true,"url":"ftp://x"}`, 422)
	d.ask("PUT "+one, "", body, 412, `If-Match: "0"`)
	d.ask("PUT "+one, "", body, 400, `If-Match: 7`)
	d.ask("PUT "+one, "", body, 200)
	endpoint := d.endpoint(http.StatusOK, "{}")
	d.ask("PUT "+one, "", `{"enabled":true,"url":"`+endpoint.URL+`"}`, 200)
	d.ask("POST "+one+"/test", "", d.examples("POST " + one + "/test")[0], 200)
	send := "POST " + one + "/held/send"
	d.ask(send, "", "", 202)
	stop := d.work()
	d.ask(send, "", "", 200)
	stop()
	d.ask("PUT "+one, "", `{"enabled":false,"url":null}`, 200)
	d.ask("POST "+one+"/test", "", "", 422)
	d.ask(send, "", "", 409)
	for range store.MaxWebhooks - 2 {
		d.ask("POST "+all, "", `{}`, 201)
	}
	d.ask("POST "+all, "", `{}`, 409)
	d.webhook = "1"
	d.ask("DELETE "+one, "", "", 409)
	d.webhook = "3"
	d.ask("DELETE "+one, "", "", 204)
	d.webhook = "2"
	storetest.Damage(d.t, "sqlite:"+d.file, "webhooks", "secret", "n = 2 AND bot = (SELECT number FROM bots WHERE id = ?)", d.bot.ID[:])
	d.ask("PUT "+one, "", `{"enabled":true,"url":"`+endpoint.URL+`"}`, 200)
	d.ask("POST "+one+"/test", "", "", 409)
}

// copies give settings to other webhooks, and to new bots.
func (d *documented) copies() {
	d.t.Helper()
	one := d.bot.ID.String()
	for _, operation := range []string{"POST /v1/bots/{bot_id}/webhook/copy", "POST /v1/bots/{bot_id}/webhooks/{n}/copy"} {
		d.ask(operation, "", d.examples(operation)[0], 200)
		d.ask(operation, "", `{"to":[{"bot_id":"`+d.newBot("Target").ID.String()+`"}],"settings":["event_names","format"]}`, 200)
		d.ask(operation, "", `{"to":[],"settings":["url"]}`, 422)
		d.ask(operation, "", `{"to":[{"bot_id":"`+one+`"}],"settings":["url"]}`, 412, `If-Match: "0"`)
	}
	d.ask("GET /v1/new-bots", "", "", 200)
	d.ask("PUT /v1/new-bots", "", `{"begin_with":{"bot_id":"`+one+`"}}`, 200)
	d.ask("PUT /v1/new-bots", "", `{}`, 422)
	d.ask("GET /v1/new-bots", "", "", 200)
	_, err := d.Store.SaveWebhook(d.t.Context(), store.FirstWebhook(d.bot.ID), store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-Plan", Value: new("gold")}}})
	require.NoError(d.t, err)
	_, err = d.Store.SaveWebhook(d.t.Context(), store.WebhookID{BotID: d.bot.ID, N: 2}, store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-Plan", Value: new("gold")}}})
	require.NoError(d.t, err)
	storetest.Damage(d.t, "sqlite:"+d.file, "webhooks", "headers", "bot = (SELECT number FROM bots WHERE id = ?) AND deleted_at = 0", d.bot.ID[:])
	d.ask("POST /v1/bots", "", `{"name":"Quiz"}`, 409)
	d.ask("POST /v1/bots", "", `{"name":"Quiz","empty":true}`, 201)
	for _, operation := range []string{"POST /v1/bots/{bot_id}/webhook/copy", "POST /v1/bots/{bot_id}/webhooks/{n}/copy"} {
		d.ask(operation, "", `{"to":[{"bot_id":"`+one+`"}],"settings":["headers"]}`, 409)
	}
	d.ask("PUT /v1/new-bots", "", `{"begin_with":null}`, 200)
	_, err = d.Store.SaveWebhook(d.t.Context(), store.FirstWebhook(d.bot.ID), store.WebhookChange{Headers: &[]store.HeaderChange{}})
	require.NoError(d.t, err)
}

// deliveries makes events that fail, succeed, and never get an answer.
func (d *documented) deliveries() {
	d.t.Helper()
	events := "POST /v1/bots/{bot_id}/events"
	for _, body := range d.examples(events) {
		d.delivery = deliveryIDOf(d.ask(events, "", body, 202))
		d.ask("GET /v1/deliveries/{delivery_id}", "", "", 200)
	}
	d.endpoint(http.StatusUnauthorized, "<no>")
	d.ask("POST /v1/bots/{bot_id}/webhook/test", "", d.examples("POST /v1/bots/{bot_id}/webhook/test")[0], 200)
	d.ask("POST /v1/deliveries/{delivery_id}/resend", "", "", 202)
	d.ask("POST /v1/deliveries/{delivery_id}/take-back", "", "", 200)
	d.ask("POST /v1/deliveries/{delivery_id}/resend", "", "", 202)
	d.attempt()
	d.ask("GET /v1/deliveries/{delivery_id}", "", "", 200)
	d.endpoint(http.StatusOK, "<!doctype html>")
	d.ask("POST /v1/deliveries/{delivery_id}/resend", "", "", 202)
	d.attempt()
	d.ask("GET /v1/deliveries/{delivery_id}", "", "", 200)
	d.endpoint(http.StatusOK, "").Close()
	d.ask("POST /v1/bots/{bot_id}/webhook/test", "", "", 200)
	d.ask("GET /v1/bots/{bot_id}/deliveries", "", "", 200)
	list := d.operations()["GET /v1/bots/{bot_id}/deliveries"]
	for _, parameter := range list["parameters"].([]any) {
		if name, example, ok := exampleParameter(parameter.(map[string]any)); ok {
			d.ask("GET /v1/bots/{bot_id}/deliveries", "?"+name+"="+example, "", 200)
		}
	}
}

// jobs starts each kind twice: once without a worker, and once to its end.
func (d *documented) jobs() {
	d.t.Helper()
	send, erase := "POST /v1/bots/{bot_id}/held/send", "POST /v1/people/erase"
	person := d.examples(erase)[0]
	d.job = d.ask(erase, "", person, 202)["id"].(string)
	d.ask("POST /v1/jobs/{job_id}/stop", "", "", 409)
	d.ask("POST /v1/jobs/{job_id}/take-back", "", "", 409)
	d.job = d.ask(send, "", "", 202)["id"].(string)
	d.ask("GET /v1/jobs/{job_id}", "", "", 200)
	d.ask("POST /v1/jobs/{job_id}/stop", "", "", 200)
	d.job = d.ask(send, "", "", 202)["id"].(string)
	d.ask("POST /v1/jobs/{job_id}/take-back", "", "", 200)
	stop := d.work()
	d.ask(erase, "", person, 200)
	d.ask(send, "", "", 200)
	d.ask(erase, "", `{"kind":"email"}`, 422)
	stop()
}

// mistakes are the refusals that each call has of its own.
func (d *documented) mistakes() {
	d.t.Helper()
	webhook := d.examples("PUT /v1/bots/{bot_id}/webhook")[0]
	d.ask("POST /v1/bots/{bot_id}/events", "", `[{"event_name":"A","event_id":"1"},{"event_name":"B","event_id":"1"}]`, 409)
	d.ask("POST /v1/bots/{bot_id}/events", "", `{"event_nme":"Lead"}`, 422)
	d.ask("GET /v1/bots", "?limit=0", "", 422)
	d.ask("GET /v1/bots", "?cursor=x", "", 422)
	d.ask("POST /v1/bots", "", `{"name":""}`, 422)
	d.ask("PATCH /v1/bots/{bot_id}", "", `{}`, 422)
	d.ask("PUT /v1/bots/{bot_id}/webhook", "", `{"enabled":true,"url":"ftp://x"}`, 422)
	d.ask("PUT /v1/bots/{bot_id}/webhook", "", webhook, 412, `If-Match: "0"`)
	d.ask("PUT /v1/bots/{bot_id}/webhook", "", webhook, 400, `If-Match: 7`)
	d.ask("GET /v1/bots/{bot_id}/deliveries", "?status=lost", "", 422)
	d.ask("PUT /v1/bots/{bot_id}/webhook", "", webhook, 200)
	storetest.Damage(d.t, "sqlite:"+d.file, "webhooks", "secret", "bot = (SELECT number FROM bots WHERE id = ?)", d.bot.ID[:])
	d.ask("POST /v1/bots/{bot_id}/webhook/test", "", "", 409)
	_, err := d.Store.RotateSecret(d.t.Context(), store.FirstWebhook(d.bot.ID), store.Actor{})
	require.NoError(d.t, err)
	d.ask("PUT /v1/bots/{bot_id}/webhook", "", `{"enabled":false,"url":null}`, 200)
	d.ask("POST /v1/bots/{bot_id}/webhook/test", "", "", 422)
	d.ask("POST /v1/bots/{bot_id}/held/send", "", "", 409)

	real := d.delivery
	d.delivery = d.testDelivery()
	d.ask("POST /v1/deliveries/{delivery_id}/resend", "", "", 409)
	d.ask("POST /v1/deliveries/{delivery_id}/take-back", "", "", 409)
	d.delivery = real
}

// testDelivery is the id of a test event in the log.
func (d *documented) testDelivery() string {
	list := d.ask("GET /v1/bots/{bot_id}/deliveries", "?test=true", "", 200)
	return list["deliveries"].([]any)[0].(map[string]any)["id"].(string)
}

// refusals are those that depend on the caller, the bot and the kind of body, for each call that documents them.
func (d *documented) refusals(operation string, described map[string]any) {
	d.t.Helper()
	body := ""
	if examples := d.examples(operation); len(examples) > 0 {
		body = examples[0]
	}
	foreign := d.newKey(store.RoleIngest, d.newBot("Other").ID)
	for status := range described["responses"].(map[string]any) {
		r := d.request(operation, "", body)
		switch status {
		case "400":
			r = d.request(operation, "", `{"`)
		case "401":
			r.Header.Del("Authorization")
		case "403":
			r.Header.Set("Authorization", "Bearer "+foreign)
		case "404":
			r.URL.Path = regexp.MustCompile(`[0-9a-f-]{36}`).ReplaceAllString(r.URL.Path, uuid.NewString())
		case "413":
			r = d.request(operation, "", strings.Repeat(" ", maxBody+1))
		case "415":
			r.Header.Set("Content-Type", "text/plain")
		case "429", "503":
			d.hold(operation, d.overloaded(r, status))
			continue
		default:
			continue
		}
		res := d.do(r)
		require.Equal(d.t, status, strconv.Itoa(res.Code), "%s: %s", operation, res.Body)
		d.hold(operation, res)
	}
}

// overloaded answers as a handler does when the store refuses: with the error that it returned.
func (d *documented) overloaded(r *http.Request, status string) *httptest.ResponseRecorder {
	d.t.Helper()
	refused := map[string]error{"429": &store.BacklogError{RetryAfter: 30e9}, "503": store.ErrUnavailable}[status]
	res := httptest.NewRecorder()
	require.NoError(d.t, d.fail(d.router.NewContext(r, res), refused))
	return res
}
