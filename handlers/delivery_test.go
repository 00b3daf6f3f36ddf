package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/attempt"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/event"
	"iozen/store/storetest"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// readable is the text of a page, with white space squeezed.
func readable(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}

func (b logBot) page(d store.Delivery) string {
	b.ta.t.Helper()
	res := b.ta.get("/deliveries/" + d.ID.String())
	require.Equal(b.ta.t, http.StatusOK, res.Code, res.Body.String())
	return res.Body.String()
}

func TestADeliverySaysWhatHappenedInOneSentence(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Roofing quote bot")

	waiting := bot.lead("waiting")
	require.Contains(t, readable(bot.page(waiting)), "Lead from Roofing quote bot is waiting to be sent.")
	bot.attempted(answered(200, "thanks"), store.Delivered)
	delivered := readable(bot.page(waiting))
	require.Contains(t, delivered, "Lead from Roofing quote bot was delivered: your endpoint answered HTTP 200 in 92 ms.")
	require.Contains(t, delivered, "HTTP 200 · Accepted")

	failed := bot.lead("failed")
	bot.attempted(answered(401, "no"), store.Failed)
	text := readable(bot.page(failed))
	require.Contains(t, text, "Lead from Roofing quote bot was not delivered: your endpoint did not accept the credentials (HTTP 401).")
	require.Contains(t, text, "Check your Authorization header value in Custom Headers. Edit headers")
	require.Contains(t, bot.page(failed), "settings/marketing#custom-headers")
	require.NotContains(t, text, "Retry now")

	retrying := bot.lead("retrying")
	bot.attempted(answered(503, ""), store.Retrying)
	text = readable(bot.page(retrying))
	require.Contains(t, text, "Nothing is lost. ioZen tries again")
	require.Contains(t, text, "Retry now")
	require.Equal(t, http.StatusNotFound, ta.get("/deliveries/"+uuid.NewString()).Code)
	require.Equal(t, http.StatusNotFound, ta.get("/deliveries/x").Code)
}

func TestADeliveryThatWasNotSentSaysWhy(t *testing.T) {
	for reason, want := range map[string]string{
		store.ReasonNotChosen: "Lead from Quiz was not sent: the webhook is not set to send events of this type.",
		store.ReasonOff:       "Lead from Quiz was not sent: the webhook was off, and the event is held until you send it.",
	} {
		t.Run(reason, func(t *testing.T) {
			ta := signedInApp(t)
			bot := ta.newLogBot("Quiz")
			change := store.WebhookChange{EventNames: &[]string{"Purchase"}}
			if reason == store.ReasonOff {
				off := false
				change = store.WebhookChange{Enabled: &off}
			}
			_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), change)
			require.NoError(t, err)
			d := bot.lead("one")
			page := bot.page(d)
			require.Contains(t, readable(page), want)
			require.NotContains(t, page, "Attempts made")
			if reason == store.ReasonOff {
				require.Contains(t, readable(page), "The webhook is not sending now. Switch it on to send this event.")
				return
			}
			require.Contains(t, page, "/resend")
		})
	}
}

func TestWhyADeliveryIsNotTriedAgain(t *testing.T) {
	ta := signedInApp(t)
	last := answered(503, "")
	asked := last
	asked.Detail = map[string]string{"retry_after": "7200"}
	for name, c := range map[string]struct {
		status store.Status
		round  int
		last   store.Attempt
		want   string
	}{
		"a redirect":               {store.Failed, 1, store.Attempt{StatusCode: 302, Outcome: outcome.OutcomeRedirect}, outcome.WhyWords(outcome.WhyRedirect)},
		"refused three times":      {store.Failed, 3, answered(422, ""), outcome.WhyWords(outcome.WhyFewTries)},
		"the end of the schedule":  {store.Failed, 10, last, outcome.WhyWords(outcome.WhyLastAttempt)},
		"asked to wait":            {store.Retrying, 1, asked, outcome.WhyWords(outcome.WhyRetryAfter)},
		"an ordinary retry":        {store.Retrying, 1, last, ""},
		"a schedule that was then": {store.Failed, 2, last, ""},
	} {
		require.Equal(t, c.want, ta.whyNext(store.Delivery{Status: c.status, Round: c.round}, c.last), name)
	}
}

func TestTheRequestIsShownAsItWasSentWithoutSecrets(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.lead("one")
	sentAt := ta.clock.Now()
	bot.attempted(answered(401, "no"), store.Retrying)
	bot.save("https://other.example.com/hook", "secret-2")

	page := html.UnescapeString(bot.page(d))
	w, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(bot.ID))
	require.NoError(t, err)
	signature, err := attempt.Sign([]string{w.Secret}, d.ID.String(), sentAt, d.Payload)
	require.NoError(t, err)
	for _, words := range []string{
		"POST /hook\nHost: crm.example.com", "Authorization: " + event.Mask, "webhook-id: " + d.ID.String(), "webhook-signature: " + signature,
		"settings version 2", "curl -X POST 'https://crm.example.com/hook'", "HTTP/1.1 401", "203.0.113.7:443",
	} {
		require.Contains(t, page, words)
	}
	require.NotContains(t, page, "secret-1")
	require.NotContains(t, page, "secret-2")
}

func TestARotatedSecretIsSaidAndNotGuessed(t *testing.T) {
	rotated := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	w := store.Webhook{PreviousSecret: "whsec_old", PreviousUntil: rotated.Add(db.SecretOverlap)}
	require.True(t, signedBefore(w, rotated.Add(-time.Second)))
	require.False(t, signedBefore(w, rotated.Add(time.Second)))
	require.False(t, signedBefore(store.Webhook{}, rotated))
	w.PreviousSecret = "" // ended early: what it signed cannot be reconstructed
	require.True(t, signedBefore(w, rotated.Add(time.Second)))
	require.False(t, signedBefore(w, w.PreviousUntil))
}

func TestPersonalDataIsMaskedUntilSomebodyReveals(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.accept(`{"event_name":"Lead","user_data":{"email":"jane@example.com","phone":"+1234567890","first_name":"Jane","last_name":"Doering"},
		"custom_data":{"gclid":"Cj0KCQiA-secret-tail"},"source_url":"https://example.com/p?mail=jane@example.com"}`)
	bot.attempted(answered(422, `unknown contact jane@example.com`), store.Failed)
	masked := bot.page(d)
	for _, private := range []string{"jane@example.com", "1234567890", "Doering", "secret-tail"} {
		require.NotContains(t, masked, private)
	}
	require.Contains(t, masked, "j•••@example.com")
	require.Contains(t, masked, "unknown contact •••")

	res := ta.submit("/deliveries/"+d.ID.String()+"/reveal", url.Values{"attempt": {"1"}})
	require.Equal(t, http.StatusOK, res.Code)
	shown := html.UnescapeString(res.Body.String())
	require.Contains(t, shown, "unknown contact jane@example.com")
	require.Contains(t, shown, "Jane Doering")
	require.Contains(t, shown, "gclid Cj0KCQiA-secret-tail")
	entries, err := storetest.AuditEntries(t.Context(), ta.Store, bot.ID, 1)
	require.NoError(t, err)
	require.Equal(t, "delivery.reveal", entries[0].Action)
	require.Equal(t, d.ID.String(), entries[0].Target)
	require.Equal(t, d.WebhookID(), store.WebhookID{BotID: entries[0].BotID, N: entries[0].N})
	require.Equal(t, testEmail, entries[0].By.Name)
}

func TestAnAnswerIsShownAsText(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.lead("one")
	bot.attempted(answered(500, `<script>alert(1)</script>`+"\xff"), store.Failed)
	page := bot.page(d)
	require.NotContains(t, page, "<script>alert")
	require.Contains(t, page, "&lt;script&gt;alert(1)&lt;/script&gt;\uFFFD")
}

func TestEachAttemptCanBeLookedAt(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.lead("one")
	bot.attempted(answered(500, "first answer"), store.Failed)
	ta.post("/deliveries/"+d.ID.String()+"/resend", nil)
	bot.attempted(answered(404, "second answer"), store.Failed)
	last := bot.page(d)
	require.Contains(t, last, "second answer")
	require.NotContains(t, last, "first answer")
	require.Equal(t, 2, strings.Count(last, `<li data-s="bad">`))
	first := ta.get("/deliveries/" + d.ID.String() + "?attempt=1").Body.String()
	require.Contains(t, first, "first answer")
	require.Contains(t, ta.get("/deliveries/"+d.ID.String()+"?attempt=nonsense").Body.String(), "second answer")
}

func TestWhatChangedSinceTheLastSuccess(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("good")
	bot.attempted(answered(200, ""), store.Delivered)
	same := bot.lead("same")
	bot.attempted(answered(500, ""), store.Failed)
	require.Contains(t, readable(bot.page(same)), "The settings have not changed since the last success")

	bot.save("https://crm.example.com/hook", "secret-2")
	changed := bot.lead("changed")
	bot.attempted(answered(401, ""), store.Failed)
	text := readable(bot.page(changed))
	require.Contains(t, text, "the value of Authorization changed , by "+testEmail)

	other := ta.newLogBot("Never worked")
	never := other.lead("never")
	other.attempted(answered(401, ""), store.Failed)
	require.NotContains(t, readable(other.page(never)), "last success")
}

func TestSettingsChangesNameHostsAndHeadersButNoValues(t *testing.T) {
	five, ten := 5.0, 10.0
	version := func(url string, limit *float64, headers ...store.Header) store.WebhookVersion {
		return store.WebhookVersion{URL: url, RateLimit: limit, Headers: headers}
	}
	auth := store.Header{Name: "Authorization", Value: "a"}
	for name, c := range map[string]struct {
		before, after store.WebhookVersion
		want          []string
	}{
		"nothing":      {version("https://a.example/x", &five, auth), version("https://a.example/x", &five, auth), nil},
		"host":         {version("https://a.example/x", nil), version("https://b.example/x", nil), []string{"the Webhook URL went from a.example to b.example"}},
		"path":         {version("https://a.example/secret", nil), version("https://a.example/other", nil), []string{"the Webhook URL changed (its path)"}},
		"query":        {version("https://a.example/?k=1", nil), version("https://a.example/?k=2", nil), []string{"the Webhook URL changed (its query)"}},
		"scheme":       {version("http://a.example/", nil), version("https://a.example/", nil), []string{"the Webhook URL changed (http to https)"}},
		"header value": {version("", nil, auth), version("", nil, store.Header{Name: "authorization", Value: "b"}), []string{"the value of authorization changed"}},
		"header names": {version("", nil, auth), version("", nil, store.Header{Name: "X-Key", Value: "a"}), []string{"the header X-Key was added", "the header Authorization was removed"}},
		"rate limit":   {version("", &five), version("", &ten), []string{"the rate limit went from 5 a second to 10 a second"}},
	} {
		require.Equal(t, c.want, settingsChanges(c.before, c.after), name)
	}
}

func TestWarningsOfAnEventAreShown(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	d := bot.accept(`{"event_name":"Lead","user_data":{"email":"not an e-mail"}}`)
	require.NotEmpty(t, d.Warnings)
	require.Contains(t, readable(bot.page(d)), d.Warnings[0].Pointer+" "+d.Warnings[0].Message)
}

func TestWhereAVisitorCameFrom(t *testing.T) {
	for custom, want := range map[string]string{
		`{}`: "",
		`{"gclid":"x","utm_source":"google","utm_campaign":"spring-roof"}`: "Google Ads · spring-roof",
		`{"wbraid":"x"}`:    "Google Ads",
		`{"msclkid":"x"}`:   "Microsoft Ads",
		`{"ttclid":"x"}`:    "TikTok Ads",
		`{"li_fat_id":"x"}`: "LinkedIn Ads",
		`{"fbclid":"x"}`:    "Facebook or Instagram",
		`{"utm_source":"newsletter","utm_medium":"email"}`:                              "newsletter",
		`{"referrer_url":"https://www.example.org/post"}`:                               "example.org",
		`{"utm_campaign":"spring-roof"}`:                                                "spring-roof",
		`{"utm_source":7}`:                                                              "7",
		`{"utm_source":"google","utm_medium":"cpc","utm_term":"roof","fbp":"fb.1.2.3"}`: "google",
	} {
		require.Equal(t, want, attributionOf([]byte(`{"custom_data":`+custom+`}`)).Headline, custom)
	}
	facts := attributionOf([]byte(`{"custom_data":{"utm_source":"google","utm_medium":"cpc","gclid":"Cj0"},"source_url":"https://example.com/p"}`)).Facts
	require.Equal(t, "google / cpc", facts[0].Text)
	require.Equal(t, "gclid Cj0", facts[1].Text)
	require.Equal(t, "https://example.com/p", facts[2].Text)
}
