package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
)

// holding makes a bot with n held events, and a webhook that is on again.
func (ta *testApp) holding(n int) logBot {
	ta.t.Helper()
	bot := ta.newLogBot("Quiz")
	_, err := ta.Store.SaveWebhook(ta.t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(false)})
	require.NoError(ta.t, err)
	for i := range n {
		bot.lead("held-" + strconv.Itoa(i))
	}
	_, err = ta.Store.SaveWebhook(ta.t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(true)})
	require.NoError(ta.t, err)
	return bot
}

var stopButton = regexp.MustCompile(`/jobs/[0-9a-f-]+/stop`)

// No job is run here, as if there were more to do than a request waits for.
func TestSendingWhatWasHeldShowsHowFarItIsAndCanBeStopped(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.holding(3)
	log := "/bots/" + bot.ID.String() + "/deliveries"
	require.Equal(t, log, ta.post("/bots/"+bot.ID.String()+"/held/send", url.Values{"next": {log}}).Header().Get("Location"))
	for _, path := range []string{log, log + "/news", "/bots/" + bot.ID.String() + "/settings/marketing", "/deliveries"} {
		require.Contains(t, readable(ta.get(path).Body.String()), "Sending held events: 0 of 3", path)
	}
	jobs, err := ta.Store.Jobs(t.Context(), store.JobFilter{Kinds: []store.JobKind{store.JobRelease}})
	require.NoError(t, err)
	_, err = ta.Store.StepJob(t.Context(), jobs[0], 2, nil)
	require.NoError(t, err)
	page := ta.get(log).Body.String()
	require.Contains(t, readable(page), "Sending held events: 2 of 3")
	require.NotContains(t, readable(page), "Send them", "that was asked and answered")
	stop := stopButton.FindString(page)
	require.NotEmpty(t, stop)

	ta.account("viewer@acme.example", store.RoleViewer)
	viewing := ta.another()
	viewing.signInAs("viewer@acme.example")
	require.NotContains(t, viewing.get(log).Body.String(), stop)
	require.Equal(t, http.StatusForbidden, viewing.post(stop, nil).Code)

	require.Equal(t, log, ta.post(stop, url.Values{"next": {log}}).Header().Get("Location"))
	page = ta.get(log).Body.String()
	require.Contains(t, readable(page), "Stopped sending held events: 2 of 3")
	require.NotContains(t, page, stop)
	require.Contains(t, readable(page), "1 event is held", "the rest is asked about again")
	ta.clock.Add(jobShown)
	require.NotContains(t, readable(ta.get(log).Body.String()), "Stopped sending")
}

func TestSendingWhatWasHeldSaysWhyItEnded(t *testing.T) {
	for reason, off := range map[string]func(*testApp, logBot){
		"webhook off": func(ta *testApp, bot logBot) {
			_, err := ta.Store.SaveWebhook(ta.t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(false)})
			require.NoError(ta.t, err)
		},
		"no URL": func(ta *testApp, bot logBot) {
			_, err := ta.Store.SaveWebhook(ta.t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{URL: new("")})
			require.NoError(ta.t, err)
		},
		"switched off by ioZen": func(ta *testApp, bot logBot) {
			require.NoError(ta.t, ta.Store.SwitchOff(ta.t.Context(), store.FirstWebhook(bot.ID), "gone"))
		},
	} {
		t.Run(reason, func(t *testing.T) {
			ta := signedInApp(t)
			bot := ta.holding(3)
			j, err := ta.Store.StartRelease(t.Context(), store.FirstWebhook(bot.ID), store.Actor{Name: "maria"})
			require.NoError(t, err)
			j, err = ta.Store.StepJob(t.Context(), j, 1, nil)
			require.NoError(t, err)
			off(ta, bot)
			_, err = ta.Store.StepJob(t.Context(), j, 1, nil)
			require.NoError(t, err)
			page := readable(ta.get("/bots/" + bot.ID.String() + "/deliveries").Body.String())
			require.Contains(t, page, "Stopped sending held events, because the webhook does not send ("+reason+"): 1 of 3")
			require.Contains(t, readable(ta.get("/audit").Body.String()), "came to the end of sending what was held: 1 of 3 ("+reason+")")
		})
	}
}

func TestAnErasureThatTakesLongerSaysThatItIsNotDone(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	for i := range 3 {
		bot.lead("lead-" + strconv.Itoa(i))
	}
	jane := url.Values{"kind": {"email"}, "value": {"jane@example.com"}}
	page := ta.submit("/people/erase", jane).Body.String()
	require.Contains(t, readable(page), "Erasing a person: 0 Not all is erased yet.")
	require.NotContains(t, readable(page), "Erased")
	require.Contains(t, readable(ta.submit("/people", jane).Body.String()), "3 events of this person")
	ta.post("/hide", url.Values{"what": {"person"}})

	jobs, err := ta.Store.Jobs(t.Context(), store.JobFilter{Kinds: []store.JobKind{store.JobErase}})
	require.NoError(t, err)
	_, err = ta.Store.StepJob(t.Context(), jobs[0], 2, func([]byte) []byte { return []byte("{}") })
	require.NoError(t, err)
	for _, path := range []string{"/people", "/people/news"} {
		page := ta.get(path).Body.String()
		require.Contains(t, readable(page), "Erasing a person: 2 of 3", path)
		require.NotContains(t, page, "jane", path)
		require.NotRegexp(t, stopButton, page, "it goes on to its end")
	}
	stop := ta.post("/jobs/"+jobs[0].ID.String()+"/stop", nil)
	require.Equal(t, http.StatusConflict, stop.Code)
	require.Contains(t, readable(stop.Body.String()), "An erasure is not stopped")
	require.NotContains(t, readable(ta.get("/deliveries").Body.String()), "Erasing", "the log does not tell of it")

	storetest.EndJob(t, ta.Store, jobs[0], nil)
	require.Contains(t, readable(ta.get("/people/news").Body.String()), "Erased from 3 events.")
	require.Contains(t, readable(ta.submit("/people", jane).Body.String()), "Nothing is kept about this person")
	audit := readable(ta.get("/audit").Body.String())
	require.Contains(t, audit, "began to erase a person, found by their email")
	require.Contains(t, audit, "erased a person, found by their email: 3 events")
}

func TestAnErasureBesideAReaderSaysSo(t *testing.T) {
	require.Contains(t, jobWords(store.Job{Kind: store.JobErase, State: store.JobDone, Reason: store.ReasonNotWiped, Done: 1}, store.JobOutcome{}).More, "reading the database files")
	require.Empty(t, jobWords(store.Job{Kind: store.JobErase, State: store.JobDone, Done: 1}, store.JobOutcome{}).More)
}

func TestJobsByTheAPI(t *testing.T) {
	ta := newAPITest(t)
	bot := logBot{Bot: ta.bot, ta: ta.testApp}
	url, on := "https://crm.example.com/hook", true
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &on, URL: &url})
	require.NoError(t, err)
	bot.lead("one")

	job := ta.call("POST", "/v1/people/erase", `{"kind":"email","value":" Jane@example.com "}`, http.StatusAccepted)
	require.Equal(t, []any{"erase", "running", nil, nil, 0.0, nil}, []any{job["kind"], job["state"], job["bot_id"], job["total"], job["done"], job["ended_at"]})
	path := "/v1/jobs/" + job["id"].(string)
	require.Equal(t, job, ta.call("GET", path, "", http.StatusOK))
	ta.refused("POST", path+"/stop", "", http.StatusConflict)
	stop := ta.work()
	require.Eventually(t, func() bool { return ta.call("GET", path, "", http.StatusOK)["state"] == "done" }, time.Minute, 10*time.Millisecond)
	require.Equal(t, []any{1.0, 1.0}, []any{ta.call("GET", path, "", http.StatusOK)["done"], ta.call("GET", path, "", http.StatusOK)["total"]})
	again := ta.call("POST", "/v1/people/erase", `{"kind":"email","value":"jane@example.com"}`, http.StatusOK)
	require.Equal(t, []any{"done", 0.0}, []any{again["state"], again["done"]}, "over in time, it is the outcome")
	sent := ta.call("POST", ta.at("/held/send"), "", http.StatusOK)
	require.Equal(t, []any{"release", "done", bot.ID.String(), 0.0}, []any{sent["kind"], sent["state"], sent["bot_id"], sent["done"]})
	stop()

	for body, pointer := range map[string]string{
		`{}`:                              "/kind",
		`{"value":"jane@example.com"}`:    "/kind",
		`{"kind":"name","value":"Jane"}`:  "/kind",
		`{"kind":"email"}`:                "/value",
		`{"kind":"email","value":" "}`:    "/value",
		`{"kind":"phone","value":"+"}`:    "/value",
		`{"kind":"phone","value":123456}`: "/value",
		`{"kind":["email"],"value":"x"}`:  "/kind",
		`{"kind":"email","val":"x"}`:      "/val",
	} {
		require.Equal(t, pointer, ta.refused("POST", "/v1/people/erase", body, http.StatusUnprocessableEntity)[0].Pointer, body)
	}
	_, err = ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(false)})
	require.NoError(t, err)
	ta.refused("POST", ta.at("/held/send"), "", http.StatusConflict)
}

func TestAJobIsStoppedByTheAPIAndOnlyWithAKeyOfItsBot(t *testing.T) {
	ta := newAPITest(t)
	on, url := true, "https://crm.example.com/hook"
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(ta.bot.ID), store.WebhookChange{Enabled: &on, URL: &url})
	require.NoError(t, err)
	release, err := ta.Store.StartRelease(t.Context(), store.FirstWebhook(ta.bot.ID), store.Actor{})
	require.NoError(t, err)
	erase, err := ta.Store.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	require.NoError(t, err)
	path := "/v1/jobs/" + release.ID.String()
	own, foreign := ta.newKey(store.RoleEditor, ta.bot.ID), ta.newKey(store.RoleEditor, ta.newBot("Other").ID)
	require.Equal(t, http.StatusForbidden, ta.api("GET", path, foreign, "").Code)
	require.Equal(t, http.StatusForbidden, ta.api("POST", path+"/stop", foreign, "").Code)
	require.Equal(t, http.StatusForbidden, ta.api("GET", "/v1/jobs/"+erase.ID.String(), own, "").Code, "it is about all bots")
	require.Equal(t, http.StatusForbidden, ta.api("POST", "/v1/people/erase", own, `{"kind":"email","value":"jane@example.com"}`).Code)
	require.Equal(t, http.StatusOK, ta.api("GET", path, own, "").Code)
	require.Equal(t, http.StatusOK, ta.api("POST", path+"/stop", own, "").Code)
	require.Equal(t, "stopped", ta.call("GET", path, "", http.StatusOK)["state"])
	require.Equal(t, "stopped", ta.call("POST", path+"/stop", "", http.StatusOK)["state"], "twice is harmless")
}

func TestAJobSaysWhichEndpointItIsAbout(t *testing.T) {
	ta := newAPITest(t)
	bot := logBot{Bot: ta.bot, ta: ta.testApp}
	second := bot.endpoint("Slack")
	release, err := ta.Store.StartRelease(t.Context(), second, store.Actor{})
	require.NoError(t, err)
	webhook := func(j store.Job) any {
		return ta.call("GET", "/v1/jobs/"+j.ID.String(), "", http.StatusOK)["webhook"]
	}
	require.Equal(t, 2.0, webhook(release))
	for asked, want := range map[int]any{0: nil, 2: 2.0} {
		resend, err := ta.Store.StartResend(t.Context(), store.DeliveryFilter{BotID: ta.bot.ID, Webhook: asked}, store.Actor{})
		require.NoError(t, err)
		require.Equal(t, want, webhook(resend))
		_, err = ta.Store.StopJob(t.Context(), resend.ID, store.Actor{})
		require.NoError(t, err)
	}
	erase, err := ta.Store.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	require.NoError(t, err)
	require.Nil(t, webhook(erase))
}

func TestAJobEndsInAnOutcome(t *testing.T) {
	for _, c := range []struct {
		n    int
		o    store.JobOutcome
		want string
	}{
		{0, store.JobOutcome{Known: true}, "Nothing was left to send"},
		{1, store.JobOutcome{Known: true}, "1 delivery resent and delivered"},
		{12, store.JobOutcome{Known: true}, "All 12 delivered"},
		{1200, store.JobOutcome{Known: true}, "All 1,200 delivered"},
		{12, store.JobOutcome{Known: true, Failed: 3}, "12 deliveries resent: 9 delivered, 3 failed again"},
		{12, store.JobOutcome{Known: true, Failed: 12}, "12 deliveries resent: 12 failed again"},
		{12, store.JobOutcome{Known: true, Waiting: 1}, "12 deliveries resent: 11 delivered, 1 on its way"},
		{12, store.JobOutcome{Known: true, Waiting: 2, Failed: 3}, "12 deliveries resent: 7 delivered, 2 on their way, 3 failed again"},
		{12, store.JobOutcome{Known: true, Waiting: 12}, "12 deliveries resent: 12 on their way"},
		{1, store.JobOutcome{Known: true, Failed: 1}, "1 delivery resent: 1 failed again"},
		{12, store.JobOutcome{Known: true, Waiting: 9, Failed: 9}, "12 deliveries resent"},
		{12, store.JobOutcome{Failed: 3}, "12 deliveries resent"},
	} {
		require.Equal(t, c.want, outcomeOfJob(c.n, c.o, resent))
	}
	require.Equal(t, "12 deliveries sent: 9 delivered, 3 failed", outcomeOfJob(12, store.JobOutcome{Known: true, Failed: 3}, "sent"))
}
