package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

func (a *app) botNewPage(c echo.Context) error {
	return a.render(c, http.StatusOK, views.BotNew(views.BotForm{Page: a.botNewFrame(c)}))
}

func (a *app) botNewFrame(c echo.Context) views.Page {
	p := a.page(c, "New bot", "bots")
	p.Crumbs = []views.Crumb{{Text: "Intake bots", URL: "/"}, {Text: "New bot"}}
	return p
}

// botCreate makes a bot and leads to its webhook settings, which come next.
func (a *app) botCreate(c echo.Context) error {
	name, problem := store.CheckName("bot", c.FormValue("name"))
	if problem != "" {
		form := views.BotForm{Page: a.botNewFrame(c), Name: c.FormValue("name"), Error: problem}
		return a.render(c, http.StatusUnprocessableEntity, views.BotNew(form))
	}
	bot, err := a.Store.CreateBot(c.Request().Context(), name, actorOf(c))
	if err != nil {
		return fmt.Errorf("create bot: %w", err)
	}
	return seeOther(c, views.BotURL(bot.ID.String(), "settings/marketing"))
}
