package handlers

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"iozen/views/ui"
)

// heldSend queues the events that came in while the webhook was off. It is a job: the page it came from shows its progress
// and its outcome.
func (a *app) heldSend(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	j, err := a.Store.StartRelease(c.Request().Context(), w.WebhookID, actorOf(c))
	if err != nil {
		return fmt.Errorf("release held events: %w", err)
	}
	if _, err := a.begun(c, j); err != nil {
		return err
	}
	page := nextOr(c, webhookURL(c, bot.ID, "settings/marketing"))
	if err := a.sayUndo(c, ui.OK, "Sending the held events.", undoJob(j.ID, page)); err != nil {
		return err
	}
	return seeOther(c, page)
}

// heldLeave dismisses the question; the events stay in the log and can be sent one by one.
func (a *app) heldLeave(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	if err := a.Store.LeaveHeld(c.Request().Context(), webhookOf(c, bot.ID), actorOf(c)); err != nil {
		return fmt.Errorf("leave held events: %w", err)
	}
	if err := a.say(c, ui.OK, "Held events left unsent. You can still send them one by one from the log."); err != nil {
		return err
	}
	return a.backOr(c, webhookURL(c, bot.ID, "settings/marketing"))
}
