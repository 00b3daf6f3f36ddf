package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/event"
	"iozen/store/storetest"
)

const crmURL = "https://crm.example.com/hook"

// settings is an open settings page, without a browser.
type settings struct {
	*testApp
	bot store.Bot
	seq int
}

func openSettings(t *testing.T) *settings {
	t.Helper()
	ta := signedInApp(t)
	return &settings{testApp: ta, bot: ta.newBot("Roofing quote bot")}
}

func (s *settings) path(page string) string { return "/bots/" + s.bot.ID.String() + "/" + page }

func (s *settings) webhook() store.Webhook {
	s.t.Helper()
	w, err := s.Store.Webhook(context.Background(), store.FirstWebhook(s.bot.ID))
	require.NoError(s.t, err)
	return w
}

// save saves one field as the page's script does, based on the newest version, in an edit of its own.
func (s *settings) save(field store.Field, want int, pairs ...string) fieldAnswer {
	s.t.Helper()
	form := s.edit()
	form.Set("field", string(field))
	for i := 0; i < len(pairs); i += 2 {
		if !strings.HasPrefix(pairs[i], "only_") { // rows have the same names
			form.Del(pairs[i])
		}
		form.Add(pairs[i], pairs[i+1])
	}
	return s.answer(s.post(s.path("webhook/fields"), form), want)
}

func (s *settings) edit() url.Values {
	s.seq++
	number := strconv.Itoa(s.seq)
	return url.Values{"base": {strconv.FormatInt(s.webhook().Version, 10)}, "tab": {"tab"}, "seq": {number}, "run": {number}}
}

func (s *settings) answer(res *httptest.ResponseRecorder, want int) (answer fieldAnswer) {
	s.t.Helper()
	require.Equal(s.t, want, res.Code, res.Body)
	require.NoError(s.t, json.Unmarshal(res.Body.Bytes(), &answer))
	return answer
}

func TestAFieldIsSavedByItself(t *testing.T) {
	s := openSettings(t)
	answer := s.save(store.FieldURL, http.StatusOK, "url", "  "+crmURL+" ")
	require.Equal(t, "saved", answer.State)
	require.True(t, answer.Undo)
	require.Contains(t, answer.Notes["url-note"], "Must accept POST requests.")
	require.Contains(t, answer.Notes["enabled-note"], "Off.")
	s.save(store.FieldEnabled, http.StatusOK, "enabled", "on")
	s.save(store.FieldEventNames, http.StatusOK, "events", "chosen", "event_name", "Lead", "more_events", "Booking, Lead,")
	s.save(store.FieldRateLimit, http.StatusOK, "rate_limit", "2,5")
	w := s.webhook()
	require.True(t, w.Enabled)
	require.Equal(t, crmURL, w.URL)
	require.Equal(t, []string{"Lead", "Booking"}, w.EventNames)
	require.InDelta(t, 2.5, *w.RateLimit, 0)
	require.False(t, s.save(store.FieldURL, http.StatusOK, "url", crmURL).Undo, "nothing was changed")
}

func TestOnlyURLAndHeadersHaveAQuietTime(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldEnabled, http.StatusOK, "enabled", "on")
	require.False(t, s.webhook().QuietUntil.After(s.clock.Now()))
	answer := s.save(store.FieldURL, http.StatusOK, "url", crmURL)
	require.True(t, s.clock.Now().Add(quietTime).Equal(s.webhook().QuietUntil))
	require.Contains(t, answer.Notes["enabled-note"], "Paused for 5 seconds while you edit")
	s.clock.Add(quietTime)
	require.NotContains(t, s.get(s.path("settings/marketing")).Body.String(), "Paused for 5 seconds while you edit")
}

func TestARefusedFieldSaysWhyAndChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		field         store.Field
		pairs         []string
		message, note string
	}{
		"no scheme":   {store.FieldURL, []string{"url", "crm.example.com"}, "Webhook URL not saved: it must start with https:// or http://", "Use https://crm.example.com"},
		"private":     {store.FieldURL, []string{"url", "http://10.0.0.5/"}, "Webhook URL not saved: 10.0.0.5 is inside a private network", "IOZEN_ALLOW_TARGETS=10.0.0.5/32"},
		"a header":    {store.FieldHeaders, []string{"headers", "X-A: 1\nBearer x"}, "Custom Headers not saved: Line 2: use Header-Name: value", "Line 2: use Header-Name: value"},
		"a mask":      {store.FieldHeaders, []string{"headers", "\nX-A: " + event.Mask}, "Custom Headers not saved: Line 2: type the value again", "Line 2"},
		"none ticked": {store.FieldEventNames, []string{"events", "chosen"}, "Events not saved: choose at least one event", "Choose at least one event."},
		"event name":  {store.FieldEventNames, []string{"events", "chosen", "more_events", "a/b"}, "Events not saved: the event name “a/b”: must be 1 to 64", "a/b"},
		"rate":        {store.FieldRateLimit, []string{"rate_limit", "fast"}, "Rate limit not saved: enter a number such as 5", "Enter a number such as 5"},
		"no value":    {store.FieldFilter, []string{"only_field", "custom_data.value", "only_op", "gt", "only_value", ""}, "Only when not saved: condition 1: the value is required", "Condition 1: the value is required."},
		"no number":   {store.FieldFilter, []string{"only_field", "", "only_field", "custom_data.value", "only_op", "is", "only_op", "gt", "only_value", "", "only_value", "much"}, "Only when not saved: condition 2: the value must be a number", "Condition 2: the value must be a number"},
		"no field":    {store.FieldFilter, []string{"only_field", "", "only_op", "is", "only_value", "x"}, "Only when not saved: condition 1: the field is required", "Condition 1: the field is required."},
		"other field": {store.FieldFilter, []string{"only_field", "e-mail", "only_op", "exists", "only_value", ""}, "Only when not saved: condition 1: the field", "user_data.email"},
		"consent":     {store.FieldConsent, []string{"consent", "maybe"}, "Consent not saved: choose one of the three rules", "Choose one of the three rules."},
		"rate 0":      {store.FieldRateLimit, []string{"rate_limit", "0"}, "Rate limit not saved: it must be from 0.01", "It must be from 0.01"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSettings(t)
			before := s.webhook()
			answer := s.save(c.field, http.StatusUnprocessableEntity, c.pairs...)
			require.Equal(t, "invalid", answer.State)
			require.True(t, strings.HasPrefix(answer.Message, c.message), answer.Message)
			var notes []string
			for _, note := range answer.Notes {
				notes = append(notes, note)
			}
			require.Contains(t, strings.Join(notes, "\n"), c.note)
			require.Equal(t, before, s.webhook())
		})
	}
}

func TestAConflictNamesWhoAndShowsTheirs(t *testing.T) {
	s := openSettings(t)
	mine := s.edit()
	mine.Set("field", "url")
	mine.Set("url", crmURL)
	_, err := s.Store.SaveWebhook(t.Context(), store.FirstWebhook(s.bot.ID), store.WebhookChange{URL: new("https://theirs.example"), By: store.Actor{Name: "tom@acme.example"}})
	require.NoError(t, err)
	answer := s.answer(s.post(s.path("webhook/fields"), mine), http.StatusConflict)
	require.Equal(t, "conflict", answer.State)
	require.Equal(t, "tom@acme.example changed Webhook URL", answer.Message)
	require.Equal(t, [][2]string{{"url", "https://theirs.example"}}, answer.Theirs)
	require.Equal(t, s.clock.Now(), answer.At.Local())
}

func TestAFormOfNoPageIsRefused(t *testing.T) {
	s := openSettings(t)
	for _, without := range []string{"base", "tab", "seq", "run", "field"} {
		form := s.edit()
		form.Set("field", "url")
		form.Del(without)
		require.Equal(t, http.StatusBadRequest, s.post(s.path("webhook/fields"), form).Code, without)
	}
}

func TestAnEditIsUndone(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldHeaders, http.StatusOK, "headers", "Authorization: Bearer old")
	s.save(store.FieldHeaders, http.StatusOK, "headers", "X-Team: sales")
	answer := s.answer(s.post(s.path("webhook/undo"), s.edit()), http.StatusOK)
	require.Equal(t, [][2]string{{"headers", "Authorization: " + event.Mask}}, answer.Theirs)
	require.Equal(t, "Bearer old", s.webhook().Headers[0].Value)
	stale := s.edit()
	stale.Set("base", "1")
	require.Equal(t, http.StatusPreconditionFailed, s.post(s.path("webhook/undo"), stale).Code)
}

func TestOpenPagesAskForWhatChangedWithoutSecrets(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldURL, http.StatusOK, "url", crmURL)
	s.save(store.FieldHeaders, http.StatusOK, "headers", "Authorization: Bearer s3cret")
	res := s.get(s.path("webhook/fields"))
	require.NotContains(t, res.Body.String(), "s3cret")
	var live liveSettings
	require.NoError(t, json.Unmarshal(res.Body.Bytes(), &live))
	require.Equal(t, s.webhook().Version, live.Version)
	require.Equal(t, [][2]string{{"url", crmURL}}, live.Fields[store.FieldURL].Theirs)
	require.Equal(t, [][2]string{{"headers", "Authorization: " + event.Mask}}, live.Fields[store.FieldHeaders].Theirs)
	require.Contains(t, live.Fields[store.FieldHeaders].Notes["headers-note"], "1 header: Authorization (hidden)")
	require.Less(t, live.Fields[store.FieldURL].Version, live.Fields[store.FieldHeaders].Version)
}

func TestHeadersThatGoToAnotherHostAreWarnedOfAndAudited(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldURL, http.StatusOK, "url", "https://old.example/a")
	s.save(store.FieldHeaders, http.StatusOK, "headers", "Authorization: Bearer x")
	require.NotContains(t, s.save(store.FieldURL, http.StatusOK, "url", "https://old.example/b").Notes, "leak")
	answer := s.save(store.FieldURL, http.StatusOK, "url", "https://new.example/")
	require.Contains(t, answer.Notes["leak"], "Authorization")
	require.Contains(t, answer.Notes["leak"], "will now also be sent to new.example")
	require.Contains(t, s.audited(), "webhook.origin_change new.example from old.example, and kept the hidden headers: Authorization")
	require.Empty(t, s.save(store.FieldHeaders, http.StatusOK, "headers", "").Notes["leak"])
}

// Half-typed hosts come and go; the headers were typed for the host before them.
func TestTypingAURLBackIsNoLeak(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldURL, http.StatusOK, "url", "https://old.example/")
	s.save(store.FieldHeaders, http.StatusOK, "headers", "Authorization: Bearer x")
	s.save(store.FieldURL, http.StatusOK, "url", "https://old.exam", "run", "7")
	require.Empty(t, s.save(store.FieldURL, http.StatusOK, "url", "https://old.example/b", "run", "7").Notes["leak"])
}

// audited lists the audit log, newest first, as text.
func (s *settings) audited() string {
	s.t.Helper()
	entries, err := storetest.AuditEntries(context.Background(), s.Store, s.bot.ID, 50)
	require.NoError(s.t, err)
	var lines []string
	for _, e := range entries {
		lines = append(lines, strings.Join([]string{e.Action, e.Target, e.Note}, " "))
	}
	return strings.Join(lines, "\n")
}

func TestRevealIsAudited(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldHeaders, http.StatusOK, "headers", "Authorization: Bearer s3cret")
	require.NotContains(t, s.get(s.path("settings/marketing")).Body.String(), "s3cret")
	require.NotContains(t, s.audited(), "reveal")
	shown := s.submit(s.path("webhook/reveal"), url.Values{"what": {"headers"}, "version": {"1"}, "url": {"typed"}}).Body.String()
	require.Contains(t, shown, "Authorization: Bearer s3cret")
	require.Contains(t, shown, `value="typed"`, "what was typed meanwhile stays")
	require.Contains(t, s.audited(), "webhook.reveal_headers")
}

// Without JavaScript the whole form is one save.
func TestTheWholeFormIsSavedTogether(t *testing.T) {
	s := openSettings(t)
	form := url.Values{
		"version": {strconv.FormatInt(s.webhook().Version, 10)}, "enabled": {"on"}, "url": {crmURL}, "headers": {"Authorization: Bearer x"},
		"events": {"all"}, "rate_limit": {""},
	}
	res := s.post(s.path("settings/marketing"), form)
	require.Equal(t, s.path("settings/marketing?saved=1"), res.Header().Get("Location"))
	require.Contains(t, s.get(res.Header().Get("Location")).Body.String(), "All changes saved")

	form.Set("url", "nonsense")
	form.Set("headers", "Bearer x")
	conflict := s.post(s.path("settings/marketing"), form)
	require.Equal(t, http.StatusUnprocessableEntity, conflict.Code)
	for _, words := range []string{"Nothing was saved: see below", `value="nonsense"`, "It must start with https:// or http://.", "Line 1: use Header-Name: value"} {
		require.Contains(t, conflict.Body.String(), words)
	}
	form.Set("url", "https://new.example/")
	form.Set("headers", "Authorization: "+event.Mask)
	stale := s.post(s.path("settings/marketing"), form)
	require.Equal(t, http.StatusConflict, stale.Code)
	require.Contains(t, stale.Body.String(), "You changed Webhook URL in another tab. Press Save again to keep yours")
	form.Set("version", strconv.FormatInt(s.webhook().Version, 10))
	moved := s.post(s.path("settings/marketing"), form).Header().Get("Location")
	require.Contains(t, s.get(moved).Body.String(), "will now also be sent to new.example")
}

func TestViewersSeeAndChangeNothing(t *testing.T) {
	s := openSettings(t)
	s.account("viewer@acme.example", store.RoleViewer)
	s.cookies = map[string]string{}
	s.signInAs("viewer@acme.example")
	page := s.get(s.path("settings/marketing")).Body.String()
	require.Contains(t, page, "Only an editor or owner can change these settings")
	require.Contains(t, page, `<fieldset class="pair" disabled>`)
	require.Equal(t, http.StatusForbidden, s.post(s.path("webhook/fields"), s.edit()).Code)
}

func TestHistoryTellsAndRestores(t *testing.T) {
	s := openSettings(t)
	s.save(store.FieldURL, http.StatusOK, "url", crmURL)
	s.save(store.FieldHeaders, http.StatusOK, "headers", "Authorization: Bearer s3cret")
	good := s.webhook().Version
	_, err := s.Store.UseWebhook(t.Context(), store.FirstWebhook(s.bot.ID))
	require.NoError(t, err)
	s.save(store.FieldURL, http.StatusOK, "url", "https://typo.example/")
	s.save(store.FieldHeaders, http.StatusOK, "headers", "X-Team: sales")
	s.save(store.FieldEnabled, http.StatusOK, "enabled", "on")
	s.save(store.FieldEventNames, http.StatusOK, "events", "chosen", "event_name", "Lead")

	answer := s.get(s.path("settings/history"))
	page, words := answer.Body.String(), readable(answer.Body.String())
	for _, said := range []string{
		"Webhook, Webhook URL, Authorization, X-Team, Events Now", "Before: Webhook: off After: Webhook: on",
		"Before: " + crmURL + " After: https://typo.example/", "Before: Authorization: ••••••••", "After: X-Team: ••••••••",
		"Before: Events: all After: Events: Lead", "Created Used", testEmail,
	} {
		require.Contains(t, words, said)
	}
	require.NotContains(t, page, "s3cret")
	require.Equal(t, 1, strings.Count(page, "Restore settings"), "what is there now needs no restoring")

	restore := s.path("settings/history/" + strconv.FormatInt(good, 10) + "/restore")
	require.Equal(t, http.StatusSeeOther, s.post(restore, nil).Code)
	w := s.webhook()
	require.Equal(t, crmURL, w.URL)
	require.Equal(t, "Bearer s3cret", w.Headers[0].Value)
	require.True(t, w.Enabled, "the switch stays")
	require.Equal(t, http.StatusNotFound, s.post(s.path("settings/history/999/restore"), nil).Code)
	require.Equal(t, http.StatusNotFound, s.post(s.path("settings/history/x/restore"), nil).Code)
}

// TestARestoreCanBeTakenBack offers Undo where it brings back what was there, and only there.
func TestARestoreCanBeTakenBack(t *testing.T) {
	s := openSettings(t)
	used := func() int64 {
		t.Helper()
		w, err := s.Store.UseWebhook(t.Context(), store.FirstWebhook(s.bot.ID))
		require.NoError(t, err)
		return w.Version
	}
	restore := func(version int64) (undo string) {
		t.Helper()
		require.Equal(t, http.StatusSeeOther, s.post(s.path("settings/history/"+strconv.FormatInt(version, 10)+"/restore"), nil).Code)
		page := s.get(s.path("settings/marketing")).Body.String()
		require.Contains(t, page, "Version "+strconv.FormatInt(version, 10)+" restored.")
		_, rest, found := strings.Cut(page, `data-flash`)
		require.True(t, found)
		flash, _, _ := strings.Cut(rest, "</div>")
		if _, action, ok := strings.Cut(flash, `action="`); ok {
			undo, _, _ = strings.Cut(action, `"`)
		}
		return undo
	}
	s.save(store.FieldURL, http.StatusOK, "url", crmURL)
	good := used()
	s.save(store.FieldURL, http.StatusOK, "url", "https://second.example/")
	second := used()
	undo := restore(good)
	require.Equal(t, s.path("settings/history/"+strconv.FormatInt(second, 10)+"/restore"), undo)
	require.Equal(t, crmURL, s.webhook().URL)
	require.Equal(t, http.StatusSeeOther, s.post(undo, nil).Code)
	require.Equal(t, "https://second.example/", s.webhook().URL)

	used()
	s.save(store.FieldURL, http.StatusOK, "url", "https://typo.example/")
	if undo := restore(good); undo != "" { // nothing was sent with the typo
		require.Equal(t, http.StatusSeeOther, s.post(undo, nil).Code)
		require.Equal(t, "https://typo.example/", s.webhook().URL, "what Undo promises")
	}
}

func TestHistoryIsPaged(t *testing.T) {
	s := openSettings(t)
	for i := range historyRows + 3 {
		s.save(store.FieldURL, http.StatusOK, "url", "https://host-"+strconv.Itoa(i)+".example/")
		_, err := s.Store.UseWebhook(t.Context(), store.FirstWebhook(s.bot.ID))
		require.NoError(t, err)
	}
	first := s.get(s.path("settings/history")).Body.String()
	require.Equal(t, historyRows, strings.Count(first, `<div class="diff">`), "the last version is compared with the next page")
	_, rest, found := strings.Cut(first, `settings/history?cursor=`)
	require.True(t, found)
	cursor, _, _ := strings.Cut(rest, `"`)
	second := s.get(s.path("settings/history?cursor=" + cursor)).Body.String()
	require.Contains(t, second, "Newest")
	require.Contains(t, second, "host-2.example")
}
