package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// botsPage is the first page: what needs attention, then the bots, newest first, with what their webhooks do.
func (a *app) botsPage(c echo.Context) error {
	ctx := c.Request().Context()
	query, cursor := c.QueryParam("q"), c.QueryParam("cursor")
	found, err := a.Store.Bots(ctx, store.BotFilter{Query: query, Cursor: cursor})
	if err != nil {
		return fmt.Errorf("list bots: %w", err)
	}
	page := views.BotsPage{Page: a.page(c, "Intake bots", "bots"), Query: query, Paged: cursor != ""}
	if query == "" && cursor == "" {
		if page.Attention, err = a.attention(ctx); err != nil {
			return err
		}
	}
	for _, b := range found.Bots {
		page.Rows = append(page.Rows, botRow(b, a.Now()))
	}
	if found.Next != "" {
		page.NextURL = "/?" + url.Values{"q": {query}, "cursor": {found.Next}}.Encode()
	}
	return a.render(c, http.StatusOK, views.Bots(page))
}

// botHome and settingsHome lead to the first page of a bot, or of its settings.
func (a *app) botHome(c echo.Context) error { return a.toBotPage(c, "deliveries") }

func (a *app) settingsHome(c echo.Context) error { return a.toBotPage(c, "settings/marketing") }

func (a *app) toBotPage(c echo.Context, page string) error {
	id, err := idParam(c, "bot")
	if err != nil {
		return err
	}
	return seeOther(c, views.BotURL(id.String(), page))
}

func botRow(b store.BotSummary, now time.Time) views.BotRow {
	row := views.BotRow{ID: b.ID.String(), Name: b.Name, Last: b.Health.LastAttemptAt}
	row.Kind, row.Status = webhookStatus(b.Webhook, b.Health, now)
	if b.Health.LastOutcome != "" {
		row.Note = outcome.Diagnose(b.Health.LastOutcome, b.Health.LastCode, nil).Error
	}
	if b.Held > 0 {
		row.Held = strconv.Itoa(b.Held) + " held"
	}
	for _, day := range b.Daily {
		row.Days = append(row.Days, ui.Column{Total: day.Total, Failed: day.Failed})
		row.Events += day.Total
	}
	return row
}
