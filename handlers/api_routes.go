package handlers

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

// apiRoute is one call of the API: who may make it, and which bot it is about.
type apiRoute struct {
	method, path string
	handle       echo.HandlerFunc
	needs        store.Role
	scope        scope
}

// scope refuses a key that belongs to another bot than the call is about. Each route has one: there is no default.
type scope func(*app, echo.Context) error

// apiRoutes is the API's part of the table of contents.
func (a *app) apiRoutes() []apiRoute {
	const post, read, write = store.RoleIngest, store.RoleViewer, store.RoleEditor
	return []apiRoute{
		{http.MethodPost, "/v1/bots/:id/events", a.apiEvents, post, ofBot},
		{http.MethodGet, "/v1/bots", a.apiBots, read, ofItsList},
		{http.MethodPost, "/v1/bots", a.apiBotCreate, write, ofAllBots},
		{http.MethodGet, "/v1/bots/:id", a.apiBot, read, ofBot},
		{http.MethodPatch, "/v1/bots/:id", a.apiBotRename, write, ofBot},
		{http.MethodDelete, "/v1/bots/:id", a.apiBotDelete, write, ofBot},
		{http.MethodGet, "/v1/bots/:id/webhook", a.apiWebhook, read, ofBot},
		{http.MethodPut, "/v1/bots/:id/webhook", a.apiWebhookPut, write, ofBot},
		{http.MethodPost, "/v1/bots/:id/webhook/test", a.apiWebhookTest, write, ofBot},
		{http.MethodPost, "/v1/bots/:id/webhook/copy", a.apiWebhookCopy, write, ofBot},
		{http.MethodGet, "/v1/bots/:id/webhooks", a.apiWebhooks, read, ofBot},
		{http.MethodPost, "/v1/bots/:id/webhooks", a.apiWebhookAdd, write, ofBot},
		{http.MethodPut, "/v1/bots/:id/webhooks", a.apiWebhookOrder, write, ofBot},
		{http.MethodGet, "/v1/bots/:id/webhooks/:n", a.apiWebhook, read, ofBot},
		{http.MethodPut, "/v1/bots/:id/webhooks/:n", a.apiWebhookPut, write, ofBot},
		{http.MethodDelete, "/v1/bots/:id/webhooks/:n", a.apiWebhookDelete, write, ofBot},
		{http.MethodPost, "/v1/bots/:id/webhooks/:n/test", a.apiWebhookTest, write, ofBot},
		{http.MethodPost, "/v1/bots/:id/webhooks/:n/copy", a.apiWebhookCopy, write, ofBot},
		{http.MethodPost, "/v1/bots/:id/webhooks/:n/held/send", a.apiHeldSend, write, ofBot},
		{http.MethodGet, "/v1/bots/:id/deliveries", a.apiDeliveries, read, ofBot},
		{http.MethodGet, "/v1/deliveries/:id", a.apiDelivery, read, ofDelivery},
		{http.MethodPost, "/v1/deliveries/:id/resend", a.apiDeliveryResend, write, ofDelivery},
		{http.MethodPost, "/v1/deliveries/:id/take-back", a.apiDeliveryTakeBack, write, ofDelivery},
		{http.MethodPost, "/v1/bots/:id/held/send", a.apiHeldSend, write, ofBot},
		{http.MethodGet, "/v1/new-bots", a.apiBeginning, read, ofAllBots},
		{http.MethodPut, "/v1/new-bots", a.apiBeginningPut, write, ofAllBots},
		{http.MethodPost, "/v1/people/erase", a.apiPersonErase, write, ofAllBots},
		{http.MethodGet, "/v1/jobs/:id", a.apiJob, read, ofJob},
		{http.MethodPost, "/v1/jobs/:id/stop", a.apiJobStop, write, ofJob},
		{http.MethodPost, "/v1/jobs/:id/take-back", a.apiJobTakeBack, write, ofJob},
	}
}

// ofBot is for routes whose :id is the bot.
func ofBot(_ *app, c echo.Context) error {
	id, err := idParam(c, "bot")
	if err != nil {
		return err
	}
	return keyAllows(c, id)
}

// ofDelivery is for routes whose :id is a delivery. It is loaded to learn its bot, and left for the handler.
func ofDelivery(a *app, c echo.Context) error {
	id, err := idParam(c, "delivery")
	if err != nil {
		return err
	}
	d, err := a.Store.Delivery(c.Request().Context(), id)
	if err != nil {
		return fmt.Errorf("load delivery %s: %w", id, err)
	}
	c.Set(deliveryContext, d)
	return keyAllows(c, d.BotID)
}

// ofJob is for routes whose :id is a job, like ofDelivery. A job of all bots is not for a bot's own key.
func ofJob(a *app, c echo.Context) error {
	id, err := idParam(c, "job")
	if err != nil {
		return err
	}
	j, err := a.Store.Job(c.Request().Context(), id)
	if err != nil {
		return fmt.Errorf("load job: %w", err)
	}
	c.Set(jobContext, j)
	return keyAllows(c, j.BotID)
}

// ofAllBots is for calls that are not about a single bot: a key bound to one bot may not make them.
func ofAllBots(_ *app, c echo.Context) error { return keyAllows(c, uuid.Nil) }

// ofItsList is for lists in which a key bound to one bot sees only that bot.
func ofItsList(*app, echo.Context) error { return nil }
