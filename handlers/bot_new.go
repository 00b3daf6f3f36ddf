package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

const maxBotName = 100 // characters: what fits a table's cell and a heading

// checkBotName cleans a name and says what is wrong with it, or "".
func checkBotName(text string) (name, problem string) {
	name = store.CleanBotName(text)
	switch {
	case name == "" && strings.TrimSpace(text) != "":
		return name, "Give the bot a name: this has only characters that cannot be seen."
	case name == "":
		return name, "Give the bot a name."
	case utf8.RuneCountInString(name) > maxBotName:
		return name, "Use at most 100 characters."
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
		return name, "Use letters, digits and the like only."
	}
	return name, ""
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (a *app) botNewPage(c echo.Context) error {
	return a.render(c, http.StatusOK, views.BotNew(views.BotForm{Page: a.botNewFrame(c)}))
}

func (a *app) botNewFrame(c echo.Context) views.Page {
	p := a.page(c, "New bot", "bots")
	p.Crumbs = []views.Crumb{{Text: "Intake bots", URL: "/"}, {Text: "New bot"}}
	return p
}

// botCreate makes a bot and leads to its webhook settings: the next thing that anyone does with it.
func (a *app) botCreate(c echo.Context) error {
	name, problem := checkBotName(c.FormValue("name"))
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
