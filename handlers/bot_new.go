package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
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
	twin, err := a.namesake(c.Request().Context(), name)
	if err != nil {
		return err
	}
	bot, err := a.Store.CreateBot(c.Request().Context(), name, actorOf(c))
	if err != nil {
		return fmt.Errorf("create bot: %w", err)
	}
	if twin {
		if err := a.say(c, ui.Warn, "You have another bot called "+name+". You can rename this one under General."); err != nil {
			return err
		}
	}
	return seeOther(c, views.BotURL(bot.ID.String(), "settings/marketing"))
}

// namesake tells whether there is a bot that people call so. Two may have the same name; whoever makes the second should know.
func (a *app) namesake(ctx context.Context, name string) (bool, error) {
	found, err := a.Store.BotNames(ctx, store.BotFilter{Query: name})
	if err != nil {
		return false, fmt.Errorf("look for bots of the same name: %w", err)
	}
	return slices.ContainsFunc(found.Bots, func(b store.Bot) bool { return b.Called(name) }), nil
}
