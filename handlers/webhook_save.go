package handlers

import (
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

// quietTime is how long nothing is sent after an edit of URL or headers on the page: a half-typed host may be somebody
// else's.
const quietTime = 5 * time.Second

// webhookFieldSave saves a single field (js/autosave.js). The form names the field and holds its controls; "base" says which
// version they were based on, "tab" and "seq" which of that page's requests this is.
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
	change := store.WebhookChange{By: actorOf(c), QuietFor: quietTime}
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

// savedWebhook is the settings after a save, and what the person must know about it.
type savedWebhook struct {
	store.SavedWebhook
	undoable bool // the page may undo the edit that this save belongs to
}

// saveWebhook saves a change, for the page and the API alike.
func (a *app) saveWebhook(c echo.Context, botID uuid.UUID, change store.WebhookChange) (savedWebhook, error) {
	saved, err := a.Store.ChangeWebhook(c.Request().Context(), webhookOf(c, botID), change)
	if err != nil {
		return savedWebhook{}, fmt.Errorf("save webhook: %w", err)
	}
	undoable := saved.Undo != nil && change.Edit != nil && saved.Undo.Edit.SameRun(*change.Edit)
	return savedWebhook{SavedWebhook: saved, undoable: undoable}, nil
}
