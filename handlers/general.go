package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// generalPage is Bot → Settings → General: renaming and deleting the bot.
func (a *app) generalPage(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return a.renderGeneral(c, http.StatusOK, bot, views.GeneralPage{Name: bot.Name, Saved: c.QueryParam("saved") == "1"})
}

// renderGeneral fills in what every version of the page shows; page brings what was typed and refused.
func (a *app) renderGeneral(c echo.Context, status int, bot store.Bot, page views.GeneralPage) error {
	count, err := a.Store.DeliveryCount(c.Request().Context(), bot.ID, countLimit+1)
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	page.Page = a.botPage(c, bot.ID, bot.Name, "General")
	page.BotID, page.BotName, page.NameToType = bot.ID.String(), bot.Name, bot.NameToType()
	if count > 0 {
		page.Deliveries = atMost(count) + " " + plural(count, "delivery", "deliveries")
	}
	return a.render(c, status, views.General(page))
}

func (a *app) generalSave(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	name, problem := store.CheckName("bot", c.FormValue("name"))
	if problem != "" {
		return a.renderGeneral(c, http.StatusUnprocessableEntity, bot, views.GeneralPage{Name: c.FormValue("name"), NameError: problem})
	}
	if _, err := a.Store.RenameBot(c.Request().Context(), bot.ID, name, actorOf(c)); err != nil {
		return fmt.Errorf("rename bot: %w", err)
	}
	return seeOther(c, views.BotURL(bot.ID.String(), "settings/general?saved=1"))
}

// botDelete requires the typed name, because the log is deleted with the bot.
func (a *app) botDelete(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	err = a.Store.DeleteBotCalled(c.Request().Context(), bot.ID, c.FormValue("confirm"), actorOf(c))
	if errors.Is(err, store.ErrOtherName) {
		if bot, err = a.bot(c); err != nil { // it may have been renamed just now
			return err
		}
		page := views.GeneralPage{Name: bot.Name, DeleteError: "This is not the bot's name. Type: " + bot.NameToType()}
		return a.renderGeneral(c, http.StatusUnprocessableEntity, bot, page)
	}
	if err != nil {
		return fmt.Errorf("delete bot: %w", err)
	}
	if err := a.sayUndo(c, ui.OK, bot.Name+" deleted.", views.BotURL(bot.ID.String(), "restore")); err != nil {
		return err
	}
	return seeOther(c, "/")
}

// botRestore takes the deletion back. It can for less than a minute; too late is no failure of the person who pressed.
func (a *app) botRestore(c echo.Context) error {
	id, err := idParam(c, "bot")
	if err != nil {
		return err
	}
	bot, err := a.Store.RestoreBot(c.Request().Context(), id, actorOf(c))
	if errors.Is(err, store.ErrNotFound) {
		if _, err := a.Store.Bot(c.Request().Context(), id); err == nil { // pressed twice
			return seeOther(c, views.BotURL(id.String(), "deliveries"))
		}
		return a.sayAt(c, "/", ui.Warn, "Too late to undo: the bot is gone.")
	}
	if err != nil {
		return fmt.Errorf("restore bot: %w", err)
	}
	return a.sayAt(c, views.BotURL(bot.ID.String(), "deliveries"), ui.OK, bot.Name+" is back.")
}
