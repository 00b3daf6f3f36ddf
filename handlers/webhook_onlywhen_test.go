package handlers

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
	"iozen/views"
)

func TestConditionsAndConsentAreSavedByThemselves(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldFilter, http.StatusOK, "only_match", "any",
		"only_field", "custom_data.value", "only_field", " user_data.email ", "only_field", "",
		"only_op", "gt", "only_op", "exists", "only_op", "is", "only_value", "100,50", "only_value", "", "only_value", "")
	require.Equal(t, option.Filter{Match: option.MatchAny, Conditions: []option.Condition{
		{Field: "custom_data.value", Op: option.OpOver, Value: "100.50"}, {Field: "user_data.email", Op: option.OpExists},
	}}, s.webhook().Filter)
	page := html.UnescapeString(s.get(s.path("settings/marketing")).Body.String())
	require.Contains(t, page, "value is over 100.50, or email exists")
	require.Equal(t, option.MaxConditions, strings.Count(page, `name="only_field"`), "the rows are there, whatever is filled in")

	undone := s.save(store.FieldConsent, http.StatusOK, "consent", "strip")
	require.True(t, undone.Undo)
	require.Equal(t, option.ConsentStrip, s.webhook().Consent)
	s.save(store.FieldConsent, http.StatusOK, "consent", "always")
	s.save(store.FieldFilter, http.StatusOK, "only_match", "all", "only_field", "", "only_op", "is", "only_value", "")
	require.True(t, s.webhook().Set.Filter.IsZero())
	title, lines := historyDiff(store.WebhookVersion{}, store.WebhookVersion{Set: option.Set{Filter: overHundred, Consent: option.ConsentRequire}})
	require.Equal(t, "Only when, Consent", title)
	require.Contains(t, lines, views.DiffLine{Sign: "+", Text: "Only when: custom_data.value is over 100"})
}

func TestConditionsSayBeforeSavingWhatTheyMatch(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	matches := func(pairs url.Values) (int, string) {
		res := ta.post("/bots/"+bot.ID.String()+"/webhook/matches", pairs)
		return res.Code, html.UnescapeString(res.Body.String())
	}
	over := url.Values{"only_match": {"all"}, "only_field": {"custom_data.value"}, "only_op": {"gt"}, "only_value": {"100"}}
	_, said := matches(over)
	require.Contains(t, said, "No events have come in yet")
	for _, value := range []string{"50", "100", "100.01", "2500"} {
		bot.accept(`{"event_name":"Lead","custom_data":{"value":` + value + `,"currency":"EUR"},"user_data":{"email":"jane@example.com"}}`)
	}
	_, said = matches(over)
	require.Contains(t, said, `Of the last 4 events <b class="num">2</b> match.`)
	_, said = matches(url.Values{"only_field": {"user_data.email"}, "only_op": {"is"}, "only_value": {"JANE@example.com"}})
	require.Contains(t, said, `<b class="num">4</b> match`)
	require.NotContains(t, said, "jane", "a count, and nothing about anybody")
	code, _ := matches(url.Values{"only_field": {"custom_data.value"}, "only_op": {"gt"}, "only_value": {""}})
	require.Equal(t, http.StatusUnprocessableEntity, code, "half a condition says nothing yet")
	require.True(t, ta.webhookOf(bot).Filter.IsZero(), "nothing was saved")

	bot.rules(option.Set{Filter: overHundred})
	require.Contains(t, html.UnescapeString(ta.get("/bots/"+bot.ID.String()+"/settings/marketing").Body.String()), `<b class="num">2</b> match`)
}

func (ta *testApp) webhookOf(b logBot) store.Webhook {
	ta.t.Helper()
	w, err := ta.Store.Webhook(ta.t.Context(), store.FirstWebhook(b.ID))
	require.NoError(ta.t, err)
	return w
}
