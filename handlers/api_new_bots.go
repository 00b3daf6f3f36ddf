package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

// beginningAnswer names the webhook whose settings new bots begin with.
type beginningAnswer struct {
	BeginWith *webhookRef `json:"begin_with"`
}

type webhookRef struct {
	BotID string `json:"bot_id"`
	N     int    `json:"n"`
}

// apiBeginning names the webhook whose settings new bots begin with.
func (a *app) apiBeginning(c echo.Context) error {
	b, err := a.Store.Beginning(c.Request().Context())
	if err != nil {
		return fmt.Errorf("load what new bots begin with: %w", err)
	}
	var answer beginningAnswer
	if !b.None() {
		answer.BeginWith = &webhookRef{b.BotID.String(), b.N}
	}
	return answerJSON(c, http.StatusOK, answer)
}

// apiBeginningPut chooses it; null: new bots begin empty.
func (a *app) apiBeginningPut(c echo.Context) error {
	id, given := store.WebhookID{}, false
	err := bodyFields(c, map[string]takeField{"begin_with": func(d *document, pointer string, value json.RawMessage) {
		if given = true; !isNull(value) {
			id = webhookNamed(d, pointer, value, nil)
		}
	}})
	if err == nil && !given {
		err = invalid([]FieldError{{"/begin_with", "is required; null lets new bots begin empty"}})
	}
	if err != nil {
		return err
	}
	if err := a.Store.BeginWith(c.Request().Context(), id, actorOf(c)); err != nil {
		return fmt.Errorf("choose what new bots begin with: %w", err)
	}
	return a.apiBeginning(c)
}
