package handlers

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/secret"
)

// sourceSample is the payload of the product's documentation, unchanged.
const sourceSample = `{
  "event_name": "Lead",
  "event_id": "unique-event-id",
  "event_time": "2026-03-05T12:00:00.000Z",
  "event_time_unix": 1772827200,
  "source": "iozen",
  "action_source": "website",
  "user_data": {
    "email": "user@example.com",
    "phone": "+1234567890",
    "first_name": "Jane",
    "last_name": "Doe",
    "external_id": "submission-id"
  },
  "custom_data": {
    "value": 100,
    "currency": "USD",
    "content_name": "Lead"
  },
  "source_url": "https://example.com/landing-page"
}`

func TestTheSourcesOwnSampleIsAcceptedAsItStands(t *testing.T) {
	ta := newAPITest(t)
	answer := ta.call("POST", ta.at("/events"), sourceSample, http.StatusAccepted)
	event := answer["events"].([]any)[0].(map[string]any)
	id, err := uuid.Parse(event["delivery_id"].(string))
	require.NoError(t, err)
	d, err := ta.Store.Delivery(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, store.Held, d.Status, "the webhook is off")
	warning := answer["warnings"].([]any)[0].(map[string]any)
	require.Equal(t, "/event_time_unix", warning["pointer"])
}

func TestWhereAnEventGoes(t *testing.T) {
	ta := newAPITest(t)
	ta.call("PUT", ta.at("/webhook"), `{"enabled":false,"url":"https://hooks.example/x"}`, 200)
	require.Equal(t, "held", statusOf(ta.call("POST", ta.at("/events"), `{"event_name":"Lead","event_id":"off"}`, 202)))
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://hooks.example/x","event_names":["Lead"]}`, 200)
	first := ta.call("POST", ta.at("/events"), `{"event_name":"Lead","event_id":"on"}`, 202)
	require.Equal(t, "queued", statusOf(first))
	require.Equal(t, "skipped", statusOf(ta.call("POST", ta.at("/events"), `{"event_name":"FieldConversion"}`, 202)))
	again := ta.call("POST", ta.at("/events"), `{"event_id":"on", "event_name":"Lead"}`, 202)
	require.Equal(t, "duplicate", statusOf(again))
	require.Equal(t, deliveryIDOf(first), deliveryIDOf(again))
	require.Equal(t, []any{}, again["warnings"])
}

func statusOf(answer map[string]any) string {
	return answer["events"].([]any)[0].(map[string]any)["status"].(string)
}

func deliveryIDOf(answer map[string]any) string {
	return answer["events"].([]any)[0].(map[string]any)["delivery_id"].(string)
}

func TestAnArrayIsAnsweredInItsOrder(t *testing.T) {
	ta := newAPITest(t)
	answer := ta.call("POST", ta.at("/events"), `[{"event_name":"Lead","event_id":"b"},{"event_name":"Lead","event_id":"a","user_data":{"email":"?"}},{"event_name":"Lead"}]`, 202)
	require.Equal(t, 3.0, answer["accepted"])
	events := answer["events"].([]any)
	require.Equal(t, "b", events[0].(map[string]any)["event_id"])
	require.Equal(t, "a", events[1].(map[string]any)["event_id"])
	require.NotEmpty(t, events[2].(map[string]any)["event_id"], "made when missing")
	require.Equal(t, []any{map[string]any{"pointer": "/1/user_data/email", "message": "does not look like an email address; it is sent as given"}}, answer["warnings"])
}

func TestAnEventIDNamesOneEvent(t *testing.T) {
	ta := newAPITest(t)
	ta.post(`{"event_name":"Lead","event_id":"1"}`)
	const message = "was used before for an event of other content"
	for body, pointer := range map[string]string{
		` {"event_name":"Purchase","event_id":"1"}`:                                                                    "/event_id",
		"\n[{\"event_name\":\"Lead\"},{\"event_name\":\"Purchase\",\"event_id\":\"1\"}]":                               "/1/event_id",
		`[{"event_name":"Lead","event_id":"2"},{"event_name":"Purchase","event_id":"2"}]`:                              "/1/event_id",
		`[{"event_name":"Lead","event_id":"1"},{"event_name":"Lead","event_id":"1","source_url":"https://x.example"}]`: "/1/event_id",
	} {
		require.Equal(t, []FieldError{{pointer, message}}, ta.refused("POST", ta.at("/events"), body, http.StatusConflict), body)
	}
	count, err := ta.Store.DeliveryCount(t.Context(), ta.bot.ID, 10)
	require.NoError(t, err)
	require.Equal(t, 1, count, "an array is all or nothing")
}

func TestEventsThatAreRefused(t *testing.T) {
	ta := newAPITest(t)
	errors := ta.refused("POST", ta.at("/events"), `[{"event_name":"Lead"},{"event_id":"a b"}]`, 422)
	require.Equal(t, []FieldError{{"/1/event_id", "must be 1 to 128 visible ASCII characters"}, {"/1/event_name", "is required"}}, errors)
	require.Empty(t, ta.refused("POST", ta.at("/events"), `{"event_name":`, 400))
	ta.refused("POST", "/v1/bots/"+uuid.NewString()+"/events", `{"event_name":"Lead"}`, 404)
}

func TestTooManyWaitingEventsAreAnsweredWithWhenToComeBack(t *testing.T) {
	ta := newAPITest(t)
	small, err := db.Open(t.Context(), db.Config{URL: "sqlite:" + t.TempDir() + "/small.db", Keys: secret.NewKeyring([32]byte{1}), MaxPendingPerBot: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, small.Close()) })
	bot, err := small.CreateBot(t.Context(), "Small", store.Actor{})
	require.NoError(t, err)
	on, url := true, "https://hooks.example/x"
	_, err = small.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &on, URL: &url})
	require.NoError(t, err)
	ta.Store = small
	key, text, err := auth.NewAPIKey(store.Key{Name: "ci", Role: store.RoleIngest}, ta.clock.Now())
	require.NoError(t, err)
	require.NoError(t, small.CreateKey(t.Context(), key))
	path := "/v1/bots/" + bot.ID.String() + "/events"
	require.Equal(t, http.StatusAccepted, ta.api("POST", path, text, `{"event_name":"Lead"}`).Code)
	res := ta.api("POST", path, text, `{"event_name":"Lead"}`)
	require.Equal(t, http.StatusTooManyRequests, res.Code)
	require.Equal(t, "30", res.Header().Get("Retry-After"))

	other, err := small.CreateBot(t.Context(), "Other", store.Actor{})
	require.NoError(t, err)
	require.NoError(t, small.Close())
	res = ta.api("POST", "/v1/bots/"+other.ID.String()+"/events", text, `{"event_name":"Lead"}`)
	require.Equal(t, http.StatusServiceUnavailable, res.Code)
	require.Equal(t, "5", res.Header().Get("Retry-After"))
}

func TestANameThatTheWebhookChoseInOtherLettersIsWarnedOf(t *testing.T) {
	ta := newAPITest(t)
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://hooks.example/x","event_names":["Signup","Quote sent"]}`, 200)
	const message = "is not sent: the webhook sends Signup, and upper and lower case count; choose signup there too, or send Signup"
	answer := ta.call("POST", ta.at("/events"), `{"event_name":"signup"}`, 202)
	require.Equal(t, "skipped", statusOf(answer))
	require.Equal(t, []any{map[string]any{"pointer": "/event_name", "message": message}}, answer["warnings"])
	delivery := ta.call("GET", "/v1/deliveries/"+deliveryIDOf(answer), "", 200)
	require.Equal(t, answer["warnings"], delivery["warnings"], "and on the delivery")

	answer = ta.call("POST", ta.at("/events"), ` [{"event_name":"Signup"},{"event_name":"Other"},{"event_name":"QUOTE SENT","user_data":{"email":"?"}}]`, 202)
	var pointers []any
	for _, w := range answer["warnings"].([]any) {
		pointers = append(pointers, w.(map[string]any)["pointer"])
	}
	require.Equal(t, []any{"/2/user_data/email", "/2/event_name"}, pointers)
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"https://hooks.example/x"}`, 200)
	require.Empty(t, ta.call("POST", ta.at("/events"), `{"event_name":"signup"}`, 202)["warnings"], "all are chosen")
}
