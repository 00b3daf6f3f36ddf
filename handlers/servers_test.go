package handlers

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/engine"
	"iozen/sender/notify"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/secret"
)

// twoServers serve one database, and one browser that is signed in: its requests may go to either.
func twoServers(t *testing.T) (a, b *testApp) {
	t.Helper()
	at := pgtest.URL(t)
	serve := func() *testApp {
		shared, err := db.Open(t.Context(), db.Config{URL: at, Keys: secret.NewKeyring([32]byte{1})})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, shared.Close()) })
		return newTestApp(t, func(c *Config) {
			c.Store, c.Tester.Store, c.Now, c.Tester.Now = shared, shared, time.Now, time.Now
			c.Engine = engine.NewEngine(engine.EngineConfig{
				Queue: shared, Client: c.Tester.Client, Schedule: outcome.DefaultSchedule, Now: time.Now, Jitter: func() float64 { return 0.5 }, Log: c.Log,
			})
			c.Notifier = notify.New(notify.Config{Store: shared, Client: newTestClient(t, c.Allow), PublicURL: testHost, Now: time.Now, NewID: c.Tester.NewID, Log: c.Log})
		})
	}
	a, b = serve(), serve()
	a.file, b.file = at, at
	b.cookies = a.cookies
	for _, server := range []*testApp{a, b} {
		require.Eventually(t, func() bool { return server.Store.Replicas() == 2 }, time.Minute, time.Millisecond)
	}
	a.account(testEmail, store.RoleOwner)
	a.signInAs(testEmail)
	return a, b
}

func TestASessionIsOneOnEveryServer(t *testing.T) {
	a, b := twoServers(t)
	require.Equal(t, http.StatusOK, b.get("/").Code)
	account, err := b.Store.AccountByEmail(t.Context(), testEmail)
	require.NoError(t, err)
	require.NoError(t, a.Store.SetRole(t.Context(), a.account("other@example.com", store.RoleOwner).ID, store.RoleViewer, store.Actor{}))
	require.Equal(t, store.RoleOwner, account.Role)
	cookies := map[string]string{}
	for name, value := range a.cookies {
		cookies[name] = value
	}
	require.Equal(t, http.StatusSeeOther, a.post("/signout", nil).Code)
	b.cookies = cookies
	require.Equal(t, http.StatusSeeOther, b.get("/").Code, "signed out here too")
}

func TestAWrittenKeyAndRoleCountOnEveryServerAtOnce(t *testing.T) {
	a, b := twoServers(t)
	key := a.newKey(store.RoleOwner, uuid.Nil)
	require.Equal(t, http.StatusOK, b.api(http.MethodGet, "/v1/bots", key, "").Code)
	keys, err := a.Store.Keys(t.Context())
	require.NoError(t, err)
	require.NoError(t, a.Store.RevokeKey(t.Context(), keys[0].ID, store.Actor{}))
	require.Equal(t, http.StatusUnauthorized, b.api(http.MethodGet, "/v1/bots", key, "").Code)

	editor := a.account("editor@example.com", store.RoleEditor)
	other := b.another()
	other.signInAs("editor@example.com")
	require.Equal(t, http.StatusOK, other.get("/bots/new").Code)
	require.NoError(t, a.Store.SetRole(t.Context(), editor.ID, store.RoleViewer, store.Actor{}))
	require.NotEqual(t, http.StatusOK, other.get("/bots/new").Code)
}

func TestATestIsCancelledFromAnyServer(t *testing.T) {
	a, b := twoServers(t)
	bot := a.newBot("Roofing quote bot")
	came := make(chan struct{}, 1)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		came <- struct{}{}
		<-r.Context().Done()
	}))
	defer hanging.Close()
	a.setURL(bot, hanging.URL)
	answered := make(chan *httptest.ResponseRecorder)
	go func() { answered <- a.press(bot, nil) }()
	<-came
	require.Equal(t, http.StatusNoContent, b.post("/bots/"+bot.ID.String()+"/webhook/test/cancel", nil).Code)
	require.Contains(t, html.UnescapeString((<-answered).Body.String()), "Cancelled by you")
}

func TestALivePageHearsOfEveryServersEvents(t *testing.T) {
	a, b := twoServers(t)
	bot := a.newBot("Roofing quote bot")
	server := httptest.NewServer(b.handler)
	t.Cleanup(server.Close)
	b.streams.pause = time.Millisecond
	seen := a.Store.News()
	require.Eventually(t, func() bool { return !b.Store.NewsSince(seen) }, time.Minute, time.Millisecond)
	tab := b.openTab(server, "/bots/"+bot.ID.String()+"/live?seen="+url.QueryEscape(seen), "")
	_, err := a.Store.Accept(t.Context(), bot.ID, []store.NewDelivery{{ID: uuid.Must(uuid.NewV7()), EventID: "e1", EventName: "Lead", Payload: []byte("{}")}})
	require.NoError(t, err)
	require.NotEmpty(t, tab.line("id: "))
}

// A server that does not confirm in time is said: in words on the page, in a header to programs.
func TestAnActThatIsNotConfirmedSaysSo(t *testing.T) {
	a, b := twoServers(t)
	bot, key := a.newBot("Roofing quote bot"), a.newKey(store.RoleOwner, uuid.Nil)
	put := func() *httptest.ResponseRecorder {
		return a.api(http.MethodPut, "/v1/bots/"+bot.ID.String()+"/webhook", key, `{"enabled":true,"url":"https://crm.example/`+uuid.NewString()+`","headers":[]}`)
	}
	answer := put()
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	require.Empty(t, answer.Header().Get(unconfirmed))

	at, err := postgres.New(b.file, "")
	require.NoError(t, err)
	speaker, err := at.Speak(t.Context())
	require.NoError(t, err)
	defer speaker.Close()
	require.NoError(t, speaker.Say(t.Context(), []string{"b silent 0 1 "}))
	require.Eventually(t, func() bool { return a.Store.Replicas() == 3 }, time.Minute, time.Millisecond)
	answer = put()
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	require.Equal(t, "true", answer.Header().Get(unconfirmed))

	require.NoError(t, speaker.Say(t.Context(), []string{"b silent 0 2 "}))
	page := a.submit("/bots/"+bot.ID.String()+"/delete", url.Values{"confirm": {bot.Name}})
	require.Contains(t, html.UnescapeString(page.Body.String()), unconfirmedWords)
}
