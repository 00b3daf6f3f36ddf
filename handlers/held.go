package handlers

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// releaseBatch is how many held events one transaction queues, so that accepting is never held up for long.
const releaseBatch = 500

// heldSend queues the events that came in while the webhook was off.
func (a *app) heldSend(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	if !w.Sends() { // they would be held again at once
		return store.ErrOff
	}
	total := 0
	for {
		n, err := a.Store.ReleaseHeld(c.Request().Context(), bot.ID, releaseBatch)
		if err != nil {
			return fmt.Errorf("release held events: %w", err)
		}
		total += n
		if n < releaseBatch {
			break
		}
	}
	if err := a.audit(c, "held.send", bot.ID, "", fmt.Sprintf("%d events", total)); err != nil {
		return err
	}
	return a.backOr(c, views.BotURL(bot.ID.String(), "settings/marketing"))
}

// heldLeave ends the question; the events stay in the log and can be sent one by one.
func (a *app) heldLeave(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	if err := a.Store.LeaveHeld(c.Request().Context(), bot.ID, actorOf(c)); err != nil {
		return fmt.Errorf("leave held events: %w", err)
	}
	return a.backOr(c, views.BotURL(bot.ID.String(), "settings/marketing"))
}
