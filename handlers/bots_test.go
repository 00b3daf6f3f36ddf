package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

func TestANewBotLandsOnItsWebhookSettings(t *testing.T) {
	ta := signedInApp(t)
	require.Contains(t, ta.get("/").Body.String(), "Create your first bot")
	require.Contains(t, ta.get("/bots/new").Body.String(), "autofocus")

	made := ta.post("/bots", url.Values{"name": {"  Roofing quote bot "}})
	require.Regexp(t, `^/bots/[0-9a-f-]{36}/settings/marketing$`, made.Header().Get("Location"))
	list := ta.get("/").Body.String()
	require.Contains(t, list, "Roofing quote bot")
	require.Contains(t, list, "New bot")
	require.NotContains(t, list, "Create your first bot")
}

func TestASecondBotOfANameIsSaidToBeOne(t *testing.T) {
	ta := signedInApp(t)
	const words = "You have another bot called"
	for _, c := range []struct {
		name string
		twin bool
	}{{"Quiz", false}, {"Quiz 2", false}, {"Qui", false}, {"Quiz", true}, {"QUIZ", true}, {" quiz ", true}, {"100%", false}, {"100_", false}} {
		made := ta.post("/bots", url.Values{"name": {c.name}})
		page := ta.get(made.Header().Get("Location")).Body.String()
		require.Equal(t, c.twin, strings.Contains(page, words), c.name)
	}
}

func TestBotNames(t *testing.T) {
	ta := signedInApp(t)
	for name, problem := range map[string]string{
		"":                       "Give the bot a name.",
		"   ":                    "Give the bot a name.",
		strings.Repeat("é", 101): "Use at most 100 characters.",
		"a\x00b":                 "Use letters, digits and the like only.",
		"\xff":                   "Use letters, digits and the like only.",
		strings.Repeat("é", 100): "",
		`<b>Solar & "quiz"</b>`:  "",
	} {
		res := ta.post("/bots", url.Values{"name": {name}})
		if problem == "" {
			require.Equal(t, http.StatusSeeOther, res.Code, name)
			continue
		}
		require.Equal(t, http.StatusUnprocessableEntity, res.Code, name)
		require.Contains(t, res.Body.String(), problem)
	}
	require.Contains(t, ta.get("/").Body.String(), "&lt;b&gt;Solar &amp; &#34;quiz&#34;&lt;/b&gt;")
}

func TestBotsAreSearchedAndPaged(t *testing.T) {
	ta := signedInApp(t)
	for range 50 {
		ta.newBot("Quiz")
	}
	ta.newBot("Roofing")
	const row = `<b title=`
	first := ta.get("/").Body.String()
	require.Equal(t, 50, strings.Count(first, row))
	require.Contains(t, first, "More bots")
	require.NotContains(t, first, "Previous bots")
	second := ta.get("/?page=2").Body.String()
	require.Equal(t, 1, strings.Count(second, row))
	require.Contains(t, second, "Previous bots")
	require.Equal(t, 1, strings.Count(ta.get("/?q=roof").Body.String(), row))
	require.Contains(t, ta.get("/?q=nothing").Body.String(), "No bot found")
	for _, odd := range []string{"0", "-1", "x", "", "99999999999999999999", "1.5", " 2", "3", "10000", "10001"} {
		require.Equal(t, http.StatusOK, ta.get("/?page="+url.QueryEscape(odd)).Code, odd)
	}
}

func TestHowADayWent(t *testing.T) {
	for _, c := range []struct {
		day  store.DayCount
		want views.BotDay
	}{
		{store.DayCount{}, "n"},
		{store.DayCount{Total: 4}, "n"}, // held, or not to be sent
		{store.DayCount{Total: 4, Delivered: 4}, ""},
		{store.DayCount{Delivered: 1}, ""},
		{store.DayCount{Total: 4, Delivered: 4, FailedAttempts: 1}, "w"},
		{store.DayCount{Total: 4, FailedAttempts: 9}, "f"}, // all wait
		{store.DayCount{Total: 4, Delivered: 3, FailedAttempts: 9, Failed: 1}, "f"},
		{store.DayCount{Failed: 1}, "f"},
	} {
		require.Equal(t, c.want, botDay(c.day), c.day)
	}
}

func TestWhichPartWasDelivered(t *testing.T) {
	for _, c := range []struct {
		delivered, failed, waiting int
		want                       string
	}{
		{0, 0, 0, ""},
		{1, 0, 0, "100 %"},
		{0, 1, 0, "0.0 %"},
		{0, 0, 5, "0.0 %"},
		{1, 1, 0, "50.0 %"},
		{2, 0, 1, "66.6 %"},
		{9999, 1, 0, "99.9 %"},
		{99999, 0, 1, "99.9 %"},
		{1, 99999, 0, "0.0 %"},
		{964, 20, 16, "96.4 %"},
	} {
		require.Equal(t, c.want, deliveredPart(store.DayCount{Delivered: c.delivered, Failed: c.failed}, c.waiting), c)
	}
}

func TestTheStripOfDaysIsSaidInWords(t *testing.T) {
	require.Equal(t, "Last 30 days: nothing was sent", views.DaysText([]views.BotDay{"n", "n"}))
	require.Equal(t, "Last 30 days: 2 good, 1 with retries, 1 with failures", views.DaysText([]views.BotDay{"n", "", "w", "", "f"}))
}

func TestBotHomeLeadsOn(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz").ID.String()
	require.Equal(t, "/bots/"+bot+"/deliveries", ta.get("/bots/"+bot).Header().Get("Location"))
	require.Equal(t, "/bots/"+bot+"/settings/marketing", ta.get("/bots/"+bot+"/settings").Header().Get("Location"))
	require.Equal(t, http.StatusNotFound, ta.get("/bots/nonsense").Code)
}

func TestWebhookStatusWords(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	on := store.WebhookState{Enabled: true, URL: "https://crm.example.com", ChangedAt: ago(24 * time.Hour)}
	withOff := on
	withOff.SwitchedOff = &store.SwitchedOff{Reason: "gone", At: now}
	for name, c := range map[string]struct {
		w    store.WebhookState
		h    store.Health
		kind ui.Kind
		want string
	}{
		"off":                          {store.WebhookState{URL: "https://x"}, store.Health{}, ui.Muted, "Off"},
		"switched off":                 {withOff, store.Health{}, ui.Warn, "Switched off: HTTP 410"},
		"no URL":                       {store.WebhookState{Enabled: true}, store.Health{}, ui.Muted, "Untested"},
		"nothing sent yet":             {on, store.Health{}, ui.Muted, "Untested"},
		"a success":                    {on, store.Health{LastSuccessAt: ago(time.Hour)}, ui.OK, "On"},
		"a passing test":               {on, store.Health{LastTestOKAt: ago(time.Hour)}, ui.OK, "On"},
		"nothing was ever taken":       {on, store.Health{LastAttemptAt: now, FailingSince: now, FirstFailures: 1}, ui.Bad, "Not accepted yet"},
		"a success before the change":  {on, store.Health{LastSuccessAt: ago(25 * time.Hour)}, ui.Muted, "Untested"},
		"two first attempts failed":    {on, store.Health{LastSuccessAt: ago(time.Hour), LastAttemptAt: now, FailingSince: ago(time.Minute), FirstFailures: 2}, ui.OK, "On"},
		"three first attempts failed":  {on, store.Health{LastSuccessAt: ago(time.Hour), LastAttemptAt: now, FailingSince: ago(time.Minute), FirstFailures: 3}, ui.Bad, "Failing"},
		"nothing through for an hour":  {on, store.Health{LastSuccessAt: ago(2 * time.Hour), LastAttemptAt: now, FailingSince: ago(time.Hour), FirstFailures: 1}, ui.Bad, "Failing"},
		"failures of the old settings": {on, store.Health{LastAttemptAt: ago(25 * time.Hour), FailingSince: ago(26 * time.Hour), FirstFailures: 9}, ui.Muted, "Untested"},
	} {
		kind, word := webhookStatus(c.w, c.h, now)
		require.Equal(t, c.want, word, name)
		require.Equal(t, c.kind, kind, name)
	}
}
