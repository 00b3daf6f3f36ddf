package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// Copying settings takes two pages: the first chooses where, the second what, and shows what will change. Both are forms that
// need no script.

// copyPage chooses the endpoints that get the settings of this one, or the one whose settings this one gets.
func (a *app) copyPage(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	return a.renderCopy(c, http.StatusOK, bot, w, "")
}

func (a *app) renderCopy(c echo.Context, status int, bot store.Bot, w store.Webhook, problem string) error {
	ctx, asked := c.Request().Context(), c.QueryParams()
	begin, err := a.Store.Beginning(ctx)
	if err != nil {
		return fmt.Errorf("load what new bots begin with: %w", err)
	}
	source, err := a.endpointIn(ctx, w.WebhookID)
	if err != nil {
		return err
	}
	found, err := a.Store.BotNames(ctx, store.BotFilter{Query: asked.Get("q"), Cursor: asked.Get("cursor"), Limit: store.MaxCopyTargets})
	if err != nil {
		return fmt.Errorf("list bots: %w", err)
	}
	page := views.CopyPage{
		Page: a.botPage(c, bot.ID, bot.Name, "Copy settings"), WebhookRef: refOf(w.WebhookID), BotName: bot.Name, Source: source,
		URL: copyURL(w.WebhookID, nil), Into: asked.Get("into") != "", Query: asked.Get("q"), Cursor: asked.Get("cursor"), Error: problem,
		Begins: begin.WebhookID == w.WebhookID, Beginning: begin.Name,
	}
	kept(c, noteCopy(w.WebhookID), &page.Done)
	for _, b := range found.Bots {
		rows, err := a.copyRows(ctx, b, w.WebhookID, asked)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, rows...)
	}
	if found.Next != "" {
		page.Pager.OlderURL = copyURL(w.WebhookID, url.Values{"q": {asked.Get("q")}, "into": asked["into"], "cursor": {found.Next}})
	}
	if asked.Get("cursor") != "" {
		page.Pager.NewestURL = copyURL(w.WebhookID, url.Values{"q": {asked.Get("q")}, "into": asked["into"]})
	}
	page.AllURL = copyURL(w.WebhookID, url.Values{"q": {asked.Get("q")}, "cursor": {asked.Get("cursor")}, "all": {"1"}})
	return a.render(c, status, views.CopySettings(page))
}

// copyRows are the endpoints of a bot that settings may be copied to, or from.
func (a *app) copyRows(ctx context.Context, bot store.Bot, without store.WebhookID, asked url.Values) (rows []views.CopyRow, err error) {
	names, err := a.endpointNames(ctx, bot.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		id := store.WebhookID{BotID: bot.ID, N: n.N}
		if id == without {
			continue
		}
		row := views.CopyRow{
			Ref: copyRef(id), Name: bot.Name, Host: sendsTo(n.URL),
			PreviewURL: refOf(id).At("settings/copy/preview?into=1&to=" + copyRef(without)),
		}
		if len(names) > 1 {
			row.Name += " · " + n.Label()
		}
		row.Ticked = asked.Get("all") != "" || slices.Contains(asked["to"], row.Ref)
		rows = append(rows, row)
	}
	return rows, nil
}

func copyURL(id store.WebhookID, query url.Values) string {
	for name, values := range query {
		if len(values) == 0 || values[0] == "" {
			delete(query, name)
		}
	}
	page := refOf(id).At("settings/copy")
	if len(query) > 0 {
		page += "?" + query.Encode()
	}
	return page
}

// copyRef names an endpoint in a form; with a version it is that of its settings which a preview showed.
func copyRef(id store.WebhookID) string { return id.BotID.String() + "." + strconv.Itoa(id.N) }

// readCopyRef reads what copyRef made, with a version behind it or without.
func readCopyRef(text string) (to store.CopyTarget, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return to, false
	}
	var err error
	if to.BotID, err = uuid.Parse(parts[0]); err != nil {
		return to, false
	}
	if to.N = webhookNumber(parts[1]); to.N == 0 {
		return to, false
	}
	if len(parts) == 3 {
		version, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			return to, false
		}
		to.IfVersion = &version
	}
	return to, true
}
