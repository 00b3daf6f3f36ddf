package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestWhatFailedBeforeAPassingTestIsOffered(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	plain, _ := endpoints(t)
	path := "/bots/" + bot.ID.String()
	bot.lead("delivered")
	bot.attempted(answered(200, ""), store.Delivered)
	old := bot.failedLead("failed-long-ago")
	ta.clock.Add(time.Hour)
	bot.lead("delivered-since")
	bot.attempted(answered(200, ""), store.Delivered)
	ta.clock.Add(time.Hour)
	failed := bot.failedLead("failed")
	since := ta.clock.Now()
	bot.lead("retrying")
	bot.attempted(answered(503, ""), store.Retrying)

	ta.setURL(bot.Bot, plain.URL+"/status/503")
	require.NotContains(t, ta.press(bot.Bot, nil).Body.String(), "failed since", "a test that fails offers nothing")
	ta.setURL(bot.Bot, plain.URL+"/hook")
	panel := readable(ta.press(bot.Bot, nil).Body.String())
	require.Contains(t, panel, "Send the 2 events that failed")
	require.Contains(t, panel, ", to "+hostOf(plain.URL)+".")
	require.Contains(t, panel, "Oldest first, up to 50 per second. You can stop at any time.")

	form := url.Values{"since": {since.UTC().Format(time.RFC3339Nano)}}
	require.Equal(t, http.StatusBadRequest, ta.post(path+"/failed/send", nil).Code)
	require.Equal(t, http.StatusSeeOther, ta.post(path+"/failed/send", form).Code)
	require.Equal(t, http.StatusConflict, ta.post(path+"/failed/send", form).Code, "one at a time")
	jobs, err := ta.Store.Jobs(t.Context(), store.JobFilter{BotID: bot.ID, Kinds: []store.JobKind{store.JobResend}, EndedAfter: since})
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	_, err = ta.Store.StepJob(t.Context(), jobs[0], 10, nil)
	require.NoError(t, err)
	require.Equal(t, store.Queued, bot.load(failed.ID).Status)
	require.Equal(t, store.Failed, bot.load(old.ID).Status, "it failed before the last success")
}

func TestNothingFailedIsSentWhileTheWebhookIsOff(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	plain, _ := endpoints(t)
	bot.failedLead("failed")
	off, target := false, plain.URL+"/hook"
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &off, URL: &target})
	require.NoError(t, err)
	require.Contains(t, readable(ta.press(bot.Bot, nil).Body.String()), "Switch the webhook on to send them again.")
	form := url.Values{"since": {ta.clock.Now().UTC().Format(time.RFC3339Nano)}}
	require.Equal(t, http.StatusConflict, ta.post("/bots/"+bot.ID.String()+"/failed/send", form).Code)
}
