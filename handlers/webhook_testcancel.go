package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// webhookTestCancel cuts the caller's running test. The result is the answer to the request that started it: a cancelled test
// is in the log like every other.
func (a *app) webhookTestCancel(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	if !a.tests.cancel(testKey{webhookOf(c, bot.ID), accountOf(c).ID}) {
		return notFound("test under way")
	}
	if c.Request().Header.Get("Sec-Fetch-Mode") == "navigate" {
		return seeOther(c, webhookURL(c, bot.ID, "settings/marketing"))
	}
	return c.NoContent(http.StatusNoContent)
}
