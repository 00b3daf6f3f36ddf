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
	store.SavedWebhook
	undoable bool // the page may take the edit back that this save belongs to
}

// saveWebhook saves a change. It is the way by which page and API change settings.
func (a *app) saveWebhook(c echo.Context, botID uuid.UUID, change store.WebhookChange) (savedWebhook, error) {
	saved, err := a.Store.ChangeWebhook(c.Request().Context(), botID, change)
	if err != nil {
		return savedWebhook{}, fmt.Errorf("save webhook: %w", err)
	}
	undoable := saved.Undo != nil && change.Edit != nil && saved.Undo.Edit.SameRun(*change.Edit)
	return savedWebhook{SavedWebhook: saved, undoable: undoable}, nil
}
