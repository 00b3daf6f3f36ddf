package handlers

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
	"iozen/store/storetest"
	"iozen/views"
)

// echoing is an endpoint that repeats what it is sent, and remembers it.
func echoing(t *testing.T) (address string, bodies func() []string) {
	t.Helper()
	got := make(chan string, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() (all []string) {
		for len(got) > 0 {
			all = append(all, <-got)
		}
		return all
	}
}

const mariasLead = `{"event_name":"Lead","event_id":"real-1","user_data":{"email":"maria@kunde.example","first_name":"Maria","external_id":"crm-77"},
	"custom_data":{"value":120.50,"currency":"EUR","message":"Please call Maria"},"source_url":"https://kunde.example/angebot"}`

func TestATestCanHaveTheShapeOfTheLastRealLead(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	address, bodies := echoing(t)
	ta.setURL(bot.Bot, address)

	settings := "/bots/" + bot.ID.String() + "/settings/marketing"
	require.NotContains(t, ta.get(settings).Body.String(), "Your last real", "there is none yet")
	panel := ta.press(bot.Bot, url.Values{"test_event": {views.TestShape + ":Lead"}})
	require.Contains(t, panel.Body.String(), "There is no real event to test with yet")

	bot.accept(mariasLead)
	bot.accept(`{"event_name":"Lead","event_id":"sample_` + uuid.NewString() + `","user_data":{"email":"user@example.com"}}`)
	require.Contains(t, ta.get(settings).Body.String(), "Your last real Lead, masked")
	panel = ta.press(bot.Bot, url.Values{"test_event": {views.TestShape + ":Lead"}})
	require.Contains(t, panel.Body.String(), "Your endpoint accepted the test")
	sent := bodies()
	require.Len(t, sent, 1)
	for _, word := range []string{"maria", "Maria", "crm-77", "real-1"} {
		require.NotContains(t, sent[0], word)
	}
	var body struct {
		EventID string            `json:"event_id"`
		User    map[string]string `json:"user_data"`
		Custom  map[string]any    `json:"custom_data"`
	}
	require.NoError(t, json.Unmarshal([]byte(sent[0]), &body))
	require.True(t, strings.HasPrefix(body.EventID, "test_"))
	require.Equal(t, map[string]string{"email": "user@example.com", "first_name": "Jane", "external_id": "test-submission"}, body.User)
	require.Equal(t, map[string]any{"value": 120.5, "currency": "EUR", "message": "•••"}, body.Custom)
}

func TestATestWithARealPersonIsAskedAboutAuditedAndErasedWithThem(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	address, bodies := echoing(t)
	ta.setURL(bot.Bot, address)
	real := bot.accept(mariasLead)
	asked := url.Values{"test_event": {views.TestPerson + ":Lead"}}

	question := html.UnescapeString(ta.press(bot.Bot, asked).Body.String())
	require.Empty(t, bodies(), "nothing is sent before the answer")
	require.Contains(t, question, "Send a real person’s data in a test?")
	require.Contains(t, question, "m•••@kunde.example")
	require.Contains(t, question, real.ID.String())

	panel := html.UnescapeString(ta.press(bot.Bot, url.Values{"test_event": asked["test_event"], "test_sure": {real.ID.String()}}).Body.String())
	sent := bodies()
	require.Len(t, sent, 1)
	require.Contains(t, sent[0], "maria@kunde.example")
	require.Contains(t, sent[0], "Please call Maria")
	require.NotContains(t, sent[0], "real-1")
	page := html.UnescapeString(ta.get("/bots/" + bot.ID.String() + "/settings/marketing").Body.String())
	for _, shown := range []string{panel, page} {
		require.Contains(t, shown, "Your endpoint accepted the test")
		require.NotContains(t, shown, "maria@kunde.example", "pages show a person masked, in request and answer")
	}
	entries, err := storetest.AuditEntries(t.Context(), ta.Store, bot.ID, 1)
	require.NoError(t, err)
	require.Equal(t, "delivery.reveal_test", entries[0].Action)
	require.Equal(t, real.ID.String(), entries[0].Target)

	ta.work()
	erased := ta.submit("/people/erase", url.Values{"kind": {"email"}, "value": {"maria@kunde.example"}})
	require.Contains(t, erased.Body.String(), "Erased from 2 events.")
	require.NotContains(t, ta.get("/bots/"+bot.ID.String()+"/settings/marketing").Body.String(), "Your last real")
}

func TestNobodyElsesEventIsSentInATest(t *testing.T) {
	ta := signedInApp(t)
	bot, other := ta.newLogBot("Quiz"), ta.newLogBot("Other")
	address, bodies := echoing(t)
	ta.setURL(bot.Bot, address)
	foreign := other.accept(mariasLead)
	for name, id := range map[string]string{"another bot's": foreign.ID.String(), "unknown": uuid.NewString()} {
		res := ta.press(bot.Bot, url.Values{"test_sure": {id}})
		require.Contains(t, res.Body.String(), "There is no real event to test with yet", name)
	}
	require.Empty(t, bodies())
}

func TestAQuestionAboutAPersonIsAnsweredWithoutJavaScript(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	address, bodies := echoing(t)
	ta.setURL(bot.Bot, address)
	real := bot.accept(mariasLead)
	form := url.Values{"version": {"99"}, "enabled": {"on"}, "url": {address}, "headers": {""}, "events": {"all"}, "test_event": {views.TestPerson + ":Lead"}}
	path := "/bots/" + bot.ID.String() + "/webhook/test"
	res := ta.post(path, form)
	require.Equal(t, http.StatusOK, res.Code)
	require.Contains(t, res.Body.String(), `name="test_sure" value="`+real.ID.String()+`"`)
	require.Empty(t, bodies())
	form.Set("test_sure", real.ID.String())
	require.Equal(t, http.StatusSeeOther, ta.post(path, form).Code)
	require.Len(t, bodies(), 1)
}

func TestAProgramCanTestWithARealEvent(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	address, bodies := echoing(t)
	ta.setURL(bot.Bot, address)
	key := ta.newKey(store.RoleEditor, bot.ID)
	path := "/v1/bots/" + bot.ID.String() + "/webhook/test"
	res := ta.api(http.MethodPost, path, key, `{"real":"masked"}`)
	require.Equal(t, http.StatusUnprocessableEntity, res.Code)
	require.Contains(t, res.Body.String(), `"/real"`)
	bot.accept(mariasLead)
	for _, test := range []struct {
		body   string
		status int
		person bool
	}{
		{`{"real":"masked"}`, http.StatusOK, false},
		{`{"event_name":"Lead","real":"masked"}`, http.StatusOK, false},
		{`{"real":"with_person"}`, http.StatusOK, true},
		{`{"real":null}`, http.StatusOK, false},
		{`{"real":"raw"}`, http.StatusUnprocessableEntity, false},
		{`{"real":true}`, http.StatusUnprocessableEntity, false},
		{`{"event_name":"Purchase","real":"masked"}`, http.StatusUnprocessableEntity, false},
	} {
		res := ta.api(http.MethodPost, path, key, test.body)
		require.Equal(t, test.status, res.Code, "%s: %s", test.body, res.Body)
		sent := bodies()
		if test.status != http.StatusOK {
			require.Empty(t, sent, test.body)
			continue
		}
		require.Len(t, sent, 1, test.body)
		require.Equal(t, test.person, strings.Contains(sent[0], "maria@kunde.example"), test.body)
	}
}

// A webhook that is sent nobody without consent gets no person in a test either; the example and the shape are about nobody.
func TestNoTestSendsAPersonWithoutTheConsentThatIsAskedFor(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	address, bodies := echoing(t)
	ta.setURL(bot.Bot, address)
	bot.rules(option.Set{Consent: option.ConsentRequire})
	bot.accept(mariasLead)

	panel := ta.press(bot.Bot, url.Values{"test_event": {views.TestPerson + ":Lead"}})
	require.Equal(t, http.StatusUnprocessableEntity, panel.Code)
	require.Contains(t, panel.Body.String(), "This visitor has not given consent")
	list, err := ta.Store.Deliveries(t.Context(), store.DeliveryFilter{BotID: bot.ID})
	require.NoError(t, err)
	sure := ta.press(bot.Bot, url.Values{"test_sure": {list.Deliveries[0].ID.String()}})
	require.Equal(t, http.StatusUnprocessableEntity, sure.Code, "whoever has the question open from before")
	key := ta.newKey(store.RoleOwner, uuid.Nil)
	res := ta.api("POST", "/v1/bots/"+bot.ID.String()+"/webhook/test", key, `{"real":"with_person"}`)
	require.Equal(t, http.StatusUnprocessableEntity, res.Code)
	require.Contains(t, res.Body.String(), "has not given consent")
	require.Empty(t, bodies())
	require.NotContains(t, ta.auditActions(), "delivery.reveal_test")

	require.Contains(t, ta.press(bot.Bot, url.Values{"test_event": {views.TestShape + ":Lead"}}).Body.String(), "Your endpoint accepted the test")
	require.Contains(t, ta.press(bot.Bot, url.Values{"test_event": {"Lead"}}).Body.String(), "Your endpoint accepted the test")
	require.Len(t, bodies(), 2)

	bot.accept(strings.Replace(strings.Replace(mariasLead, "real-1", "real-2", 1), `"value"`, `"ad_user_data":"Granted","value"`, 1))
	require.Contains(t, ta.press(bot.Bot, url.Values{"test_event": {views.TestPerson + ":Lead"}}).Body.String(), "Send a real person")
}
