package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
	"iozen/store/storetest"
)

const copiedSecret = "Bearer s3cret-of-the-source"

// copySource is a bot whose webhook has a URL, a header and a format of its own.
func (ta *testApp) copySource() (store.Bot, store.Webhook) {
	ta.t.Helper()
	bot := ta.newBot("Source")
	w, err := ta.Store.SaveWebhook(ta.t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{
		Enabled: new(true), URL: new("https://source.example/hook"), Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new(copiedSecret)}},
		Change: option.Set{Format: option.Format{Type: option.FormatFlat}}.Change(),
	})
	require.NoError(ta.t, err)
	return bot, w
}

func (ta *testApp) settingsOf(bot store.Bot) store.Webhook {
	ta.t.Helper()
	w, err := ta.Store.Webhook(ta.t.Context(), store.FirstWebhook(bot.ID))
	require.NoError(ta.t, err)
	return w
}

// copyForm reads the boxes and hidden fields of the form that copies.
func copyForm(page string) url.Values {
	form := url.Values{}
	for _, input := range regexp.MustCompile(`<input type="(hidden|checkbox)"[^>]*>`).FindAllString(page, -1) {
		name := regexp.MustCompile(`name="([^"]*)"`).FindStringSubmatch(input)
		value := regexp.MustCompile(`value="([^"]*)"`).FindStringSubmatch(input)
		if name != nil && value != nil && (strings.Contains(input, `type="hidden"`) || strings.Contains(input, " checked")) {
			form.Add(name[1], value[1])
		}
	}
	return form
}

func TestWhatTheSourceHasSetItselfIsTicked(t *testing.T) {
	ta := signedInApp(t)
	source, _ := ta.copySource()
	one := ta.newBot("One")
	page := ta.get("/bots/" + source.ID.String() + "/settings/copy/preview?to=" + copyRef(store.FirstWebhook(one.ID)))
	require.Equal(t, http.StatusOK, page.Code)
	form := copyForm(page.Body.String())
	require.Equal(t, []string{"url", "headers", "format"}, form["what"])
	require.Equal(t, "url headers format", form.Get("shown"))
	require.Equal(t, []string{one.ID.String() + ".1.1"}, form["to"])
	require.Contains(t, page.Body.String(), "Authorization (with hidden values)")
	require.NotContains(t, page.Body.String(), copiedSecret)

	none := ta.get("/bots/" + source.ID.String() + "/settings/copy/preview?chosen=1&to=" + copyRef(store.FirstWebhook(one.ID)))
	require.Empty(t, copyForm(none.Body.String())["what"], "a person unticked all")
	require.NotContains(t, none.Body.String(), "Copy to 1 endpoint")
}

func TestNothingIsCopiedThatThePreviewDidNotShow(t *testing.T) {
	ta := signedInApp(t)
	source, w := ta.copySource()
	one, two := ta.newBot("One"), ta.newBot("Two")
	here := "/bots/" + source.ID.String() + "/settings/copy"
	preview := ta.get(here + "/preview?to=" + copyRef(store.FirstWebhook(one.ID)) + "&to=" + copyRef(store.FirstWebhook(two.ID)))
	form := copyForm(preview.Body.String())

	form["what"] = []string{"url", "event_names"}
	res := ta.post(here, form)
	require.Equal(t, http.StatusConflict, res.Code)
	require.Contains(t, res.Body.String(), "You chose other settings than the preview showed.")
	form = copyForm(res.Body.String())
	require.Equal(t, []string{"url", "event_names"}, form["what"])
	delete(form, "what")
	res = ta.post(here, form)
	require.Equal(t, http.StatusUnprocessableEntity, res.Code)
	require.Contains(t, res.Body.String(), "Choose what to copy.")

	_, err := ta.Store.SaveWebhook(t.Context(), w.WebhookID, store.WebhookChange{URL: new("https://moved.example/")})
	require.NoError(t, err)
	form = copyForm(preview.Body.String())
	res = ta.post(here, form)
	require.Equal(t, http.StatusConflict, res.Code)
	require.Contains(t, res.Body.String(), "These settings changed meanwhile.")
	require.Contains(t, res.Body.String(), "https://moved.example/")
	require.Empty(t, ta.settingsOf(one).URL)

	form = copyForm(res.Body.String())
	_, err = ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(one.ID), store.WebhookChange{URL: new("https://mine.example/")})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, ta.post(here, form).Code)
	page := html.UnescapeString(ta.get(here).Body.String())
	require.Contains(t, page, "Copied to 1 of 2 endpoints: see below.")
	require.Contains(t, page, "Not copied. Its settings changed meanwhile.")
	require.Equal(t, "https://mine.example/", ta.settingsOf(one).URL)
	require.Equal(t, "https://moved.example/", ta.settingsOf(two).URL)
	require.Equal(t, copiedSecret, ta.settingsOf(two).Headers[0].Value)
	require.NotContains(t, page, copiedSecret)
}

func TestACopyIsTakenBackByWhoeverMadeIt(t *testing.T) {
	ta := signedInApp(t)
	source, _ := ta.copySource()
	one := ta.newBot("One")
	here := "/bots/" + source.ID.String() + "/settings/copy"
	form := copyForm(ta.get(here + "/preview?to=" + copyRef(store.FirstWebhook(one.ID))).Body.String())
	ta.post(here, form)
	undo := url.Values{"act": {regexp.MustCompile(`name="act" value="([^"]*)"`).FindStringSubmatch(ta.get(here).Body.String())[1]}}
	require.Equal(t, "https://source.example/hook", ta.settingsOf(one).URL)

	other := ta.another()
	other.account("tom@acme.example", store.RoleEditor)
	other.signInAs("tom@acme.example")
	other.post(here+"/undo", undo)
	require.Equal(t, "https://source.example/hook", ta.settingsOf(one).URL, "it is not theirs")
	require.Contains(t, html.UnescapeString(other.get(here).Body.String()), "Too late to undo here.")

	ta.post(here+"/undo", undo)
	require.Contains(t, ta.get(here).Body.String(), "Taken back in 1 endpoint.")
	require.Empty(t, ta.settingsOf(one).URL)
	require.Empty(t, ta.settingsOf(one).Headers)
	require.NotContains(t, ta.get(here).Body.String(), "Undo the copy")
}

func TestWhereSettingsAreCopiedToIsChecked(t *testing.T) {
	ta := signedInApp(t)
	source, _ := ta.copySource()
	ta.newBot("One")
	here := "/bots/" + source.ID.String() + "/settings/copy"
	many := url.Values{}
	for range store.MaxCopyTargets + 1 {
		many.Add("to", copyRef(store.FirstWebhook(uuid.New())))
	}
	for query, want := range map[string]struct {
		status int
		says   string
	}{
		"":                              {http.StatusSeeOther, ""},
		"asked=1":                       {http.StatusUnprocessableEntity, "Choose at least one endpoint."},
		many.Encode():                   {http.StatusUnprocessableEntity, "Choose 100 endpoints at most."},
		"to=x":                          {http.StatusBadRequest, "There is no such endpoint."},
		"to=" + uuid.NewString() + ".0": {http.StatusBadRequest, "There is no such endpoint."},
		"to=" + uuid.NewString() + ".1": {http.StatusOK, "It was deleted."},
	} {
		res := ta.get(here + "/preview?" + query)
		require.Equal(t, want.status, res.Code, query)
		require.Contains(t, res.Body.String(), want.says, query)
	}
	require.Equal(t, http.StatusBadRequest, ta.post(here, url.Values{"to": {copyRef(store.FirstWebhook(uuid.New()))}}).Code)
	require.Equal(t, http.StatusBadRequest, ta.post(here, nil).Code)
}

func TestOneOfSeveralEndpointsIsNamedWithItsBotWhereSettingsAreCopied(t *testing.T) {
	ta := signedInApp(t)
	source, w := ta.copySource()
	one := ta.newBot("One")
	second, err := ta.Store.AddWebhook(t.Context(), one.ID, "Sales channel", store.Actor{})
	require.NoError(t, err)
	text := func(path string) string { return readable(ta.get(path).Body.String()) }

	where := text(refOf(w.WebhookID).At("settings/copy"))
	require.Contains(t, where, "Gives other endpoints the settings of Source.")
	require.Contains(t, where, "One · Endpoint 1")
	require.Contains(t, where, "One · Sales channel")
	beside := text(refOf(second.WebhookID).At("settings/copy"))
	require.Contains(t, beside, "Gives other endpoints the settings of One · Sales channel.")
	require.Contains(t, beside, "One · Endpoint 1")
	require.NotContains(t, beside, "Source ·", "it has no other")
	preview := text(refOf(store.FirstWebhook(one.ID)).At("settings/copy/preview?to=" + copyRef(w.WebhookID) + "&to=" + copyRef(second.WebhookID)))
	require.Contains(t, preview, "From One · Endpoint 1.")
	require.Contains(t, preview, "One · Sales channel")

	require.NoError(t, ta.Store.DeleteWebhook(t.Context(), second.WebhookID, store.Actor{}))
	require.NotContains(t, text("/bots/"+source.ID.String()+"/settings/copy"), "One ·")
}

func TestSettingsThatCannotBeReadAreNotTicked(t *testing.T) {
	ta := signedInApp(t)
	source, _ := ta.copySource()
	one := ta.newBot("One")
	storetest.Damage(t, "sqlite:"+ta.file, "webhooks", "headers", "bot = (SELECT number FROM bots WHERE id = ?)", source.ID[:])
	preview := "/bots/" + source.ID.String() + "/settings/copy/preview?to=" + copyRef(store.FirstWebhook(one.ID))
	page := ta.get(preview)
	require.Equal(t, http.StatusOK, page.Code)
	require.Equal(t, []string{"url", "format"}, copyForm(page.Body.String())["what"])
	require.Equal(t, http.StatusConflict, ta.get(preview+"&chosen=1&what=headers").Code)
}

func TestAKeyCopiesOnlyBetweenWhatItOpens(t *testing.T) {
	ta := newAPITest(t)
	one := ta.newBot("One")
	_, err := ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(ta.bot.ID), store.WebhookChange{URL: new("https://source.example/hook"), Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new(copiedSecret)}}})
	require.NoError(t, err)
	second, err := ta.Store.AddWebhook(t.Context(), ta.bot.ID, "Second", store.Actor{})
	require.NoError(t, err)
	body := func(settings string) string {
		return `{"to":[{"bot_id":"` + one.ID.String() + `"},{"bot_id":"` + ta.bot.ID.String() + `","n":2}],"settings":[` + settings + `]}`
	}
	own := ta.newKey(store.RoleEditor, ta.bot.ID)
	answer := decoded(t, ta.api("POST", ta.at("/webhook/copy"), own, body(`"url","headers"`)), http.StatusOK)
	results := answer["webhooks"].([]any)
	require.Equal(t, 403.0, results[0].(map[string]any)["refused"].(map[string]any)["status"])
	require.Nil(t, results[1].(map[string]any)["refused"])
	require.Equal(t, []any{"url", "headers"}, results[1].(map[string]any)["changed"])
	require.Empty(t, ta.settingsOf(one).URL)
	w, err := ta.Store.Webhook(t.Context(), second.WebhookID)
	require.NoError(t, err)
	require.Equal(t, copiedSecret, w.Headers[0].Value)
	require.Equal(t, http.StatusForbidden, ta.api("POST", "/v1/bots/"+one.ID.String()+"/webhook/copy", own, body(`"url"`)).Code)

	_, err = ta.Store.SaveWebhook(t.Context(), store.FirstWebhook(one.ID), store.WebhookChange{URL: new("https://mine.example/")})
	require.NoError(t, err)
	answer = ta.call("POST", ta.at("/webhook/copy"), body(`"headers"`), http.StatusOK)
	refused := answer["webhooks"].([]any)[0].(map[string]any)["refused"].(map[string]any)
	require.Equal(t, "The stored value of Authorization stays with the origin that it was stored for. Copy url and headers together.", refused["detail"])
	answer = ta.call("POST", ta.at("/webhook/copy"), strings.Replace(body(`"url","headers"`), `"settings"`, `"preview":true,"settings"`, 1), http.StatusOK)
	require.Equal(t, true, answer["preview"])
	require.Equal(t, 2.0, answer["webhooks"].([]any)[0].(map[string]any)["version"], "as it is now")
	require.Equal(t, "https://mine.example/", ta.settingsOf(one).URL)
}

func TestTheBodyOfACopyIsChecked(t *testing.T) {
	ta := newAPITest(t)
	to := `{"bot_id":"` + ta.bot.ID.String() + `"}`
	for body, want := range map[string]FieldError{
		`{"settings":["url"]}`:                                                              {"/to", "is required"},
		`{"to":[` + to + `]}`:                                                               {"/settings", "is required"},
		`{"to":[],"settings":["url"]}`:                                                      {"/to", "must name 1 to 100 webhooks"},
		`{"to":"x","settings":["url"]}`:                                                     {"/to", "must be a list"},
		`{"to":[{}],"settings":["url"]}`:                                                    {"/to/0/bot_id", "is required"},
		`{"to":[{"bot_id":"x"}],"settings":["url"]}`:                                        {"/to/0/bot_id", "must be the id of a bot"},
		`{"to":[` + to + `,` + to + `],"settings":["url"]}`:                                 {"/to/1", "is given twice"},
		`{"to":[{"bot_id":"` + ta.bot.ID.String() + `","n":0}],"settings":["url"]}`:         {"/to/0/n", "must be the number of a webhook"},
		`{"to":[{"bot_id":"` + ta.bot.ID.String() + `","version":"1"}],"settings":["url"]}`: {"/to/0/version", "must be the version of the settings, a whole number"},
		`{"to":[` + to + `],"settings":[]}`:                                                 {"/settings", "must name what is copied"},
		`{"to":[` + to + `],"settings":["secret"]}`:                                         {"/settings/0", "must be one of url, headers, event_names, filter, format, consent, success, rate_limit"},
		`{"to":[` + to + `],"settings":[1]}`:                                                {"/settings/0", "must be a string"},
		`{"to":[` + to + `],"settings":["url"],"preview":1}`:                                {"/preview", "must be true or false"},
	} {
		require.Equal(t, []FieldError{want}, ta.refused("POST", ta.at("/webhook/copy"), body, http.StatusUnprocessableEntity), body)
	}
}

func TestNewBotsBeginAsWasChosen(t *testing.T) {
	ta := signedInApp(t)
	source, w := ta.copySource()
	require.NotContains(t, ta.get("/bots/new").Body.String(), "Start empty")
	ta.post("/bots/"+source.ID.String()+"/settings/copy/new-bots", url.Values{"begin": {"1"}})
	page := html.UnescapeString(ta.get("/bots/new").Body.String())
	require.Contains(t, page, "Starts with a copy of the settings of Source (to source.example), switched off.")
	require.Contains(t, html.UnescapeString(ta.get("/workspace").Body.String()), "New bots start with a copy of the settings of Source.")
	made := func(form url.Values) store.Webhook {
		at := ta.post("/bots", form).Header().Get("Location")
		id, err := uuid.Parse(strings.Split(at, "/")[2])
		require.NoError(t, err, at)
		return ta.settingsOf(store.Bot{ID: id})
	}
	begun := made(url.Values{"name": {"New"}})
	require.Equal(t, w.URL, begun.URL)
	require.Equal(t, w.Headers, begun.Headers)
	require.False(t, begun.Enabled)
	require.Empty(t, made(url.Values{"name": {"Empty"}, "empty": {"on"}}).URL)
	refused := ta.post("/bots", url.Values{"name": {""}, "empty": {"on"}})
	require.Regexp(t, `name="empty" value="on" checked`, refused.Body.String(), "what was ticked stays")
	storetest.Damage(t, "sqlite:"+ta.file, "webhooks", "headers", "bot = (SELECT number FROM bots WHERE id = ?)", source.ID[:])
	require.Equal(t, http.StatusConflict, ta.post("/bots", url.Values{"name": {"New"}}).Code)
	ta.post("/bots/"+source.ID.String()+"/settings/copy/new-bots", nil)
	require.Empty(t, made(url.Values{"name": {"New"}}).URL)
}
