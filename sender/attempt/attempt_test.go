package attempt

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
	"iozen/store/event"
)

func newTestClient(t *testing.T) *Client {
	c := NewClient(ClientConfig{Allow: sendertest.Loopback(t), Version: "test", Budget: faultBudget})
	t.Cleanup(c.Close)
	return c
}

func TestAnAttemptSendsWhatTheContractSays(t *testing.T) {
	var got *http.Request
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Set-Cookie", "session=abc")
		_, _ = io.WriteString(w, `{"ok":true,"you sent":"Bearer s3cret-token"}`)
	}))
	defer srv.Close()

	d := sendertest.Delivery()
	w := sendertest.Webhook(srv.URL+"/hook?x=1", store.Header{Name: "authorization", Value: "Bearer s3cret-token"}, store.Header{Name: "X-teAm", Value: "growth"})
	a := newTestClient(t).Attempt(t.Context(), w, d)

	require.True(t, a.Delivered())
	require.Empty(t, a.Outcome)
	require.Equal(t, "POST", got.Method)
	require.Equal(t, "/hook?x=1", got.RequestURI)
	require.Equal(t, d.Payload, body)
	for name, want := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "ioZen-Webhooks/test", "X-Iozen-Event-Id": "e-1",
		"X-Iozen-Event-Name": "Lead", "X-Iozen-Test": "", "Webhook-Id": d.ID.String(),
		"Authorization": "Bearer s3cret-token", "X-Team": "growth",
	} {
		require.Equal(t, want, got.Header.Get(name), name)
	}
	require.NotEmpty(t, got.Header.Get("Webhook-Signature"))
	require.Equal(t, 1, a.Number)
	require.EqualValues(t, 7, a.WebhookVersion)
	require.Equal(t, "HTTP/1.1", a.Protocol)
	require.Equal(t, srv.Listener.Addr().String(), a.RemoteAddr)
	require.Negative(t, a.Phases.DNS, "a literal address is not looked up")
	require.Positive(t, a.Phases.Connect)
	require.Positive(t, a.Phases.FirstByte)
	require.Equal(t, `{"ok":true,"you sent":"`+event.Mask+`"}`, string(a.Response.Body), "an echoed secret is not kept")
	require.Contains(t, a.Response.Headers, store.Header{Name: "Set-Cookie", Value: "session=" + event.Mask})

	d.Attempts, d.Test = 1, true
	a = newTestClient(t).Attempt(t.Context(), w, d)
	require.Equal(t, "true", got.Header.Get("X-Iozen-Test"))
	require.Equal(t, 2, a.Number)
}

func TestAConnectionIsKeptAndItsPhasesAreNotCountedTwice(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }))
	defer srv.Close()
	c := newTestClient(t)
	first := c.Attempt(t.Context(), sendertest.Webhook(srv.URL), sendertest.Delivery())
	second := c.Attempt(t.Context(), sendertest.Webhook(srv.URL), sendertest.Delivery())
	require.Positive(t, first.Phases.Connect)
	require.Negative(t, second.Phases.Connect)
	require.Equal(t, 204, second.StatusCode)
}

func TestAPrivateTargetIsNotDialled(t *testing.T) {
	hit := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer srv.Close()
	c := NewClient(ClientConfig{Version: "test"})
	a := c.Attempt(t.Context(), sendertest.Webhook(srv.URL), sendertest.Delivery())
	require.Equal(t, outcome.OutcomeBlocked, a.Outcome)
	require.Equal(t, "127.0.0.1", a.Detail["address"])
	require.Equal(t, "127.0.0.1/32", a.Detail["allow"])
	require.False(t, hit)
}
