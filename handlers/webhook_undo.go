package handlers

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

// webhookUndo takes back the last edit of an open page, and answers like a save of that field.
func (a *app) webhookUndo(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	var change store.WebhookChange
	if err := setBase(&change, form.Get("base")); err != nil {
		return err
	}
	if err := setEdit(&change, form); err != nil {
		return err
	}
	w, fields, err := a.Store.UndoWebhook(c.Request().Context(), webhookOf(c, bot.ID), store.WebhookUndo{
		Version: *change.Base, Edit: *change.Edit, QuietFor: quietTime, By: actorOf(c),
	})
	if err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	return a.answerUndone(c, fields[0], w)
}
