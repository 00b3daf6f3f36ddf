package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// marketingPage is Bot → Settings → Marketing & Attribution.
func (a *app) marketingPage(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	m, err := a.marketing(c, bot, w)
	if err != nil {
		return err
	}
	a.reveal(c, &m, w)
	if c.QueryParam("saved") != "" {
		m.State, m.StateKind = "All changes saved", ui.OK
	}
	if id := c.QueryParam("sampled"); id != "" {
		m.Sampled = sampledURL(id)
	}
	if c.QueryParam("moved") != "" { // the URL, to another host
		m.Leak = leakOf(store.SavedWebhook{Webhook: w, LeakTo: hostOf(w.URL), Leaked: headerNames(w.Headers)})
	}
	return a.render(c, http.StatusOK, views.MarketingPage(m))
}

// marketingSave is the Save button of a browser without JavaScript: it saves the whole form at once.
func (a *app) marketingSave(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	w, refused, err := a.saveWholeForm(c, bot, form)
	if err != nil {
		return err
	}
	if refused != nil {
		return a.renderRefused(c, bot, form, *refused)
	}
	query := "?saved=1"
	if w.LeakTo != "" {
		query += "&moved=1"
	}
	return seeOther(c, webhookURL(c, bot.ID, "settings/marketing"+query))
}

// renderMarketing shows the page as it is saved, with what an act tells it.
func (a *app) renderMarketing(c echo.Context, status int, bot store.Bot, tell func(*views.Marketing)) error {
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	m, err := a.marketing(c, bot, w)
	if err != nil {
		return err
	}
	tell(&m)
	return a.render(c, status, views.MarketingPage(m))
}

// settingsPage is the frame of a page about one of a bot's webhooks, which its title names where there are several.
func (a *app) settingsPage(c echo.Context, bot store.Bot, list views.Endpoints) views.Page {
	page := a.botPage(c, bot.ID, bot.Name, "Settings")
	for _, row := range list.Rows {
		if row.Current {
			page.Title = bot.Name + " – " + row.Name + " – Settings"
		}
	}
	return page
}

// botAndWebhook are what the address of a call names.
func (a *app) botAndWebhook(c echo.Context) (bot store.Bot, w store.Webhook, err error) {
	if bot, err = a.bot(c); err == nil {
		w, err = a.webhook(c, bot.ID)
	}
	return bot, w, err
}

func (a *app) webhook(c echo.Context, botID uuid.UUID) (store.Webhook, error) {
	w, err := a.Store.Webhook(c.Request().Context(), webhookOf(c, botID))
	if err != nil {
		return store.Webhook{}, fmt.Errorf("load webhook: %w", err)
	}
	return w, nil
}

// webhookOnce is the webhook that a delivery went to. Of one that was deleted since only the versions are left, and no
// secret.
func (a *app) webhookOnce(ctx context.Context, id store.WebhookID) (store.Webhook, error) {
	w, err := a.Store.Webhook(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Webhook{WebhookID: id, Damaged: store.Damaged{Secret: true}}, nil
	}
	if err != nil {
		return w, fmt.Errorf("load webhook: %w", err)
	}
	return w, nil
}

// marketing builds the page of the settings as they are saved.
func (a *app) marketing(c echo.Context, bot store.Bot, w store.Webhook) (views.Marketing, error) {
	ctx, live := c.Request().Context(), a.liveOf(bot.ID)
	seen, err := a.Store.EventNames(ctx, bot.ID)
	if err != nil {
		return views.Marketing{}, fmt.Errorf("load event names: %w", err)
	}
	held, err := a.heldNote(c, w.WebhookID, w.Sends())
	if err != nil {
		return views.Marketing{}, err
	}
	recent, err := a.recentDeliveries(ctx, w.WebhookID)
	if err != nil {
		return views.Marketing{}, err
	}
	traffic, err := a.traffic(ctx, w)
	if err != nil {
		return views.Marketing{}, err
	}
	test, err := a.lastTest(ctx, traffic)
	if err != nil {
		return views.Marketing{}, err
	}
	if test != nil && !mayEdit(c) { // what a test leads to is for those who may do it
		test.Action, test.Failed = views.TestAction{}, nil
	}
	jobs, err := a.jobsOfSettings(c, bot)
	if err != nil {
		return views.Marketing{}, err
	}
	choice, err := a.testChoice(ctx, w, seen)
	if err != nil {
		return views.Marketing{}, err
	}
	matches, err := a.matches(ctx, w.BotID, w.Filter)
	if err != nil {
		return views.Marketing{}, err
	}
	list, err := a.endpoints(c, w.WebhookID)
	if err != nil {
		return views.Marketing{}, err
	}
	page := a.settingsPage(c, bot, list)
	page.Scripts = []string{"js/settings.js"}
	m := views.Marketing{
		Page: page, WebhookRef: refOf(w.WebhookID), BotName: bot.Name,
		Editable: mayEdit(c),
		Form:     formOf(w, seen), Notes: a.notes(w), TestChoice: choice, Matches: matches, Test: test,
		Held: held, Recent: recent, Jobs: jobs, Live: live, Tool: toolOf(w.URL).Key,
		Endpoints: list, Own: ownEndpoint(list, w),
	}
	m.Flow = traffic.flow(bot.Name, m.LogURL())
	if m.Preview, err = a.preview(ctx, bot.ID, w.Format, w.LeaveOut); err != nil {
		return m, err
	}
	if !traffic.started() {
		m.Steps, err = a.stepsOf(ctx, traffic, m.Editable)
	}
	return m, err
}

// stepsOf are the steps to a first lead, with the button that sends a sample.
func (a *app) stepsOf(ctx context.Context, t traffic, editable bool) (*views.Steps, error) {
	sample, err := a.sampleLead(ctx, t.w, editable)
	if err != nil {
		return nil, err
	}
	return t.steps(sample), nil
}

// saveWholeForm checks every field and saves them together. A refusal is not an error: the page shows it.
func (a *app) saveWholeForm(c echo.Context, bot store.Bot, form url.Values) (savedWebhook, *refusals, error) {
	change := store.WebhookChange{By: actorOf(c)}
	if err := setBase(&change, form.Get("version")); err != nil {
		return savedWebhook{}, nil, err
	}
	refused := a.readFields(form, &change)
	if len(refused.fields) > 0 {
		return savedWebhook{}, &refused, nil
	}
	w, err := a.saveWebhook(c, bot.ID, change)
	var stale *store.StaleError
	var keep *store.KeepError
	switch {
	case errors.As(err, &stale):
		return w, &refusals{stale: stale}, nil
	case errors.As(err, &keep):
		return w, &refusals{fields: map[store.Field]refusal{store.FieldHeaders: refuseKeep(form.Get("headers"), keep)}}, nil
	}
	return w, nil, err
}

// renderRefused shows the page again with what was typed and what is wrong with it. After a conflict the form is
// based on the newest version: pressing Save again means "keep mine".
func (a *app) renderRefused(c echo.Context, bot store.Bot, form url.Values, r refusals) error {
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	m, err := a.marketing(c, bot, w)
	if err != nil {
		return err
	}
	m.Form = typedForm(form, m.Form)
	status := http.StatusUnprocessableEntity
	m.State, m.StateKind, m.Unsaved = "Nothing was saved: see below", ui.Bad, r.stale == nil
	if r.stale != nil {
		status = http.StatusConflict
		m.State, m.StateKind = conflictMessage(r.stale, actorOf(c))+". Press Save again to keep yours", ui.Warn
		m.Conflicts = conflictsOf(form, r.stale, actorOf(c))
	}
	noteRefusals(&m.Notes, r.fields, w)
	return a.render(c, status, views.MarketingPage(m))
}

// heldNote asks what to do with the events that are held for a webhook, unless they are being sent already.
func (a *app) heldNote(c echo.Context, id store.WebhookID, sends bool) (views.Held, error) {
	ctx := c.Request().Context()
	sending, err := a.Store.Jobs(ctx, store.JobFilter{BotID: id.BotID, Kinds: []store.JobKind{store.JobRelease}, EndedAfter: a.Now()})
	if err != nil || slices.ContainsFunc(sending, func(j store.Job) bool { return j.Webhook == id.N }) {
		return views.Held{}, err
	}
	held, err := a.Store.HeldCount(ctx, id)
	if err != nil {
		return views.Held{}, fmt.Errorf("count held events: %w", err)
	}
	return views.Held{WebhookRef: refOf(id), Count: held.Count, Since: held.Since, Sends: sends, Asks: mayEdit(c)}, nil
}

// heldNotes ask it on the log, of each of a bot's webhooks.
func (a *app) heldNotes(c echo.Context, botID uuid.UUID) (notes []views.Held, err error) {
	states, err := a.statesOf(c.Request().Context(), botID)
	if err != nil {
		return nil, fmt.Errorf("look for held events: %w", err)
	}
	for _, s := range states {
		if s.Held == 0 {
			continue
		}
		note, err := a.heldNote(c, s.WebhookID(), s.Webhook.Sends())
		if err != nil {
			return nil, err
		}
		note.Endpoint, note.Back = s.Endpoint, logURL(botID.String())
		notes = append(notes, note)
	}
	return notes, nil
}
