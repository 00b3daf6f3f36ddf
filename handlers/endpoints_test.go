package handlers

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
)

// endpoint gives a bot another webhook, switched on.
func (b logBot) endpoint(name string) store.WebhookID {
	b.ta.t.Helper()
	w, err := b.ta.Store.AddWebhookWith(b.ta.t.Context(), b.ID, store.WebhookChange{
		Name: &name, Enabled: new(true), URL: new("https://" + strings.ToLower(name) + ".example/hook"), By: store.Actor{Name: testEmail},
	})
	require.NoError(b.ta.t, err)
	return w.WebhookID
}

func (b logBot) pageOf(id store.WebhookID, page string) string {
	b.ta.t.Helper()
	res := b.ta.get(refOf(id).At(page))
	require.Equal(b.ta.t, http.StatusOK, res.Code, page)
	return html.UnescapeString(res.Body.String())
}

func TestABotWithOneEndpointShowsNothingOfOthers(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.lead("one")
	first := store.FirstWebhook(bot.ID)
	settings := bot.pageOf(first, "settings/marketing")
	require.Equal(t, 1, strings.Count(settings, "Add another endpoint"))
	for _, page := range []string{"settings/marketing", "settings/developer", "settings/history", "deliveries"} {
		text := bot.pageOf(first, page)
		require.NotContains(t, text, `id="endpoints"`, page)
		require.NotContains(t, text, "Endpoint 1", page)
		require.NotContains(t, text, `id="webhook" name="webhook"`, page)
		require.NotContains(t, text, ">Endpoint<", page)
		require.NotContains(t, text, "Name of this endpoint", page)
	}
	viewer := ta.another()
	viewer.account("viewer@acme.example", store.RoleViewer)
	viewer.signInAs("viewer@acme.example")
	require.NotContains(t, viewer.get(refOf(first).At("settings/marketing")).Body.String(), "Add another endpoint", "who may not")
}

func TestAnEndpointIsAddedWithItsNameAndHasPagesOfItsOwn(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	at := "/bots/" + bot.ID.String()
	require.Equal(t, at+"/webhooks/2/settings/marketing", ta.post(at+"/webhooks", url.Values{"name": {" Sales  channel "}}).Header().Get("Location"))
	second := store.WebhookID{BotID: bot.ID, N: 2}
	for _, page := range []string{"settings/marketing", "settings/developer", "settings/history"} {
		text := bot.pageOf(second, page)
		require.Contains(t, text, "<title>Quiz – Sales channel – Settings", page)
		for _, address := range regexp.MustCompile(`(?:href|action|formaction|data-[a-z]+)="`+at+`/([^"]+)"`).FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(address[1], "webhooks/") || page != "settings/marketing" && strings.HasPrefix(address[1], "settings/") {
				continue
			}
			require.False(t, ofOneWebhook.MatchString("/bots/:id/"+address[1]) && address[1] != "settings/marketing", "%s leads to the first's %s", page, address[1])
		}
	}
	form := url.Values{"version": {"1"}, "enabled": {"on"}, "url": {"https://hooks.example/T0"}, "events": {"all"}}
	require.Equal(t, refOf(second).At("settings/marketing?saved=1"), ta.post(refOf(second).At("settings/marketing"), form).Header().Get("Location"))
	saved, err := ta.Store.Webhook(t.Context(), second)
	require.NoError(t, err)
	require.Equal(t, []any{"Sales channel", true, "https://hooks.example/T0"}, []any{saved.Name, saved.Enabled, saved.URL})
	first, err := ta.Store.Webhook(t.Context(), store.FirstWebhook(bot.ID))
	require.NoError(t, err)
	require.Equal(t, "https://crm.example.com/hook", first.URL, "the first is another")
	require.Contains(t, bot.pageOf(store.FirstWebhook(bot.ID), "settings/marketing"), "2 endpoints")
	for _, n := range []string{"0", "3", "x", "01", "-1"} {
		require.Equal(t, http.StatusNotFound, ta.get(at+"/webhooks/"+n+"/settings/marketing").Code, n)
	}
	require.Equal(t, http.StatusOK, ta.get(at+"/webhooks/1/settings/marketing").Code, "the first has a number too")
}

func TestANameThatIsNoneIsSaidAndStaysInItsField(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	long := strings.Repeat("x", store.MaxName+1)
	res := ta.post("/bots/"+bot.ID.String()+"/webhooks", url.Values{"name": {long}})
	require.Equal(t, http.StatusUnprocessableEntity, res.Code)
	require.Contains(t, res.Body.String(), "Use at most 100 characters.")
	require.Contains(t, res.Body.String(), long)
	second := bot.endpoint("Slack")
	res = ta.post(refOf(second).Numbered("name"), url.Values{"name": {long}})
	require.Equal(t, http.StatusUnprocessableEntity, res.Code)
	require.Contains(t, res.Body.String(), long)
	res = ta.post(refOf(second).Numbered("delete"), url.Values{"confirm": {"Slak"}})
	require.Equal(t, http.StatusUnprocessableEntity, res.Code)
	require.Contains(t, html.UnescapeString(res.Body.String()), "This is not the endpoint's name. Type: Slack")
}

func TestTwentyEndpointsAreTheMost(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	for i := range store.MaxWebhooks - 1 {
		bot.endpoint("E" + strconv.Itoa(i))
	}
	page := bot.pageOf(store.FirstWebhook(bot.ID), "settings/marketing")
	require.Contains(t, page, "20 endpoints are the most that a bot can have. Delete one to add another.")
	require.NotContains(t, page, "Add another endpoint")
	require.Equal(t, http.StatusConflict, ta.post("/bots/"+bot.ID.String()+"/webhooks", url.Values{"name": {"More"}}).Code)
}

func TestARowMovesByOnePlace(t *testing.T) {
	for _, c := range []struct {
		list, move string
		want       []int
	}{
		{"1,2,3", "up-2", []int{2, 1, 3}},
		{"1,2,3", "down-2", []int{1, 3, 2}},
		{"3,1,2", "up-2", []int{3, 2, 1}},
		{"1,2,3", "up-1", []int{1, 2, 3}},
		{"1,2,3", "down-3", []int{1, 2, 3}},
		{"1", "up-1", []int{1}},
		{"", "up-1", nil},
		{"1,2", "up-3", nil},
		{"1,2", "left-2", nil},
		{"1,2", "2", nil},
		{"1,2", "", nil},
		{"1,x", "up-1", nil},
		{"1,,2", "up-2", nil},
	} {
		order, _, err := movedOrder(c.list, c.move)
		require.Equal(t, c.want, order, "%s %s", c.list, c.move)
		require.Equal(t, c.want == nil, err != nil, "%s %s", c.list, c.move)
	}
}

// What was moved has the focus on the page that follows: whoever uses the keyboard can move it on.
func TestTheButtonOfAMoveKeepsTheFocus(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	bot.endpoint("Slack")
	third := bot.endpoint("Meta")
	focused := regexp.MustCompile(`name="move" value="([a-z]+-[0-9])"[^>]*autofocus`)
	page := refOf(third).At("settings/marketing")
	for _, step := range []struct{ order, move, focus, said string }{
		{"1,2,3", "up-3", "up-3", "Meta is now 2 of 3."},
		{"1,3,2", "up-3", "down-3", "Meta is now 1 of 3."}, // it cannot go further up
		{"3,1,2", "down-3", "down-3", "Meta is now 2 of 3."},
		{"1,3,2", "down-3", "up-3", "Meta is now 3 of 3."},
	} {
		res := ta.submit("/bots/"+bot.ID.String()+"/webhooks/order", url.Values{"order": {step.order}, "move": {step.move}, "next": {page}})
		require.Equal(t, http.StatusOK, res.Code)
		require.Contains(t, readable(html.UnescapeString(res.Body.String())), step.said)
		require.Equal(t, [][]string{{step.focus}}, groups(focused.FindAllStringSubmatch(res.Body.String(), -1)), step)
	}
	require.Empty(t, focused.FindAllString(bot.pageOf(third, "settings/marketing"), -1), "nothing was moved")
}

func groups(found [][]string) (list [][]string) {
	for _, f := range found {
		list = append(list, f[1:])
	}
	return list
}

func TestHowAnEndpointDoesInFewWords(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	on := store.WebhookState{Enabled: true, URL: "https://crm.example", ChangedAt: now.Add(-time.Hour)}
	off, gone := on, on
	off.Enabled = false
	gone.SwitchedOff = &store.SwitchedOff{Reason: outcome.SwitchOffGone}
	failing := store.Health{LastAttemptAt: now, FailingSince: now.Add(-time.Minute), FirstFailures: 1, LastCode: 401, LastOutcome: "http_401"}
	for name, c := range map[string]struct {
		state store.BotState
		day   dayOfEvents
		flow  views.PipeState
		text  string
	}{
		"nothing sent yet":     {store.BotState{Webhook: on}, dayOfEvents{}, views.PipeNone, ""},
		"all got through":      {store.BotState{Webhook: on}, dayOfEvents{delivered: 3}, views.PipeOK, "100 %"},
		"most got through":     {store.BotState{Webhook: on}, dayOfEvents{delivered: 3, failed: 1}, views.PipeOK, "75.0 %"},
		"the last one did not": {store.BotState{Webhook: on, Health: failing}, dayOfEvents{delivered: 3}, views.PipeBad, "HTTP 401"},
		"off":                  {store.BotState{Webhook: off, Health: failing}, dayOfEvents{delivered: 3}, views.PipeNone, ""},
		"off, with held":       {store.BotState{Webhook: off, Held: 1200}, dayOfEvents{}, views.PipeNone, "1,200 held"},
		"switched off":         {store.BotState{Webhook: gone, Held: 2}, dayOfEvents{}, views.PipeBad, "2 held"},
	} {
		flow, text := endpointHealth(c.state, c.day, now)
		require.Equal(t, []any{c.flow, c.text}, []any{flow, text}, name)
	}
}

func TestHomeShowsTheWorstEndpoint(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	state := func(name string, change func(*store.BotState)) store.BotState {
		s := store.BotState{Endpoint: name, Webhook: store.WebhookState{Enabled: true, URL: "https://" + name + ".example", ChangedAt: now.Add(-time.Hour)}}
		s.Health.LastSuccessAt = now.Add(-time.Minute)
		change(&s)
		return s
	}
	on := state("on", func(*store.BotState) {})
	untested := state("untested", func(s *store.BotState) { s.Health = store.Health{} })
	off := state("off", func(s *store.BotState) { s.Webhook.Enabled = false })
	gone := state("gone", func(s *store.BotState) { s.Webhook.SwitchedOff = &store.SwitchedOff{Reason: outcome.SwitchOffGone} })
	failing := state("failing", func(s *store.BotState) {
		s.Health.LastAttemptAt, s.Health.FailingSince, s.Health.FirstFailures, s.Health.LastCode, s.Health.LastOutcome = now, now.Add(-time.Minute), 3, 401, "http_401"
	})
	for _, c := range []struct {
		first  store.BotState
		others []store.BotState
		want   string // status, and where it sends to
	}{
		{on, nil, "On, on.example"},
		{on, []store.BotState{failing, gone}, "failing: Failing, failing.example +2"},
		{gone, []store.BotState{on}, "gone: Switched off: HTTP 410, gone.example +1"},
		{failing, []store.BotState{gone}, "failing: Failing, failing.example +1"},
		{on, []store.BotState{off, untested}, "On, on.example +2"},
		{off, []store.BotState{on}, "On, on.example +1"},
		{off, []store.BotState{untested}, "Untested, untested.example +1"},
	} {
		b := store.BotSummary{Webhook: c.first.Webhook, Health: c.first.Health, Others: c.others}
		if len(c.others) > 0 {
			b.Endpoint = c.first.Endpoint
		}
		row := botRow(b, now)
		require.Equal(t, c.want, row.Status+", "+row.SendsTo)
	}
}

func TestWhatIsShownOfOneEndpointIsNotShownOfAnother(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	first, second := store.FirstWebhook(bot.ID), bot.endpoint("Slack")
	w, err := ta.Store.Webhook(t.Context(), second)
	require.NoError(t, err)
	require.Equal(t, refOf(second).At("settings/developer#secret"), ta.post(refOf(second).At("webhook/secret/reveal"), nil).Header().Get("Location"))
	require.Contains(t, bot.pageOf(second, "settings/developer"), w.Secret)
	firstPage := bot.pageOf(first, "settings/developer")
	require.NotContains(t, firstPage, "whsec_A")
	require.Contains(t, firstPage, "whsec_••••")
	ta.post(refOf(first).At("webhook/reveal"), url.Values{"version": {"1"}})
	require.Contains(t, bot.pageOf(first, "settings/marketing"), "secret-1")
	require.NotContains(t, bot.pageOf(second, "settings/marketing"), "Saved headers")
	page, err := ta.Store.Audit(t.Context(), store.AuditFilter{BotID: bot.ID, Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []any{"webhook.reveal_headers", 1, "webhook.reveal_secret", 2}, []any{page.Entries[0].Action, page.Entries[0].N, page.Entries[1].Action, page.Entries[1].N})
	audit := readable(html.UnescapeString(ta.get("/audit").Body.String()))
	require.Contains(t, audit, "Quiz · Slack")
	require.Contains(t, audit, "Quiz · Endpoint 1")
}

func TestTheLogNamesTheEndpointOfEachDelivery(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	first, second := store.FirstWebhook(bot.ID), bot.endpoint("Slack")
	bot.lead("one")
	log := bot.pageOf(first, "deliveries")
	require.Contains(t, log, `<th scope="col" class="bot">Endpoint</th>`)
	require.Contains(t, log, `<td class="bot" title="Slack">Slack</td>`)
	require.Contains(t, log, `<td class="bot" title="Endpoint 1">Endpoint 1</td>`)
	require.Contains(t, log, `<option value="2">Slack</option>`)
	only := bot.pageOf(first, "deliveries?webhook=2")
	require.Equal(t, 1, strings.Count(only, `<tr id="d-`))
	require.Contains(t, only, `<option value="2" selected>Slack</option>`)
	require.Contains(t, ta.get("/deliveries").Body.String(), `title="Quiz · Slack"`)
	require.Contains(t, bot.pageOf(first, "deliveries?webhook=x"), "Not filtered by this: it must be the number of an endpoint.")

	require.NoError(t, ta.Store.DeleteWebhook(t.Context(), second, store.Actor{}))
	bot.lead("two")
	log = bot.pageOf(first, "deliveries")
	require.Contains(t, log, `<td class="bot" title="Slack">Slack</td>`, "its log stays")
	require.Contains(t, log, `<option value="2">Slack (deleted)</option>`)
}

func TestADeliveryNamesItsEndpointAndTheOthersOfItsEvent(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	alone := bot.lead("alone")
	second, third := bot.endpoint("Slack"), bot.endpoint("Meta")
	d := bot.lead("one")
	bot.lead("other")
	bot.attemptedAt(second, answered(401, "no"), store.Failed)
	found, err := ta.Store.Deliveries(t.Context(), store.DeliveryFilter{BotID: bot.ID, Query: "one"})
	require.NoError(t, err)
	require.Len(t, found.Deliveries, 3)
	toSecond := found.Deliveries[1]
	for _, other := range found.Deliveries {
		if other.Webhook == second.N {
			toSecond = other
		}
	}
	page := bot.page(d)
	require.Contains(t, readable(page), "Endpoint Endpoint 1")
	for _, other := range found.Deliveries {
		require.Equal(t, other.ID != d.ID, strings.Contains(page, `href="/deliveries/`+other.ID.String()+`">`), "webhook %d", other.Webhook)
	}
	require.NotContains(t, readable(bot.page(alone)), "Also to")
	if toSecond.Status == store.Failed {
		require.Contains(t, bot.page(toSecond), refOf(second).At("settings/marketing#custom-headers"), "where it is mended")
	}
	require.NoError(t, ta.Store.DeleteWebhook(t.Context(), third, store.Actor{}))
	_, err = ta.Store.HoldWaiting(t.Context(), third, 10)
	require.NoError(t, err)
	for _, other := range found.Deliveries {
		if other.Webhook == third.N {
			gone := bot.page(bot.load(other.ID))
			require.Contains(t, readable(gone), "Meta (deleted)")
			require.Contains(t, readable(gone), "Its endpoint was deleted, so this event cannot be sent there again.")
			require.NotContains(t, gone, `href="`+refOf(third).At(""))
			require.Equal(t, http.StatusConflict, ta.post("/deliveries/"+other.ID.String()+"/resend", nil).Code)
		}
	}
}

// TestAnAlertNamesItsEndpointAndLeadsToIt: on every page of the bot but the endpoint's own settings.
func TestAnAlertNamesItsEndpointAndLeadsToIt(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	first, second := store.FirstWebhook(bot.ID), bot.endpoint("Slack")
	for i := range 3 {
		bot.lead(fmt.Sprint(i))
		bot.attempted(answered(200, ""), store.Delivered)
		bot.attemptedAt(second, answered(401, ""), store.Failed)
	}
	leads := `href="` + refOf(second).At("settings/marketing") + `">Open settings`
	for page, want := range map[string]bool{
		refOf(first).At("settings/marketing"): true, refOf(first).At("deliveries"): true, refOf(second).At("settings/history"): true, refOf(second).At("settings/marketing"): false,
		"/needs?bot=" + bot.ID.String(): true, "/needs?settings=1&bot=" + bot.ID.String(): true, "/needs?settings=2&bot=" + bot.ID.String(): false,
	} {
		body := ta.fragment(page)
		if !strings.HasPrefix(page, "/needs") {
			body = ta.get(page).Body.String()
		}
		text := html.UnescapeString(body)
		require.Contains(t, readable(text), "Quiz · Slack has been failing", page)
		require.Equal(t, want, strings.Contains(text, leads), page)
	}
	home := html.UnescapeString(ta.get("/").Body.String())
	require.Contains(t, home, `href="`+refOf(second).At("settings/marketing")+`"`)
	require.Contains(t, readable(home), "Slack: Failing")
	require.NoError(t, ta.Store.SwitchOff(t.Context(), second, outcome.SwitchOffGone))
	require.Contains(t, readable(html.UnescapeString(ta.get("/audit").Body.String())), "Quiz · Slack")
}

func TestHeldEventsOfEachEndpointAreAskedAbout(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	second := bot.endpoint("Slack")
	_, err := ta.Store.SaveWebhook(t.Context(), second, store.WebhookChange{Enabled: new(false)})
	require.NoError(t, err)
	bot.lead("one")
	_, err = ta.Store.SaveWebhook(t.Context(), second, store.WebhookChange{Enabled: new(true)})
	require.NoError(t, err)
	log := bot.pageOf(store.FirstWebhook(bot.ID), "deliveries")
	require.Contains(t, readable(log), "1 event is held for Slack since")
	require.Contains(t, log, `action="`+refOf(second).At("held/send")+`"`)
	require.NotContains(t, log, `action="`+refOf(store.FirstWebhook(bot.ID)).At("held/send")+`"`)
	require.NotContains(t, readable(bot.pageOf(store.FirstWebhook(bot.ID), "settings/marketing")), "is held")
	ta.work()
	ta.post(refOf(second).At("held/send"), nil)
	require.Contains(t, readable(bot.pageOf(second, "settings/marketing")), "· Slack", "the job says whose they are")
}

// TestUndoAndHistoryOfAnEndpointAreItsOwn: an edit of the second is taken back there, and what it was can be restored there.
func TestUndoAndHistoryOfAnEndpointAreItsOwn(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newLogBot("Quiz")
	first, second := store.FirstWebhook(bot.ID), bot.endpoint("Slack")
	urls := func() (list [2]string) {
		for i, id := range []store.WebhookID{first, second} {
			w, err := ta.Store.Webhook(t.Context(), id)
			require.NoError(t, err)
			list[i] = w.URL
		}
		return list
	}
	before := urls()
	version := func() string {
		w, err := ta.Store.Webhook(t.Context(), second)
		require.NoError(t, err)
		return strconv.FormatInt(w.Version, 10)
	}
	was := version()
	edit := url.Values{"field": {"url"}, "url": {"https://new.example/"}, "base": {was}, "tab": {"x"}, "seq": {"1"}, "run": {"1"}}
	require.Equal(t, http.StatusOK, ta.post(refOf(second).At("webhook/fields"), edit).Code)
	require.Equal(t, [2]string{before[0], "https://new.example/"}, urls())
	undo := url.Values{"base": {version()}, "tab": {"x"}, "seq": {"2"}, "run": {"1"}}
	require.NotEqual(t, http.StatusOK, ta.post(refOf(first).At("webhook/undo"), undo).Code, "the first has nothing to undo")
	require.Equal(t, http.StatusOK, ta.post(refOf(second).At("webhook/undo"), undo).Code)
	require.Equal(t, before, urls())

	ta.clock.Add(quietTime)
	bot.lead("one")
	bot.attemptedAt(second, answered(200, ""), store.Delivered) // so that the version stays in the history
	used := version()
	form := url.Values{"version": {used}, "enabled": {"on"}, "url": {"https://new.example/"}, "events": {"all"}}
	require.Equal(t, http.StatusSeeOther, ta.post(refOf(second).At("settings/marketing"), form).Code)
	require.Contains(t, bot.pageOf(second, "settings/history"), `action="`+refOf(second).At("settings/history/"+used+"/restore")+`"`)
	require.NotContains(t, bot.pageOf(first, "settings/history"), "new.example")
	res := ta.post(refOf(second).At("settings/history/"+used+"/restore"), nil)
	require.Equal(t, refOf(second).At("settings/marketing?saved=1"), res.Header().Get("Location"))
	require.Equal(t, before, urls())
	stale := url.Values{"field": {"url"}, "url": {"https://mine.example/"}, "base": {used}, "tab": {"y"}, "seq": {"1"}, "run": {"1"}}
	require.Equal(t, http.StatusConflict, ta.post(refOf(second).At("webhook/fields"), stale).Code, "somebody has changed it since")
}

func TestAnEndpointOfNobodyIsNotFound(t *testing.T) {
	ta := signedInApp(t)
	require.Equal(t, http.StatusNotFound, ta.get("/bots/"+uuid.NewString()+"/webhooks/2/settings/marketing").Code)
}
