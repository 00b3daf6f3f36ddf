package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

// apiTest is a site with one bot and an owner's key to it.
type apiTest struct {
	*testApp
	bot store.Bot
	key string
}

func newAPITest(t *testing.T) *apiTest {
	t.Helper()
	ta := newTestApp(t)
	return &apiTest{testApp: ta, bot: ta.newBot("Quiz"), key: ta.newKey(store.RoleOwner, uuid.Nil)}
}

// at is an address below the bot's: at("/webhook").
func (ta *apiTest) at(path string) string { return "/v1/bots/" + ta.bot.ID.String() + path }

// call makes one call, requires the status, and returns the answer as any JSON.
func (ta *apiTest) call(method, path, body string, want int) (answer map[string]any) {
	ta.t.Helper()
	return decoded(ta.t, ta.api(method, path, ta.key, body), want)
}

// refused makes one call and returns the errors of its problem.
func (ta *apiTest) refused(method, path, body string, want int) []FieldError {
	ta.t.Helper()
	res := ta.api(method, path, ta.key, body)
	require.Equal(ta.t, want, res.Code, res.Body.String())
	require.Equal(ta.t, "application/problem+json", res.Header().Get("Content-Type"))
	var p problemJSON
	require.NoError(ta.t, json.Unmarshal(res.Body.Bytes(), &p))
	require.Equal(ta.t, want, p.Status)
	require.NotEmpty(ta.t, p.Title)
	return p.Errors
}

func decoded(t *testing.T, res *httptest.ResponseRecorder, want int) (answer map[string]any) {
	t.Helper()
	require.Equal(t, want, res.Code, res.Body.String())
	if res.Body.Len() > 0 {
		require.NoError(t, json.Unmarshal(res.Body.Bytes(), &answer))
	}
	return answer
}

// endpoint starts a receiver with a chosen answer, and switches the webhook on with its URL.
func (ta *apiTest) endpoint(status int, body string) *httptest.Server {
	ta.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // a caller that is gone needs none
	}))
	ta.t.Cleanup(server.Close)
	ta.call("PUT", ta.at("/webhook"), `{"enabled":true,"url":"`+server.URL+`/hook","headers":[{"name":"Authorization","value":"Bearer secret-1234567"}]}`, 200)
	return server
}

// post posts an event and returns its delivery's id.
func (ta *apiTest) post(event string) string {
	ta.t.Helper()
	answer := ta.call("POST", ta.at("/events"), event, http.StatusAccepted)
	return answer["events"].([]any)[0].(map[string]any)["delivery_id"].(string)
}

// attempt makes the attempts that are due, as the engine would.
func (ta *apiTest) attempt() {
	ta.t.Helper()
	claimed, err := ta.Store.Claim(ta.t.Context(), store.FirstWebhook(ta.bot.ID), 10, time.Minute)
	require.NoError(ta.t, err)
	require.NotEmpty(ta.t, claimed.Claims)
	for _, c := range claimed.Claims {
		a := ta.Tester.Client.Attempt(ta.t.Context(), claimed.Webhook, c.Delivery)
		d := outcome.DefaultSchedule.Decide(a, c.Round+1, ta.clock.Now(), 0.5)
		_, err := ta.Store.Settle(ta.t.Context(), store.Settlement{Token: c.Token, Attempt: a, Status: d.Status, DueAt: d.DueAt})
		require.NoError(ta.t, err)
	}
}

// onWire is a time as it is written in answers.
func onWire(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
