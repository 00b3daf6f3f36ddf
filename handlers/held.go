package handlers

import (
	"context"
	"fmt"

	"github.com/labstack/echo/v4"

	"iozen/views"
)

// releaseBatch is how many held events one transaction queues, so that accepting is never held up for long.
const releaseBatch = 500

// heldSend queues the events that came in while the webhook was off. A closed tab does not leave half of them behind.
func (a *app) heldSend(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(c.Request().Context())
	for {
		n, err := a.Store.ReleaseHeld(ctx, bot.ID, releaseBatch, actorOf(c))
		if err != nil {
			return fmt.Errorf("release held events: %w", err)
		}
		if n < releaseBatch {
			return a.backOr(c, views.BotURL(bot.ID.String(), "settings/marketing"))
		}
	}
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
