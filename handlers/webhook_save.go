package handlers

import (
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

// settleTime is how long an edit of URL or headers on the page waits before it counts: a half-typed host is a
// real one.
const settleTime = 5 * time.Second

// webhookFieldSave saves one field by itself (js/autosave.js). The form names the field, holds its controls, says in
// "base" which version they were based on, and in "tab" and "seq" which of that page's requests this is.
func (a *app) webhookFieldSave(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	field := store.Field(form.Get("field"))
	if labelOf(field) == "" {
		return badForm("There is no such field.")
	}
	change, err := a.fieldChange(c, field, form)
	if err != nil {
		return a.answerRefusal(c, bot, field, form, err)
	}
	w, err := a.saveWebhook(c, bot.ID, change)
	if err != nil {
		return a.answerRefusal(c, bot, field, form, err)
	}
	return a.answerSaved(c, field, w)
}

// fieldChange reads one field of a form; what cannot be saved comes back as a *refusal.
func (a *app) fieldChange(c echo.Context, field store.Field, form url.Values) (store.WebhookChange, error) {
	change := store.WebhookChange{By: actorOf(c), Settle: settleTime}
	if err := setBase(&change, form.Get("base")); err != nil {
		return change, err
	}
	if err := setEdit(&change, form); err != nil {
		return change, err
	}
	if refused := a.readField(field, form, &change); refused != nil {
		return change, refused
	}
	return change, nil
}

// savedWebhook is the settings after a save, and what else the person must know about it.
type savedWebhook struct {
	store.Webhook
	undoable bool   // the page may take the edit back that this save belongs to
	moved    bool   // the URL's origin is another one now
	leakTo   string // the host that now gets headers which were typed for another one, "" if none does
}

// saveWebhook saves a change. It is the way by which page and API change settings.
func (a *app) saveWebhook(c echo.Context, botID uuid.UUID, change store.WebhookChange) (savedWebhook, error) {
	ctx := c.Request().Context()
	before, err := a.Store.Webhook(ctx, botID)
	if err != nil {
		return savedWebhook{}, fmt.Errorf("load webhook: %w", err)
	}
	w, err := a.Store.SaveWebhook(ctx, botID, change)
	if err != nil {
		return savedWebhook{}, fmt.Errorf("save webhook: %w", err)
	}
	saved := savedWebhook{Webhook: w, undoable: w.Undo != nil && change.Edit != nil && w.Undo.Edit.SameRun(*change.Edit)}
	if w.Version == before.Version {
		return saved, nil
	}
	if saved.moved = originOf(before.URL) != originOf(w.URL); saved.moved {
		saved.leakTo = leakedTo(urlBeforeEdit(before, w), w)
	}
	if saved.leakTo != "" {
		err = a.audit(c, "webhook.origin_change", botID, saved.leakTo, "from "+hostOf(urlBeforeEdit(before, w)))
	}
	return saved, err
}

// urlBeforeEdit is the URL that the headers were typed for: while one is being typed, several hosts come and go.
func urlBeforeEdit(before, after store.Webhook) string {
	if after.Undo != nil && after.Undo.Field == store.FieldURL {
		return after.Undo.URL
	}
	return before.URL
}
