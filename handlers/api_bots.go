package handlers

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

type botAnswer struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	CreatedAt instant `json:"created_at"`
}

type botsAnswer struct {
	Bots []botAnswer `json:"bots"`
	Next *string     `json:"next"`
}

func answerOfBot(b store.Bot) botAnswer {
	return botAnswer{b.ID.String(), b.Name, instant(b.CreatedAt)}
}

// apiBots lists the bots that the key opens, newest first: a bot's own key sees that bot.
func (a *app) apiBots(c echo.Context) error {
	r, err := readQuery(c, "limit", "cursor")
	if err != nil {
		return err
	}
	filter := store.BotFilter{Limit: r.limit("limit"), Cursor: r.text("cursor", maxTerm)}
	if len(r.problems) > 0 {
		return invalid(r.problems)
	}
	if own := keyOf(c).BotID; own != uuid.Nil {
		bot, err := a.Store.Bot(c.Request().Context(), own)
		if err != nil {
			return fmt.Errorf("load the key's bot: %w", err)
		}
		return answerJSON(c, http.StatusOK, botsAnswer{Bots: []botAnswer{answerOfBot(bot)}})
	}
	found, err := a.Store.BotNames(c.Request().Context(), filter)
	if err != nil {
		return fmt.Errorf("list bots: %w", err)
	}
	answer := botsAnswer{Bots: make([]botAnswer, len(found.Bots)), Next: orNull(found.Next)}
	for i, b := range found.Bots {
		answer.Bots[i] = answerOfBot(b)
	}
	return answerJSON(c, http.StatusOK, answer)
}

func (a *app) apiBotCreate(c echo.Context) error {
	var empty bool
	name, err := botNameBody(c, map[string]takeField{"empty": func(d *document, pointer string, value json.RawMessage) {
		empty, _ = d.boolean(pointer, value)
	}})
	if err != nil {
		return err
	}
	bot, err := a.newBot(c, name, empty)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/v1/bots/"+bot.ID.String())
	return answerJSON(c, http.StatusCreated, answerOfBot(bot))
}

func (a *app) apiBot(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return answerJSON(c, http.StatusOK, answerOfBot(bot))
}

func (a *app) apiBotRename(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	name, err := botNameBody(c, nil)
	if err != nil {
		return err
	}
	if bot, err = a.Store.RenameBot(c.Request().Context(), bot.ID, name, actorOf(c)); err != nil {
		return fmt.Errorf("rename bot: %w", err)
	}
	return answerJSON(c, http.StatusOK, answerOfBot(bot))
}

// apiBotDelete does not ask for the bot's name: a program that says DELETE means it.
func (a *app) apiBotDelete(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteBot(c.Request().Context(), bot.ID, actorOf(c)); err != nil {
		return fmt.Errorf("delete bot: %w", err)
	}
	return c.NoContent(http.StatusNoContent)
}

// botNameBody reads {"name":"…"}, with more fields.
func botNameBody(c echo.Context, more map[string]takeField) (string, error) {
	var name string
	given := false
	fields := map[string]takeField{"name": func(d *document, pointer string, value json.RawMessage) {
		given = true
		text, ok := d.text(pointer, value)
		if !ok {
			return
		}
		var problem string
		if name, problem = store.CheckName("bot", text); problem != "" {
			d.refuse(pointer, problem)
		}
	}}
	maps.Copy(fields, more)
	err := bodyFields(c, fields)
	if err == nil && !given {
		return "", invalid([]FieldError{{"/name", "is required"}})
	}
	return name, err
}
