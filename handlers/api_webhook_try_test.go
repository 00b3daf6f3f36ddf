package handlers

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestATestAnswersWhatTheEndpointDid(t *testing.T) {
	ta := newAPITest(t)
	endpoint := ta.endpoint(http.StatusUnauthorized, `{"error":"no"}`)
	answer := ta.call("POST", ta.at("/webhook/test"), "", 200)
	require.Equal(t, false, answer["ok"])
	require.Equal(t, "HTTP 401", answer["error"])
	require.Equal(t, "Authentication failed", answer["cause"])
	require.Equal(t, "Check your Authorization header value in Custom Headers.", answer["fix"])
	require.Equal(t, 401.0, answer["status_code"])
	require.Equal(t, 2.0, answer["webhook_version"])
	require.Equal(t, 1.0, answer["number"])
	require.Equal(t, endpoint.URL+"/hook", answer["url"])
	require.Equal(t, endpoint.Listener.Addr().String(), answer["remote_addr"])
	require.Equal(t, "HTTP/1.1", answer["protocol"])
	require.Equal(t, `{"error":"no"}`, answer["response"].(map[string]any)["body"])
	require.Equal(t, false, answer["response"].(map[string]any)["truncated"])
	phases := answer["phases"].(map[string]any)
	require.Nil(t, phases["tls_ms"], "did not happen")
	require.NotNil(t, phases["first_byte_ms"])
	headers := answer["request"].(map[string]any)["headers"]
	require.Contains(t, headers, map[string]any{"name": "X-IoZen-Test", "value": "true"})
	require.Contains(t, headers, map[string]any{"name": "Authorization", "value": "••••••••"})
	require.Contains(t, answer["request"].(map[string]any)["body"], `"event_id":"test_`)

	id, err := uuid.Parse(answer["delivery_id"].(string))
	require.NoError(t, err)
	d, err := ta.Store.Delivery(t.Context(), id)
	require.NoError(t, err)
	require.True(t, d.Test)
	require.Equal(t, "Lead", d.EventName)
}

func TestAPassingTestMayLeaveWarnings(t *testing.T) {
	ta := newAPITest(t)
	ta.endpoint(http.StatusOK, "<!doctype html><title>Sign in</title>")
	answer := ta.call("POST", ta.at("/webhook/test"), `{"event_name":"Purchase"}`, 200)
	require.Equal(t, true, answer["ok"])
	require.Len(t, answer["warnings"], 1)
	require.Contains(t, answer["warnings"].([]any)[0].(map[string]any)["message"], "Sign in")
	require.Contains(t, answer["request"].(map[string]any)["body"], `"event_name":"Purchase"`)

	ta.endpoint(http.StatusOK, "ok")
	answer = ta.call("POST", ta.at("/webhook/test"), "", 200)
	require.Equal(t, []any{}, answer["warnings"])
	require.Nil(t, answer["error"])
	require.Nil(t, answer["failed_phase"])
}

func TestATestWithoutAnAnswer(t *testing.T) {
	ta := newAPITest(t)
	ta.endpoint(http.StatusOK, "").Close()
	answer := ta.call("POST", ta.at("/webhook/test"), "", 200)
	require.Equal(t, false, answer["ok"])
	for _, key := range []string{"status_code", "protocol", "remote_addr", "response"} {
		require.Contains(t, answer, key)
		require.Nil(t, answer[key], key)
	}
	require.Equal(t, "connect", answer["failed_phase"])
	require.NotEmpty(t, answer["fix"])
}

func TestTestsThatAreRefused(t *testing.T) {
	ta := newAPITest(t)
	require.Equal(t, []FieldError{{"/url", "enter a Webhook URL first"}}, ta.refused("POST", ta.at("/webhook/test"), "", 422))
	require.Equal(t, []FieldError{{"/event_name", "must be 1 to 64 letters, digits, _ . - (and spaces inside)"}},
		ta.refused("POST", ta.at("/webhook/test"), `{"event_name":""}`, 422))
	require.Equal(t, []FieldError{{"/event", "unknown key"}}, ta.refused("POST", ta.at("/webhook/test"), `{"event":"Lead"}`, 422))
	ta.refused("POST", "/v1/bots/"+uuid.NewString()+"/webhook/test", "", 404)
}
