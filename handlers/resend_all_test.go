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
	"iozen/store/upkeep"
)

// failedLead accepts a Lead and gives it up.
func (b logBot) failedLead(eventID string) store.Delivery {
	b.ta.t.Helper()
	d := b.lead(eventID)
	b.attempted(answered(401, ""), store.Failed)
	return b.load(d.ID)
}

func TestResendingAllAsksFirst(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	log := "/bots/" + bot.ID.String() + "/deliveries"
	bot.lead("delivered")
	bot.attempted(answered(200, ""), store.Delivered)
	require.NotContains(t, ta.get(log).Body.String(), "Resend 1", "nothing failed")
	require.Contains(t, ta.get(log+"/resend").Body.String(), "Nothing to resend")
	bot.failedLead("failed-1")
	bot.failedLead("failed-2")

	require.Contains(t, readable(ta.get(log).Body.String()), "Resend 2 failed…")
	require.Contains(t, readable(ta.get("/deliveries").Body.String()), "Resend 2 failed…")
	require.NotContains(t, ta.get(log+"?status=sending").Body.String(), log+"/resend")
	require.Contains(t, ta.get(log+"?status=delivered").Body.String(), "Resend 1 delivered…")

	page := readable(ta.get(log + "/resend?range=24h&code=4xx").Body.String())
	require.Contains(t, page, "Resend 2 failed and retrying deliveries?")
	require.Contains(t, page, "They go to crm.example.com")
	require.Contains(t, page, "Up to 50 per second, so it takes about 1 s.")
	require.Contains(t, page, "Delivered events and tests are left out.")
	require.Contains(t, readable(ta.get(log+"/resend?status=delivered").Body.String()), "Your endpoint already accepted the delivered ones.")
	require.Contains(t, readable(ta.get("/deliveries/resend").Body.String()), "Bots that are off are skipped.")

	for i := range looksOfPage {
		bot.failedLead("more-" + strconv.Itoa(i))
	}
	require.Contains(t, ta.get(log).Body.String(), "Resend failed deliveries…", "a page does not count them all")
	require.Contains(t, ta.get(log+"/figures").Body.String(), "Resend 252 failed…")
	require.Contains(t, ta.get(log+"/resend").Body.String(), "Resend 252 failed and retrying deliveries?", "the question does")

	unclear := ta.get(log + "/resend?code=9xx")
	require.Equal(t, log+"?code=9xx", unclear.Header().Get("Location"), "what is not understood must not widen what is sent")
}

func TestWhatWasAskedAboutIsResent(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	log := "/bots/" + bot.ID.String() + "/deliveries"
	first := bot.failedLead("failed-1")
	asked := ta.get(log + "/resend?range=1h&status=failed&status=retrying").Body.String()
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(asked, -1) {
		form.Add(m[1], m[2])
	}
	require.Equal(t, []string{"failed", "retrying"}, form["status"])
	ta.clock.Add(2 * time.Hour) // the range has moved on; what was asked about has not

	require.Equal(t, log, ta.post(log+"/resend", form).Header().Get("Location"))
	require.Equal(t, http.StatusConflict, ta.post(log+"/resend", form).Code, "one at a time")
	worker := &upkeep.JobWorker{DB: ta.Store, Log: ta.Log}
	require.Contains(t, readable(ta.get(log).Body.String()), "Resending failed and retrying deliveries: 0")
	_, err := worker.Round(t.Context())
	require.NoError(t, err)
	require.Equal(t, store.Queued, bot.load(first.ID).Status)
	for _, path := range []string{log, log + "/news", "/bots/" + bot.ID.String() + "/settings/marketing", "/deliveries"} {
		require.Contains(t, readable(ta.get(path).Body.String()), "1 delivery resent: 1 on its way", path)
	}
	ta.clock.Add(jobShown)
	require.NotContains(t, readable(ta.get(log).Body.String()), "1 delivery resent")
}

func TestAResendCanBeStopped(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.failedLead("failed-1")
	log := "/bots/" + bot.ID.String() + "/deliveries"
	ta.post(log+"/resend", nil)
	stop := regexp.MustCompile(`/jobs/[0-9a-f-]+/stop`).FindString(ta.get(log).Body.String())
	require.NotEmpty(t, stop)
	back := ta.post(stop, url.Values{"next": {log + "?status=failed"}})
	require.Equal(t, log+"?status=failed", back.Header().Get("Location"))
	page := ta.get(log).Body.String()
	require.Contains(t, readable(page), "Stopped resending failed and retrying deliveries: 0")
	require.NotContains(t, page, stop)
}

func TestAResendNeedsAWebhookThatSendsAndAnEditor(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.failedLead("failed-1")
	log := "/bots/" + bot.ID.String() + "/deliveries"
	off := false
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &off})
	require.NoError(t, err)
	require.Equal(t, http.StatusConflict, ta.post(log+"/resend", nil).Code)

	ta.account("viewer@acme.example", store.RoleViewer)
	ta.signInAs("viewer@acme.example")
	require.Equal(t, http.StatusForbidden, ta.get(log+"/resend").Code)
	require.Equal(t, http.StatusForbidden, ta.post(log+"/resend", nil).Code)
	require.NotContains(t, ta.get(log).Body.String(), log+"/resend")
}

func TestStatusesOfAResend(t *testing.T) {
	for want, f := range map[string]store.DeliveryFilter{
		"failed and retrying deliveries": {},
		"retrying and failed deliveries": {Status: []store.Status{store.Retrying, store.Failed, store.Sending}},
		"not sent deliveries":            {Status: []store.Status{store.Skipped}},
		"deliveries that can be resent":  {Status: []store.Status{store.Queued}},
	} {
		require.Equal(t, want, resendWhat(resendStatuses(f)))
	}
}
