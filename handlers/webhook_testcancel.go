package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// webhookTestCancel cuts the caller's running test, on whichever server it runs. The result is the answer to the request that
// started it: a cancelled test is in the log like every other.
func (a *app) webhookTestCancel(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	key := testKey{webhookOf(c, bot.ID), accountOf(c).ID}
	if !a.tests.cancel(key) {
		if a.Store.Replicas() == 1 {
			return notFound("test under way")
		}
		a.Store.Tell(key.cancelWords())
	}
	if c.Request().Header.Get("Sec-Fetch-Mode") == "navigate" {
		return seeOther(c, webhookURL(c, bot.ID, "settings/marketing"))
	}
	return c.NoContent(http.StatusNoContent)
}
