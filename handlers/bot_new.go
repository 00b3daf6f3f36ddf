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
	return a.renderBotNew(c, http.StatusOK, views.BotForm{})
}

// renderBotNew fills in what every version of the page shows; form brings what was typed and refused.
func (a *app) renderBotNew(c echo.Context, status int, form views.BotForm) error {
	begin, err := a.Store.Beginning(c.Request().Context())
	if err != nil {
		return fmt.Errorf("load what new bots begin with: %w", err)
	}
	form.Page, form.Beginning, form.SendsTo = a.botNewFrame(c), begin.Name, hostOf(begin.URL)
	return a.render(c, status, views.BotNew(form))
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
		form := views.BotForm{Name: c.FormValue("name"), Empty: c.FormValue("empty") != "", Error: problem}
		return a.renderBotNew(c, http.StatusUnprocessableEntity, form)
	}
	twin, err := a.namesake(c.Request().Context(), name)
	if err != nil {
		return err
	}
	bot, err := a.newBot(c, name, c.FormValue("empty") != "")
	if err != nil {
		return err
	}
	if twin {
		if err := a.say(c, ui.Warn, "You have another bot called "+name+". You can rename this one under General."); err != nil {
			return err
		}
	}
	return seeOther(c, views.BotURL(bot.ID.String(), "settings/marketing"))
}

// newBot makes a bot that begins with the settings chosen for new bots, or empty.
func (a *app) newBot(c echo.Context, name string, empty bool) (store.Bot, error) {
	create := a.Store.CreateBot
	if empty {
		create = a.Store.CreateEmptyBot
	}
	bot, err := create(c.Request().Context(), name, actorOf(c))
	if err != nil {
		return bot, fmt.Errorf("create bot: %w", err)
	}
	return bot, nil
}

// namesake tells whether there is a bot that people call so. Two may have the same name; whoever makes the second should know.
func (a *app) namesake(ctx context.Context, name string) (bool, error) {
	found, err := a.Store.BotNames(ctx, store.BotFilter{Query: name})
	if err != nil {
		return false, fmt.Errorf("look for bots of the same name: %w", err)
	}
	return slices.ContainsFunc(found.Bots, func(b store.Bot) bool { return b.Called(name) }), nil
}
