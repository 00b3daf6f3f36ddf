package handlers

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestSeveralWebhooksAreSetUpByTheAPI(t *testing.T) {
	ta := newAPITest(t)
	added := ta.call("POST", ta.at("/webhooks"), `{"name":" Sales  channel ","enabled":true,"url":"https://hooks.example/T0","headers":[{"name":"X-A","value":"1"}]}`, 201)
	require.Equal(t, []any{2.0, "Sales channel", true, "https://hooks.example/T0"}, []any{added["n"], added["name"], added["enabled"], added["url"]})
	bare := ta.call("POST", ta.at("/webhooks"), `{}`, 201)
	require.Equal(t, []any{3.0, nil, false, nil}, []any{bare["n"], bare["name"], bare["enabled"], bare["url"]})

	ta.call("PUT", ta.at("/webhooks"), `{"order":[3,1,2]}`, 200)
	list := ta.call("GET", ta.at("/webhooks"), "", 200)["webhooks"].([]any)
	require.Equal(t, []any{3.0, 1.0, 2.0}, []any{field(list[0], "n"), field(list[1], "n"), field(list[2], "n")})

	read := ta.api("GET", ta.at("/webhooks/2"), ta.key, "")
	again := ta.api("PUT", ta.at("/webhooks/2"), ta.key, read.Body.String())
	require.JSONEq(t, read.Body.String(), again.Body.String(), "what was read changes nothing when it is sent back")
	kept := ta.call("PUT", ta.at("/webhooks/2"), `{"enabled":false,"url":"https://hooks.example/T1"}`, 200)
	require.Equal(t, "Sales channel", kept["name"])
	require.Nil(t, ta.call("PUT", ta.at("/webhooks/2"), `{"name":null,"enabled":false,"url":null}`, 200)["name"])
	require.Nil(t, ta.call("GET", ta.at("/webhook"), "", 200)["url"], "the first is another")
	require.Equal(t, ta.call("GET", ta.at("/webhook"), "", 200), ta.call("GET", ta.at("/webhooks/1"), "", 200))

	require.Equal(t, http.StatusNoContent, ta.api("DELETE", ta.at("/webhooks/2"), ta.key, "").Code)
	for _, n := range []string{"2", "0", "-1", "01", "+1", "1.0", "x", "1e0", "99999999999999999999", "2147483648", "%31%20", "999"} {
		for method, path := range map[string]string{"GET": "", "DELETE": "", "PUT": "", "POST": "/test"} {
			body := ""
			if method == "PUT" {
				body = `{"enabled":true,"url":"https://x.example"}`
			}
			require.Equal(t, http.StatusNotFound, ta.api(method, ta.at("/webhooks/"+n+path), ta.key, body).Code, "%s %s", method, n)
		}
		require.Equal(t, http.StatusNotFound, ta.api("POST", ta.at("/webhooks/"+n+"/held/send"), ta.key, "").Code, n)
	}
	require.Equal(t, 4.0, ta.call("POST", ta.at("/webhooks"), `{}`, 201)["n"], "numbers are never reused")
}

func field(object any, name string) any { return object.(map[string]any)[name] }

func TestAnEventBecomesADeliveryForEachWebhook(t *testing.T) {
	ta := newAPITest(t)
	one := ta.call("POST", ta.at("/events"), `{"event_name":"Lead"}`, 202)
	require.NotContains(t, one["events"].([]any)[0], "deliveries")
	ta.call("POST", ta.at("/webhooks"), `{"enabled":true,"url":"https://hooks.example/T0"}`, 201)
	ta.call("POST", ta.at("/webhooks"), `{"enabled":true,"url":"https://hooks.example/T0","event_names":["Purchase"]}`, 201)
	e := ta.call("POST", ta.at("/events"), `{"event_name":"Lead","event_id":"e"}`, 202)["events"].([]any)[0].(map[string]any)
	all := e["deliveries"].([]any)
	require.Len(t, all, 3)
	require.Equal(t, []any{e["status"], e["delivery_id"]}, []any{field(all[0], "status"), field(all[0], "delivery_id")})
	require.Equal(t, []any{"held", "queued", "skipped"}, []any{field(all[0], "status"), field(all[1], "status"), field(all[2], "status")})
	for i, d := range all {
		read := ta.call("GET", "/v1/deliveries/"+field(d, "delivery_id").(string), "", 200)
		require.Equal(t, float64(i+1), read["webhook"])
	}
	again := ta.call("POST", ta.at("/events"), `{"event_name":"Lead","event_id":"e"}`, 202)["events"].([]any)[0].(map[string]any)
	require.Equal(t, "duplicate", again["status"])
	require.Len(t, again["deliveries"], 3)
	for i, d := range again["deliveries"].([]any) {
		require.Equal(t, "duplicate", field(d, "status"))
		require.Equal(t, field(all[i], "delivery_id"), field(d, "delivery_id"))
	}
	for n, want := range map[string]int{"1": 2, "2": 1, "3": 1, "4": 0} {
		require.Len(t, ta.call("GET", ta.at("/deliveries?webhook="+n), "", 200)["deliveries"], want, n)
	}
	for _, n := range []string{"0", "x", "-1", "01"} {
		require.Equal(t, http.StatusUnprocessableEntity, ta.api("GET", ta.at("/deliveries?webhook="+n), ta.key, "").Code, n)
	}
}

func TestTheLogOfADeletedWebhookIsStillRead(t *testing.T) {
	ta := newAPITest(t)
	endpoint := ta.endpoint(http.StatusOK, "{}")
	ta.call("POST", ta.at("/webhooks"), `{"enabled":true,"url":"`+endpoint.URL+`"}`, 201)
	made := ta.call("POST", ta.at("/webhooks/2/test"), "", 200)
	require.Equal(t, true, made["ok"])
	require.Equal(t, http.StatusNoContent, ta.api("DELETE", ta.at("/webhooks/2"), ta.key, "").Code)
	read := ta.call("GET", "/v1/deliveries/"+made["delivery_id"].(string), "", 200)
	require.Equal(t, 2.0, read["webhook"])
	require.Equal(t, endpoint.URL, field(read["attempt_log"].([]any)[0], "url").(string))
}

func TestAKeyOfAnotherBotSeesNoneOfSeveralWebhooks(t *testing.T) {
	ta := newAPITest(t)
	foreign := ta.newKey(store.RoleOwner, ta.newBot("Other").ID)
	for _, call := range [][2]string{{"GET", "/webhooks"}, {"POST", "/webhooks"}, {"PUT", "/webhooks"}, {"GET", "/webhooks/1"}, {"PUT", "/webhooks/1"}, {"DELETE", "/webhooks/1"}, {"POST", "/webhooks/1/test"}} {
		require.Equal(t, http.StatusForbidden, ta.api(call[0], ta.at(call[1]), foreign, "{}").Code, call)
	}
	viewer := ta.newKey(store.RoleViewer, uuid.Nil)
	require.Equal(t, http.StatusOK, ta.api("GET", ta.at("/webhooks"), viewer, "").Code)
	require.Equal(t, http.StatusForbidden, ta.api("DELETE", ta.at("/webhooks/1"), viewer, "").Code)
}
