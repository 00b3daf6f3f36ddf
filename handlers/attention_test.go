package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
)

// onWebhook makes a bot whose webhook is on; nothing answers at its URL.
func (ta *testApp) onWebhook(name string) store.Bot {
	ta.t.Helper()
	bot := ta.newBot(name)
	on, url := true, "https://crm.example/hook"
	_, err := ta.Store.SaveWebhook(ta.t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &on, URL: &url})
	require.NoError(ta.t, err)
	return bot
}

// answered accepts events of a bot, whose first attempts end with a status.
func (ta *testApp) answered(bot store.Bot, events, status int, cert *store.Certificate) {
	ta.t.Helper()
	for range events {
		id := uuid.Must(uuid.NewV7())
		_, err := ta.Store.Accept(ta.t.Context(), bot.ID, []store.NewDelivery{{ID: id, EventID: id.String(), EventName: "Lead", Payload: []byte("{}")}})
		require.NoError(ta.t, err)
	}
	claimed, err := ta.Store.Claim(ta.t.Context(), store.FirstWebhook(bot.ID), events, time.Minute)
	require.NoError(ta.t, err)
	for _, c := range claimed.Claims {
		s := store.Settlement{Token: c.Token, Status: store.Delivered, Attempt: store.Attempt{
			BotID: bot.ID, DeliveryID: c.ID, StatusCode: status, StartedAt: ta.clock.Now(), Certificate: cert,
		}}
		if status >= 300 {
			s.Status, s.Attempt.Outcome = store.Failed, outcome.OutcomeHTTP(status)
		}
		_, err := ta.Store.Settle(ta.t.Context(), s)
		require.NoError(ta.t, err)
	}
}

const failingWords = "has been failing for 1 minute: your endpoint did not accept the credentials (HTTP 401)."

// fragment asks as a page's script does.
func (ta *testApp) fragment(path string) string {
	ta.t.Helper()
	r := httptest.NewRequest("GET", testHost+path, nil)
	r.Header.Set("X-Fragment", "true")
	return ta.do(r).Body.String()
}

// TestTheMenuSaysOnEveryPageHowManyThingsNeedAttention: the words themselves stand at home and on the bot's own pages.
func TestTheMenuSaysOnEveryPageHowManyThingsNeedAttention(t *testing.T) {
	ta := signedInApp(t)
	bot, other := ta.onWebhook("Quiz"), ta.newBot("Other")
	elsewhere := []string{"/bots/new", "/keys", "/workspace", "/audit", "/help", "/nope", "/bots/" + other.ID.String() + "/settings/general"}
	own := []string{"/settings/general", "/settings/marketing", "/settings/history", "/deliveries"}
	const badge, mark = `class="count bad">1<`, "<title>●"
	for _, path := range elsewhere {
		require.NotContains(t, ta.get(path).Body.String(), `class="count`, path)
		require.NotContains(t, ta.get(path).Body.String(), mark, path)
	}
	ta.answered(bot, 3, 401, nil)
	for _, path := range elsewhere {
		page := ta.get(path).Body.String()
		require.Contains(t, page, badge, path)
		require.Contains(t, page, mark, path)
		require.NotContains(t, page, failingWords, path)
	}
	for _, path := range own {
		require.Contains(t, ta.get("/bots/"+bot.ID.String()+path).Body.String(), failingWords, path)
	}
	require.NotContains(t, ta.fragment("/bots/new"), badge)
	require.Contains(t, ta.fragment("/needs"), badge)
	require.NotContains(t, ta.fragment("/needs"), failingWords)
	require.Contains(t, ta.fragment("/needs?bot="+bot.ID.String()), failingWords)
	require.NotContains(t, ta.fragment("/needs?bot="+other.ID.String()), failingWords)

	ta.answered(bot, 1, 200, nil)
	require.NotContains(t, ta.get("/keys").Body.String(), `class="count`, "at once")
	require.NotContains(t, ta.fragment("/needs?bot="+bot.ID.String()), failingWords, "at once")
}

func TestTheAddressOfThePagesQuestionLeadsToTheList(t *testing.T) {
	ta := signedInApp(t)
	res := ta.get("/needs")
	require.Equal(t, http.StatusSeeOther, res.Code)
	require.Equal(t, "/#attention", res.Header().Get("Location"))
}

func TestABotsPagesSayWhatWasSwitchedOff(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.onWebhook("Quiz")
	require.NoError(t, ta.Store.SwitchOff(t.Context(), store.FirstWebhook(bot.ID), outcome.SwitchOffGone))
	require.Contains(t, ta.get("/bots/"+bot.ID.String()+"/deliveries").Body.String(), "was switched off by ioZen: the endpoint said twice that it no longer exists (HTTP 410).")
}

func TestAFailingWebhookAsksForAttentionAndWhatIsHeldWithoutAlarm(t *testing.T) {
	for _, c := range []struct {
		list views.Attention
		want views.Needs
	}{
		{views.Attention{}, views.Needs{}},
		{views.Attention{Alerts: []views.Alert{{}}}, views.Needs{Count: "1"}},
		{views.Attention{Alerts: []views.Alert{{Grave: true}, {}}}, views.Needs{Count: "2", Failing: true}},
		{views.Attention{Alerts: make([]views.Alert, 50), More: true}, views.Needs{Count: "50+"}},
	} {
		c.want.URL = "/needs"
		require.Equal(t, c.want, needsOf(c.list))
	}
}

func TestTheFirstPageListsWhatNeedsAttention(t *testing.T) {
	ta := signedInApp(t)
	ta.answered(ta.onWebhook("Fine"), 1, 200, nil)
	require.NotContains(t, ta.get("/").Body.String(), `id="attention"`)

	held := ta.newBot("Held")
	id := uuid.Must(uuid.NewV7())
	_, err := ta.Store.Accept(t.Context(), held.ID, []store.NewDelivery{{ID: id, EventID: "1", EventName: "Lead", Payload: []byte("{}")}})
	require.NoError(t, err)
	expiring := ta.onWebhook("Expiring")
	now := ta.clock.Now()
	ta.answered(expiring, 1, 200, &store.Certificate{NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, 12)})
	failing := ta.onWebhook("Failing")
	ta.answered(failing, 3, 401, nil)
	require.NoError(t, ta.Notifier.Round(t.Context())) // finds the certificate

	page := ta.get("/").Body.String()
	start, end := strings.Index(page, `id="attention"`), strings.Index(page, `id="bots"`)
	require.Greater(t, start, 0)
	list := page[start:end]
	require.NotContains(t, page[:start], failingWords, "no banner says it twice")
	order := []string{"<b>Failing</b> " + failingWords, "<b>Expiring</b> has an endpoint whose certificate expires in 12 days", "<b>Held</b> holds 1 event"}
	at := -1
	for _, words := range order {
		next := strings.Index(list, words)
		if words == order[0] {
			at = next
		}
		require.GreaterOrEqual(t, next, 0, words+" in\n"+list)
	}
	for _, words := range order[1:] {
		require.Greater(t, strings.Index(list, words), at, "the gravest first")
	}
	require.Contains(t, list, "/bots/"+held.ID.String()+"/deliveries?status=held")
	require.NotContains(t, list, "<b>Fine</b>")

	require.NoError(t, ta.Store.LeaveHeld(t.Context(), store.FirstWebhook(held.ID), store.Actor{}))
	ta.clock.Add(time.Second)
	require.NotContains(t, ta.get("/").Body.String(), "holds 1 event", "a person has said so")
}

func TestTheFirstPageListsSilentBots(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.onWebhook("Quiet")
	for range 8 {
		ta.clock.Add(24 * time.Hour)
		ta.answered(bot, 12, 200, nil)
	}
	ta.clock.Add(25 * time.Hour)
	require.NoError(t, ta.Notifier.Round(t.Context()))
	ta.signInAs(testEmail) // the session has grown old
	require.Contains(t, ta.get("/").Body.String(), "is unusually silent: usually 12 events a day, none for 25 hours.")
}
