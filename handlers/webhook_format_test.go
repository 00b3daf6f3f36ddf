package handlers

import (
	"encoding/json"
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

func TestAFormatIsSavedByThePageAsByTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		field store.Field
		pairs []string
		want  option.Set
	}{
		"flat":             {store.FieldFormat, []string{"format", "flat", "flat_encoding", "json"}, option.Set{Format: option.Format{Type: option.FormatFlat}}},
		"flat as a form":   {store.FieldFormat, []string{"format", "flat", "flat_encoding", "form"}, option.Set{Format: option.Format{Type: option.FormatFlat, Encoding: option.EncodingForm}}},
		"a message":        {store.FieldFormat, []string{"format", "message", "service", "teams", "message_text", "Hi\r\n{{event_name}}"}, option.Set{Format: option.Format{Type: option.FormatMessage, Service: option.Teams, Text: "Hi\n{{event_name}}"}}},
		"Meta":             {store.FieldFormat, []string{"format", "meta_capi", "test_event_code", " TEST1 "}, option.Set{Format: option.Format{Type: option.FormatMetaCAPI, TestEventCode: "TEST1"}}},
		"Meta for real":    {store.FieldFormat, []string{"format", "meta_capi", "test_event_code", ""}, option.Set{Format: option.Format{Type: option.FormatMetaCAPI}}},
		"their own":        {store.FieldFormat, []string{"format", "json", "template_encoding", "json", "template", "{\r\n\"a\": \"{{event_id}}\"}"}, option.Set{Format: option.Format{Type: option.FormatJSON, Template: "{\n\"a\": \"{{event_id}}\"}"}}},
		"what is not it":   {store.FieldFormat, []string{"format", "flat", "flat_encoding", "json", "template", "{broken", "message_text", "{{x}}"}, option.Set{Format: option.Format{Type: option.FormatFlat}}},
		"boxes":            {store.FieldLeaveOut, []string{"leave_out", "user_data.phone", "more_leave_out", "source_url"}, option.Set{LeaveOut: []string{"user_data.phone", "source_url"}}},
		"and others":       {store.FieldLeaveOut, []string{"leave_out", "user_data.phone", "more_leave_out", " custom_data.gclid,, user_data.phone "}, option.Set{LeaveOut: []string{"user_data.phone", "custom_data.gclid"}}},
		"success":          {store.FieldSuccess, []string{"success_path", " status.ok ", "success_value", "true"}, option.Set{Success: option.Success{Path: "status.ok", Value: "true"}}},
		"success by words": {store.FieldSuccess, []string{"success_path", "status", "success_value", "done"}, option.Set{Success: option.Success{Path: "status", Value: `"done"`}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSettings(t)
			answer := s.save(c.field, http.StatusOK, c.pairs...)
			require.True(t, answer.Undo)
			require.Equal(t, c.want, s.webhook().Set)

			// What the page then shows can be saved again and changes nothing, and so can what the API reads.
			var live liveSettings
			require.NoError(t, json.Unmarshal(s.get(s.path("webhook/fields")).Body.Bytes(), &live))
			again := s.edit()
			again.Set("field", string(c.field))
			for _, p := range live.Fields[c.field].Theirs {
				again.Add(p[0], p[1])
			}
			version := s.webhook().Version
			s.answer(s.post(s.path("webhook/fields"), again), http.StatusOK)
			require.Equal(t, version, s.webhook().Version, again)
			ta := &apiTest{testApp: s.testApp, bot: s.bot}
			ta.key = ta.newKey(store.RoleEditor, s.bot.ID)
			read, err := json.Marshal(ta.call("GET", ta.at("/webhook"), "", 200))
			require.NoError(t, err)
			ta.call("PUT", ta.at("/webhook"), string(read), 200)
			require.Equal(t, c.want.Stored(), s.webhook().Stored())
		})
	}
}

func TestTheHistoryShowsWhatTheFormatWas(t *testing.T) {
	before := store.WebhookVersion{Set: option.Set{Format: option.Format{Type: option.FormatFlat}}}
	after := store.WebhookVersion{Set: option.Set{
		Format: option.Format{Type: option.FormatJSON, Template: "{\"a\":1}"}, LeaveOut: []string{"source_url"}, Success: option.Success{Path: "ok", Value: "true"},
	}}
	title, lines := historyDiff(before, after)
	require.Equal(t, "Format, Leave out, Success by answer", title)
	require.Equal(t, []views.DiffLine{
		{Sign: "-", Text: "Format: Flat, as JSON"},
		{Sign: "+", Text: "Format: Your own JSON\n{\"a\":1}"},
		{Sign: "-", Text: "Leave out: nothing"},
		{Sign: "+", Text: "Leave out: source_url"},
		{Sign: "-", Text: "Success by answer: any 2xx"},
		{Sign: "+", Text: "Success by answer: ok = true"},
	}, lines)
	require.Equal(t, []string{"the format changed", "other fields are left out", "what counts as success changed"}, settingsChanges(before, after))
}

func TestAFormatThatCannotBeMeantIsRefusedAtItsPlaceAndChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		field store.Field
		pairs []string
		note  string
	}{
		"no JSON":              {store.FieldFormat, []string{"format", "json", "template", "{\n  \"a\": x}"}, "Line 2, column 8"},
		"an unknown field":     {store.FieldFormat, []string{"format", "json", "template", `{"a":"{{user_data.mail}}"}`}, "Did you mean user_data.email?"},
		"an unknown filter":    {store.FieldFormat, []string{"format", "json", "template", `{"a":"{{user_data.email | upcase}}"}`}, "Line 1, column"},
		"nothing":              {store.FieldFormat, []string{"format", "json", "template", " \n"}, "is empty"},
		"a list as form":       {store.FieldFormat, []string{"format", "json", "template_encoding", "form", "template", `[1]`}, "names and values"},
		"too much":             {store.FieldFormat, []string{"format", "json", "template", `"` + strings.Repeat("x", 40<<10) + `"`}, "KiB"},
		"a million braces":     {store.FieldFormat, []string{"format", "message", "service", "slack", "message_text", strings.Repeat("{{", 20_000)}, "KiB"},
		"many placeholders":    {store.FieldFormat, []string{"format", "json", "template", `["` + strings.Repeat(`{{event_id}}","`, 20_000) + `"]`}, "KiB"},
		"an empty message":     {store.FieldFormat, []string{"format", "message", "service", "slack", "message_text", ""}, "is empty"},
		"a message to nowhere": {store.FieldFormat, []string{"format", "message", "service", "irc", "message_text", "x"}, "must be one of slack, teams, discord"},
		"no such format":       {store.FieldFormat, []string{"format", "xml"}, "must be one of iozen, flat"},
		"the event itself":     {store.FieldLeaveOut, []string{"more_leave_out", "event_id"}, "cannot be left out"},
		"an unknown name":      {store.FieldLeaveOut, []string{"more_leave_out", "user_data.mail"}, "Did you mean user_data.email?"},
		"no path":              {store.FieldSuccess, []string{"success_path", "", "success_value", "true"}, "The path is required"},
		"no value":             {store.FieldSuccess, []string{"success_path", "ok", "success_value", ""}, "The value is required"},
		"two dots":             {store.FieldSuccess, []string{"success_path", "a..b", "success_value", "1"}, "one dot between them"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSettings(t)
			before := s.webhook()
			answer := s.save(c.field, http.StatusUnprocessableEntity, c.pairs...)
			require.Equal(t, "invalid", answer.State)
			require.Contains(t, answer.Message, labelOf(c.field)+" not saved: ")
			var notes []string
			for _, note := range answer.Notes {
				notes = append(notes, note)
			}
			require.Contains(t, strings.Join(notes, "\n"), c.note)
			require.Equal(t, before, s.webhook())

			form := url.Values{"version": {"1"}, "url": {""}, "headers": {""}, "events": {"all"}, "rate_limit": {""}}
			for i := 0; i < len(c.pairs); i += 2 {
				form.Add(c.pairs[i], c.pairs[i+1])
			}
			page := s.post(s.path("settings/marketing"), form)
			require.Equal(t, http.StatusUnprocessableEntity, page.Code)
			require.Contains(t, page.Body.String(), c.note, "without JavaScript, too")
			for i := 0; i < len(c.pairs); i += 2 {
				if name := c.pairs[i]; name == "template" || name == "message_text" {
					require.Contains(t, html.UnescapeString(page.Body.String()), c.pairs[i+1], "what was typed stays")
				}
			}
		})
	}
}

func TestThePictureIsMadeOfTheLastRealEventWithItsPersonMasked(t *testing.T) {
	s := openSettings(t)
	ask := func(pairs ...string) map[string]string {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		res := s.post(s.path("webhook/format"), form)
		require.Equal(t, http.StatusOK, res.Code, res.Body)
		var answer struct{ Notes map[string]string }
		require.NoError(t, json.Unmarshal(res.Body.Bytes(), &answer))
		return answer.Notes
	}
	own := []string{"format", "json", "template_encoding", "json", "template", `{"mail":"{{user_data.email}}","worth":"{{custom_data.value}}"}`}
	notes := ask(own...)
	require.Contains(t, notes["format-result"], "The example, until the first real event comes.")
	require.Contains(t, notes["format-result"], "user@example.com")

	ta := &apiTest{testApp: s.testApp, bot: s.bot}
	ta.key = ta.newKey(store.RoleEditor, s.bot.ID)
	ta.call("POST", ta.at("/events"), `{"event_name":"Lead","user_data":{"email":"maria@acme.example"},"custom_data":{"value":12.50,"currency":"EUR"}}`, 202)
	notes = ask(own...)
	require.Contains(t, notes["format-result"], "Your last real event, with the person masked.")
	require.Contains(t, notes["format-result"], "12.50")
	require.NotContains(t, notes["format-result"], "maria@acme")
	require.Empty(t, notes["format-problems"])

	notes = ask(append(own, "leave_out", "user_data.email", "more_leave_out", "")...)
	require.NotContains(t, notes["format-result"], "mail")
	notes = ask("format", "json", "template", "{\n \"a\": \"{{user_data.mail}}\"}")
	require.Contains(t, notes["format-problems"], "Line 2, column")
	require.NotContains(t, notes, "format-result", "the last picture stays")
	require.Equal(t, option.Set{}, s.webhook().Set, "nothing is saved")

	s.save(store.FieldFormat, http.StatusOK, own...)
	require.Contains(t, s.get(s.path("settings/marketing")).Body.String(), "12.50", "without JavaScript the page shows what is saved")
}

func TestAFormatIsOfferedWhenTheURLSaysSo(t *testing.T) {
	for address, c := range map[string]struct {
		hint string
		want option.FormatType
	}{
		"https://hooks.slack.com/services/T0/B0/abc":               {"Slack expects a message.", option.FormatMessage},
		"https://discord.com/api/webhooks/1/abc":                   {"Discord expects a message.", option.FormatMessage},
		"https://acme.webhook.office.com/webhookb2/1":              {"Microsoft Teams expects a message.", option.FormatMessage},
		"https://graph.facebook.com/v21.0/1/events":                {"expects another format.", option.FormatMetaCAPI},
		"https://docs.google.com/forms/d/e/1/formResponse":         {"Google Forms expects form fields.", option.FormatJSON},
		"https://api.hsforms.com/submissions/v3/integration/1/abc": {"forms expect other keys.", option.FormatJSON},
	} {
		t.Run(address, func(t *testing.T) {
			s := openSettings(t)
			answer := s.save(store.FieldURL, http.StatusOK, "url", address)
			require.Contains(t, answer.Notes["url-note"], c.hint)
			require.Contains(t, answer.Notes["url-note"], `name="use_format"`)
			require.NotContains(t, answer.Notes["url-note"], "page for people")

			form := s.edit() // without JavaScript, the button saves the whole form
			form.Del("field")
			for name, value := range map[string]string{"url": address, "events": "all", "use_format": "1", "format": "iozen", "version": form.Get("base")} {
				form.Set(name, value)
			}
			require.Equal(t, http.StatusSeeOther, s.post(s.path("settings/marketing"), form).Code)
			require.Equal(t, c.want, s.webhook().Format.Type)
			require.NotContains(t, s.get(s.path("settings/marketing")).Body.String(), `name="use_format"`, "it is chosen")
		})
	}
}
