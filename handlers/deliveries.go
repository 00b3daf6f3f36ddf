package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// botDeliveries is the log of one bot.
func (a *app) botDeliveries(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	held, err := a.heldNotes(c, bot.ID)
	if err != nil {
		return err
	}
	page := views.DeliveriesPage{
		Page: a.botPage(c, bot.ID, bot.Name, "Deliveries"), BotID: bot.ID.String(), BotName: bot.Name, Held: held,
	}
	return a.renderLog(c, page, w)
}

// allDeliveries is the log of all bots together.
func (a *app) allDeliveries(c echo.Context) error {
	return a.renderLog(c, views.DeliveriesPage{Page: a.page(c, "Deliveries", "deliveries")}, store.Webhook{})
}

// renderLog fills in the list that the address asks for. w is the webhook of the bot; the zero one for all bots.
func (a *app) renderLog(c echo.Context, page views.DeliveriesPage, w store.Webhook) error {
	ctx, asked, now := c.Request().Context(), c.QueryParams(), a.Now()
	if short := pageURL(c.Request().URL.Path, asked, asked.Get("cursor")); hasEmpty(asked) {
		return seeOther(c, short)
	}
	page.Live = a.liveOf(w.BotID)
	filter, problems := pageFilter(asked, w.BotID, now)
	found, err := a.Store.Deliveries(ctx, filter)
	if errors.Is(err, store.ErrBadCursor) {
		return seeOther(c, pageURL(c.Request().URL.Path, asked, ""))
	}
	if err != nil {
		return fmt.Errorf("list deliveries: %w", err)
	}
	page.Here = c.Request().URL.RequestURI()
	page.Editable = mayEdit(c)
	if err := a.fillFilter(ctx, &page, asked, problems, w); err != nil {
		return err
	}
	if err := a.addRows(ctx, &page, found.Deliveries); err != nil {
		return err
	}
	if err := a.addFigures(ctx, &page, asked, filter, looksOfPage); err != nil {
		return err
	}
	if page.Jobs, err = a.sendingJobs(ctx, filter.BotID, page.Editable, page.Here); err != nil {
		return err
	}
	addPages(&page, asked, found)
	page.Chosen = exportChoices(asked)
	if len(page.Rows) == 0 && !page.Filter.Active && !asked.Has("cursor") {
		if err := a.explainEmpty(c, &page, w); err != nil {
			return err
		}
	}
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.Log(page))
	}
	page.Scripts = []string{"js/log.js"}
	return a.render(c, http.StatusOK, views.Deliveries(page))
}

// addRows adds the rows of the log. Those of bots that have or had several endpoints name theirs.
func (a *app) addRows(ctx context.Context, page *views.DeliveriesPage, list []store.Delivery) error {
	endpoints := a.everyEndpointOnce(ctx)
	for _, d := range list {
		names, err := endpoints(d.BotID)
		if err != nil {
			return err
		}
		row := a.deliveryRow(d, *page)
		row.Endpoint = endpointOf(names, d.Webhook)
		page.Rows = append(page.Rows, row)
		page.Several = page.BotID != "" && len(names) > 1
	}
	return nil
}

func (a *app) fillFilter(ctx context.Context, page *views.DeliveriesPage, asked url.Values, problems []FieldError, w store.Webhook) error {
	names, err := a.Store.EventNames(ctx, w.BotID)
	if err != nil {
		return fmt.Errorf("load event names: %w", err)
	}
	page.Filter = logFilter(asked, problems, names)
	if page.BotID != "" {
		endpoints, err := a.everyEndpoint(ctx, w.BotID)
		if err != nil {
			return err
		}
		page.Filter.Endpoints = endpointOptions(endpoints, page.Filter.Endpoint)
	}
	page.Filter.Action = logURL(page.BotID)
	return nil
}

// logURL is the address of a bot's log, or of all bots' ("").
func logURL(botID string) string {
	if botID == "" {
		return "/deliveries"
	}
	return views.BotURL(botID, "deliveries")
}

// addPages adds links to the neighbouring pages, with the same filter.
func addPages(page *views.DeliveriesPage, asked url.Values, found store.DeliveryPage) {
	path := page.Filter.Action
	if asked.Get("cursor") != "" {
		page.NewestURL = pageURL(path, asked, "")
	}
	if found.Prev != "" {
		page.NewerURL = pageURL(path, asked, found.Prev)
	}
	page.SearchedTo = found.SearchedTo
	if found.Next != "" {
		page.OlderURL = pageURL(path, asked, found.Next)
	}
}

// hasEmpty says whether an address names a control that was left empty, as a form without JavaScript does.
func hasEmpty(asked url.Values) bool {
	for _, values := range asked {
		if slices.Contains(values, "") {
			return true
		}
	}
	return false
}

// pageURL is the address of a page of the same list; cursor "" is its beginning. Empty controls are left out.
func pageURL(path string, asked url.Values, cursor string) string {
	kept := url.Values{}
	for name, values := range asked {
		for _, value := range values {
			if value != "" && name != "cursor" {
				kept.Add(name, value)
			}
		}
	}
	if cursor != "" {
		kept.Set("cursor", cursor)
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + kept.Encode()
}

// pagerOf links to the neighbouring pages of any list that is read by cursor, with the same filter.
func pagerOf(path string, asked url.Values, prev, next string) (p views.Pager) {
	if asked.Get("cursor") != "" {
		p.NewestURL = pageURL(path, asked, "")
	}
	if prev != "" {
		p.NewerURL = pageURL(path, asked, prev)
	}
	if next != "" {
		p.OlderURL = pageURL(path, asked, next)
	}
	return p
}

// explainEmpty says what to do where there are no deliveries at all.
func (a *app) explainEmpty(c echo.Context, page *views.DeliveriesPage, w store.Webhook) error {
	if page.BotID == "" {
		bots, err := a.Store.BotNames(c.Request().Context(), store.BotFilter{Limit: 1})
		if err != nil {
			return fmt.Errorf("look for bots: %w", err)
		}
		page.HasBots = len(bots.Bots) > 0
		return nil
	}
	guide := a.webhookGuide(c, w)
	page.Guide = &guide
	return nil
}
