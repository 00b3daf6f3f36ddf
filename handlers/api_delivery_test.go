package handlers

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

func TestADeliveryWithItsAttempts(t *testing.T) {
	ta := newAPITest(t)
	first := ta.endpoint(http.StatusNotFound, "\xff where? <here>")
	const event = `{"event_name":"Lead","event_id":"1","custom_data":{"value":10.00,"currency":"USD","x":"<&>"}}`
	id := ta.post(event)
	ta.attempt()
	second := ta.endpoint(http.StatusOK, "ok")
	ta.clock.Add(db.HeldFor / 7)
	ta.attempt()

	res := ta.api("GET", "/v1/deliveries/"+id, ta.key, "")
	require.Contains(t, res.Body.String(), `"custom_data":{"value":10.00,"currency":"USD","x":"<&>"}`, "the payload's own bytes")
	answer := decoded(t, res, 200)
	require.Equal(t, "delivered", answer["status"])
	require.Nil(t, answer["next_attempt_at"])
	log := answer["attempt_log"].([]any)
	require.Len(t, log, 2)

	failed, passed := log[0].(map[string]any), log[1].(map[string]any)
	require.Equal(t, 1.0, failed["number"])
	require.Equal(t, first.URL+"/hook", failed["url"])
	require.Equal(t, "HTTP 404", failed["error"])
	require.Equal(t, "\uFFFD where? <here>", failed["response"].(map[string]any)["body"])
	require.Equal(t, second.URL+"/hook", passed["url"])
	require.Equal(t, 200.0, passed["status_code"])
	require.Nil(t, passed["error"])
	for _, attempt := range log {
		headers := attempt.(map[string]any)["request"].(map[string]any)["headers"]
		require.Contains(t, headers, map[string]any{"name": "webhook-id", "value": id})
		require.Contains(t, headers, map[string]any{"name": "Authorization", "value": "••••••••"})
	}
	require.NotContains(t, res.Body.String(), "secret-1234567")
}

func TestADeliveryIsOnlyForKeysOfItsBot(t *testing.T) {
	ta := newAPITest(t)
	id := ta.post(`{"event_name":"Lead"}`)
	foreign := ta.newKey(store.RoleEditor, ta.newBot("Other").ID)
	require.Equal(t, http.StatusForbidden, ta.api("GET", "/v1/deliveries/"+id, foreign, "").Code)
	require.Equal(t, http.StatusForbidden, ta.api("POST", "/v1/deliveries/"+id+"/resend", foreign, "").Code)
	own := ta.newKey(store.RoleViewer, ta.bot.ID)
	require.Equal(t, http.StatusOK, ta.api("GET", "/v1/deliveries/"+id, own, "").Code)
	ta.refused("GET", "/v1/deliveries/"+uuid.NewString(), "", 404)
	ta.refused("GET", "/v1/deliveries/x", "", 404)
}

func TestResendingQueuesTheSameDeliveryAgain(t *testing.T) {
	ta := newAPITest(t)
	ta.endpoint(http.StatusFound, "") // a redirect is tried once
	id := ta.post(`{"event_name":"Lead"}`)
	ta.attempt()
	require.Equal(t, "failed", ta.call("GET", "/v1/deliveries/"+id, "", 200)["status"])

	queued := ta.call("POST", "/v1/deliveries/"+id+"/resend", "", http.StatusAccepted)
	require.Equal(t, id, queued["id"])
	require.Equal(t, "queued", queued["status"])
	require.Equal(t, 1.0, queued["attempts"], "they go on counting")
	require.Equal(t, onWire(ta.clock.Now()), queued["next_attempt_at"])
	ta.attempt()
	require.Equal(t, 2.0, ta.call("GET", "/v1/deliveries/"+id, "", 200)["attempts"])
	ta.refused("POST", "/v1/deliveries/"+uuid.NewString()+"/resend", "", 404)
}

func TestWhatIsNotResent(t *testing.T) {
	ta := newAPITest(t)
	ta.endpoint(http.StatusOK, "")
	test := ta.call("POST", ta.at("/webhook/test"), "", 200)["delivery_id"].(string)
	ta.refused("POST", "/v1/deliveries/"+test+"/resend", "", http.StatusConflict)
}

// TestASignatureIsNotMadeUp: once the secret is gone, the signature cannot be shown.
func TestASignatureIsNotMadeUp(t *testing.T) {
	ta := newAPITest(t)
	ta.endpoint(http.StatusOK, "ok")
	id := ta.post(`{"event_name":"Lead"}`)
	ta.attempt()
	signature := func() string {
		log := ta.call("GET", "/v1/deliveries/"+id, "", 200)["attempt_log"].([]any)
		for _, h := range log[0].(map[string]any)["request"].(map[string]any)["headers"].([]any) {
			if h := h.(map[string]any); h["name"] == "webhook-signature" {
				return h["value"].(string)
			}
		}
		return ""
	}
	require.Regexp(t, `^v1,`, signature())
	ta.clock.Add(time.Minute)
	_, err := ta.Store.RotateSecret(t.Context(), store.FirstWebhook(ta.bot.ID), store.Actor{})
	require.NoError(t, err)
	require.Equal(t, "••••••••", signature())
}
