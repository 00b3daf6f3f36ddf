package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
)

type webhooksAnswer struct {
	Webhooks []*webhookAnswer `json:"webhooks"`
}

// apiWebhooks lists a bot's webhooks, in the order in which people see them.
func (a *app) apiWebhooks(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	all, err := a.Store.Webhooks(c.Request().Context(), bot.ID)
	if err != nil {
		return fmt.Errorf("list webhooks: %w", err)
	}
	answer := webhooksAnswer{Webhooks: make([]*webhookAnswer, len(all))}
	for i, w := range all {
		answer.Webhooks[i] = answerOfWebhook(w, a.Now())
	}
	return answerJSON(c, http.StatusOK, answer)
}

// apiWebhookAdd gives a bot another webhook. It takes what a PUT takes, and every key may be left out.
func (a *app) apiWebhookAdd(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	change, err := a.webhookFieldsOf(c)
	if err != nil {
		return err
	}
	w, err := a.Store.AddWebhookWith(c.Request().Context(), bot.ID, change)
	if err != nil {
		return a.refusedWebhook(c, fmt.Errorf("add webhook: %w", err))
	}
	c.Response().Header().Set("Location", "/v1/bots/"+bot.ID.String()+"/webhooks/"+strconv.Itoa(w.N))
	c.Response().Header().Set("ETag", etag(w.Version))
	return answerJSON(c, http.StatusCreated, answerOfWebhook(w, a.Now()))
}

// apiWebhookOrder sets the order in which people see a bot's webhooks.
func (a *app) apiWebhookOrder(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	numbers, err := orderBody(c)
	if err != nil {
		return err
	}
	if err := a.Store.OrderWebhooks(c.Request().Context(), bot.ID, numbers, actorOf(c)); err != nil {
		return fmt.Errorf("order webhooks: %w", err)
	}
	return a.apiWebhooks(c)
}

// orderBody reads {"order":[2,1]}.
func orderBody(c echo.Context) (numbers []int, err error) {
	given := false
	err = bodyFields(c, map[string]takeField{"order": func(d *document, pointer string, value json.RawMessage) {
		given = true
		d.list(pointer, value, func(d *document, pointer string, value json.RawMessage) {
			if n := webhookNumber(string(value)); n > 0 {
				numbers = append(numbers, n)
			} else {
				d.refuse(pointer, "must be the number of a webhook")
			}
		})
	}})
	if err == nil && !given {
		return nil, invalid([]FieldError{{"/order", "is required"}})
	}
	return numbers, err
}

// apiWebhookDelete removes one of several webhooks. Like the deletion of a bot it does not ask for the name.
func (a *app) apiWebhookDelete(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteWebhook(c.Request().Context(), webhookOf(c, bot.ID), actorOf(c)); err != nil {
		return fmt.Errorf("delete webhook: %w", err)
	}
	return c.NoContent(http.StatusNoContent)
}
