package handlers

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
	"iozen/store/storetest"
)

// rules saves what a webhook chooses besides.
func (b logBot) rules(chosen option.Set) {
	b.ta.t.Helper()
	_, err := b.ta.Store.SaveWebhook(b.ta.t.Context(), store.FirstWebhook(b.ID), store.WebhookChange{Change: chosen.Change()})
	require.NoError(b.ta.t, err)
}

var overHundred = option.Filter{Match: option.MatchAll, Conditions: []option.Condition{{Field: "custom_data.value", Op: option.OpOver, Value: "100"}}}

func TestTheLogSaysWhichConditionKeptAnEventBack(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.rules(option.Set{Filter: overHundred})
	key := ta.newKey(store.RoleEditor, bot.ID)
	res := ta.api(http.MethodPost, "/v1/bots/"+bot.ID.String()+"/events", key,
		`[{"event_name":"Lead","event_id":"small","custom_data":{"value":100.0,"currency":"EUR"}},{"event_name":"Lead","event_id":"large","custom_data":{"value":100.01,"currency":"EUR"}}]`)
	require.Equal(t, http.StatusAccepted, res.Code)
	var answer struct {
		Events []struct {
			Status     string `json:"status"`
			DeliveryID string `json:"delivery_id"`
		} `json:"events"`
	}
	require.NoError(t, json.Unmarshal(res.Body.Bytes(), &answer))
	require.Equal(t, "skipped", answer.Events[0].Status)
	require.Equal(t, "queued", answer.Events[1].Status)

	log := html.UnescapeString(ta.get("/bots/" + bot.ID.String() + "/deliveries").Body.String())
	require.Contains(t, log, "its filter: value is over 100")
	page := "/deliveries/" + answer.Events[0].DeliveryID
	require.Contains(t, html.UnescapeString(ta.get(page).Body.String()), "was not sent: it does not match what the webhook asks for (value is over 100).")
	require.Contains(t, ta.submit(page+"/resend", nil).Body.String(), "is waiting to be sent", "it may be resent like any other")
}

func TestWhatLacksConsentIsSentOnlyAfterAQuestion(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.rules(option.Set{Consent: option.ConsentRequire})
	d := bot.lead("denied")
	page := "/deliveries/" + d.ID.String()
	shown := html.UnescapeString(ta.get(page).Body.String())
	require.Contains(t, shown, "has not agreed to share data for ads")
	require.Contains(t, shown, "Send it without consent?")

	require.Equal(t, http.StatusConflict, ta.post(page+"/resend", nil).Code)
	key := ta.newKey(store.RoleEditor, bot.ID)
	for _, body := range []string{"", `{}`, `{"anyway":false}`, `{"anyway":null}`} {
		require.Equal(t, http.StatusConflict, ta.api(http.MethodPost, "/v1"+page+"/resend", key, body).Code, body)
	}
	require.Equal(t, http.StatusUnprocessableEntity, ta.api(http.MethodPost, "/v1"+page+"/resend", key, `{"anyway":"yes"}`).Code)
	require.Equal(t, store.Skipped, bot.load(d.ID).Status)

	answered := html.UnescapeString(ta.submit(page+"/resend", url.Values{"anyway": {"yes"}}).Body.String())
	require.Contains(t, answered, "somebody chose to send it anyway")
	require.Equal(t, store.Queued, bot.load(d.ID).Status)
	entries, err := storetest.AuditEntries(t.Context(), ta.Store, bot.ID, 1)
	require.NoError(t, err)
	require.Equal(t, "delivery.resend_anyway", entries[0].Action)

	other := bot.lead("denied-too")
	require.Equal(t, http.StatusAccepted, ta.api(http.MethodPost, "/v1/deliveries/"+other.ID.String()+"/resend", key, `{"anyway":true}`).Code)
}

func TestWithoutConsentPersonalDataIsLeftOutAndTheLogSaysSo(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.rules(option.Set{Consent: option.ConsentStrip})
	d := bot.accept(`{"event_name":"Lead","user_data":{"email":"jane@example.com"},"custom_data":{"value":5,"currency":"EUR"}}`)
	bot.attempted(answered(200, "ok"), store.Delivered)
	ta.submit("/deliveries/"+d.ID.String()+"/reveal", nil)
	page := html.UnescapeString(ta.get("/deliveries/" + d.ID.String()).Body.String())
	require.Contains(t, page, "Its consent rule: personal data was left out, because ad_user_data is not granted.")
	detail := ta.api(http.MethodGet, "/v1/deliveries/"+d.ID.String(), ta.newKey(store.RoleEditor, bot.ID), "").Body.String()
	require.NotContains(t, detail, `"user_data"`, "the payload is what was sent")
}
