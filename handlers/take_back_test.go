package handlers

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/storetest"
	"iozen/views/ui"
)

func TestWhatCameOfAnUndoIsSaid(t *testing.T) {
	for _, c := range []struct {
		of, back int
		kind     ui.Kind
		want     string
	}{
		{0, 0, ui.OK, "Stopped before anything was sent."},
		{1, 1, ui.OK, "Taken back. Nothing was sent."},
		{1, 0, ui.Warn, "Too late to undo: it had already been sent."},
		{12, 12, ui.OK, "Took back all 12. Nothing was sent."},
		{12, 9, ui.Warn, "Took back 9 of 12. 3 had already been sent."},
		{12, 11, ui.Warn, "Took back 11 of 12. 1 had already been sent."},
		{2, 1, ui.Warn, "Took back 1 of 2. 1 had already been sent."},
		{12, 0, ui.Warn, "Too late to undo: all 12 had already been sent."},
		{12_000, 9_214, ui.Warn, "Took back 9,214 of 12,000. 2,786 had already been sent."},
	} {
		kind, words := takenBackWords(takeBackOutcome{Of: c.of, TakenBack: c.back, Sent: c.of - c.back})
		require.Equal(t, c.want, words)
		require.Equal(t, c.kind, kind, words)
	}
}

var undoForm = regexp.MustCompile(`(?s)data-flash>.*?<form method="post" action="([^"]*)"`)

// undo is the address of the Undo that a page offers.
func (ta *testApp) undo(page string) string {
	ta.t.Helper()
	found := undoForm.FindStringSubmatch(ta.get(page).Body.String())
	require.NotEmpty(ta.t, found, "Undo is offered")
	return html.UnescapeString(found[1])
}

// endJobs takes every job to its end.
func (ta *testApp) endJobs() {
	ta.t.Helper()
	jobs, err := ta.Store.Jobs(ta.t.Context(), store.JobFilter{Kinds: []store.JobKind{store.JobResend, store.JobRelease}})
	require.NoError(ta.t, err)
	for _, j := range jobs {
		storetest.EndJob(ta.t, ta.Store, j, nil)
	}
}

func TestEveryActThatSendsAgainOffersUndo(t *testing.T) {
	for name, c := range map[string]struct {
		status store.Status
		act    func(ta *testApp, bot logBot, log string, d store.Delivery) (page string)
	}{
		"one": {store.Failed, func(ta *testApp, _ logBot, log string, d store.Delivery) string {
			return ta.post("/deliveries/"+d.ID.String()+"/resend", url.Values{"next": {log}}).Header().Get("Location")
		}},
		"one, from its own page": {store.Failed, func(ta *testApp, _ logBot, _ string, d store.Delivery) string {
			return ta.post("/deliveries/"+d.ID.String()+"/resend", nil).Header().Get("Location")
		}},
		"selected": {store.Failed, func(ta *testApp, _ logBot, log string, d store.Delivery) string {
			return ta.post("/deliveries/resend-selected", url.Values{"id": {d.ID.String()}, "next": {log}}).Header().Get("Location")
		}},
		"all that a filter shows": {store.Failed, func(ta *testApp, _ logBot, log string, _ store.Delivery) string {
			return ta.post(log+"/resend", nil).Header().Get("Location")
		}},
		"what failed since": {store.Failed, func(ta *testApp, bot logBot, _ string, d store.Delivery) string {
			since := url.Values{"since": {d.CreatedAt.Format(time.RFC3339Nano)}}
			return ta.post("/bots/"+bot.ID.String()+"/failed/send", since).Header().Get("Location")
		}},
		"what was held": {store.Held, func(ta *testApp, bot logBot, log string, _ store.Delivery) string {
			return ta.post("/bots/"+bot.ID.String()+"/held/send", url.Values{"next": {log}}).Header().Get("Location")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ta := signedInApp(t)
			bot := ta.newLogBot("Quiz")
			var d store.Delivery
			if c.status == store.Held {
				bot = ta.holding(1)
				found, err := ta.Store.Deliveries(t.Context(), store.DeliveryFilter{BotID: bot.ID})
				require.NoError(t, err)
				d = found.Deliveries[0]
			} else {
				d = bot.failedLead("failed-1")
			}
			log := "/bots/" + bot.ID.String() + "/deliveries"
			before := bot.load(d.ID)
			require.Equal(t, c.status, before.Status)
			page := c.act(ta, bot, log, d)
			ta.endJobs()
			require.Equal(t, store.Queued, bot.load(d.ID).Status)

			undo := ta.undo(page)
			require.NotContains(t, ta.get(page).Body.String(), "data-flash", "once")
			back := ta.post(undo, nil)
			require.Equal(t, http.StatusSeeOther, back.Code)
			require.Equal(t, before, bot.load(d.ID))
			require.Contains(t, ta.get(back.Header().Get("Location")).Body.String(), "Taken back. Nothing was sent.")
			address, _, _ := strings.Cut(undo, "?")
			require.Equal(t, http.StatusSeeOther, ta.get(address).Code, "a reload leads to a page")
		})
	}
}

func TestAnUndoSaysWhatHadLeftAlsoAfterAReload(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	for _, id := range []string{"failed-1", "failed-2", "failed-3"} {
		bot.failedLead(id)
	}
	log := "/bots/" + bot.ID.String() + "/deliveries"
	ta.post(log+"/resend", nil)
	undo := ta.undo(log)
	ta.endJobs()
	ta.clock.Add(time.Second)
	bot.attempted(answered(200, ""), store.Delivered)
	ta.post(undo, nil)
	for range 2 {
		require.Contains(t, readable(ta.get(log).Body.String()), "Took back 2 of 3. 1 had already been sent.")
	}
	require.Equal(t, 2, rowsOf(ta.get(log+"?status=failed").Body.String()))
	require.Equal(t, http.StatusSeeOther, ta.post(undo, nil).Code, "pressed twice")
	ta.clock.Add(store.TakeBackFor)
	refused := ta.post(undo, nil)
	require.Equal(t, http.StatusConflict, refused.Code)
	require.Contains(t, refused.Body.String(), "Too late to undo")

	ta.account("viewer@acme.example", store.RoleViewer)
	ta.signInAs("viewer@acme.example")
	require.Equal(t, http.StatusForbidden, ta.post(undo, nil).Code)
}

func TestAResendThatWasStoppedCanStillBeTakenBack(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	for _, id := range []string{"failed-1", "failed-2", "failed-3"} {
		bot.failedLead(id)
	}
	log := "/bots/" + bot.ID.String() + "/deliveries"
	ta.post(log+"/resend", nil)
	ta.undo(log)
	jobs, err := ta.Store.Jobs(t.Context(), store.JobFilter{Kinds: []store.JobKind{store.JobResend}})
	require.NoError(t, err)
	_, err = ta.Store.StepJob(t.Context(), jobs[0], 2, nil)
	require.NoError(t, err)
	ta.post("/jobs/"+jobs[0].ID.String()+"/stop", nil)
	ta.post(ta.undo(log), nil)
	require.Contains(t, ta.get(log).Body.String(), "Took back all 2. Nothing was sent.")
	require.Equal(t, 3, rowsOf(ta.get(log+"?status=failed").Body.String()))
}

func TestAResendInPlaceBringsItsUndo(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.failedLead("failed-1")
	r := httptest.NewRequest(http.MethodPost, testHost+"/deliveries/"+d.ID.String()+"/resend", nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-Fragment", "true")
	part := ta.do(r).Body.String()
	require.NotContains(t, part, "<html")
	require.Contains(t, part, "Lead is being sent.")
	require.Contains(t, part, "/deliveries/"+d.ID.String()+"/take-back")
}
