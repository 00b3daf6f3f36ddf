package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// botDeliveriesNews and allDeliveriesNews bring an open log up to date: the rows that it shows as they are now, and how many
// others there are. Their query is the log's, with the ids of its rows.
func (a *app) botDeliveriesNews(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return a.renderNews(c, views.DeliveriesPage{BotID: bot.ID.String(), BotName: bot.Name}, bot.ID)
}

func (a *app) allDeliveriesNews(c echo.Context) error {
	return a.renderNews(c, views.DeliveriesPage{}, uuid.Nil)
}

func (a *app) renderNews(c echo.Context, page views.DeliveriesPage, botID uuid.UUID) error {
	ctx, asked := c.Request().Context(), c.QueryParams()
	shown := shownIDs(asked.Get("shown"))
	asked.Del("shown")
	page.Filter.Action = logURL(page.BotID)
	page.Here = pageURL(page.Filter.Action, asked, asked.Get("cursor"))
	page.Editable = mayEdit(c)

	filter, _ := pageFilter(asked, botID, a.Now())
	filter.Cursor = ""
	newest, err := a.Store.Deliveries(ctx, filter)
	if err != nil {
		return fmt.Errorf("list deliveries: %w", err)
	}
	rows := newest.Deliveries
	if len(shown) > 0 {
		if rows, err = a.Store.DeliveriesByID(ctx, shown); err != nil {
			return err
		}
		page.Fresh = freshWords(newest, shown)
	}
	if botID != uuid.Nil {
		rows = slices.DeleteFunc(rows, func(d store.Delivery) bool { return d.BotID != botID })
	}
	if err := a.addRows(ctx, &page, rows); err != nil {
		return err
	}
	if page.Jobs, err = a.sendingJobs(ctx, botID, page.Editable, page.Here); err != nil {
		return err
	}
	page.NewestURL = pageURL(page.Filter.Action, asked, "")
	return a.render(c, http.StatusOK, views.DeliveriesNews(page))
}

// shownIDs reads the ids of the rows that a page shows; an invalid one is left out.
func shownIDs(text string) []uuid.UUID {
	var ids []uuid.UUID
	for part := range strings.SplitSeq(text, ",") {
		if id, err := uuid.Parse(part); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// freshWords counts the deliveries that a log would show now but does not: new ones, and others that now match the filter. An
// older one that only moved up into the page does not count. It is "" when there are none.
func freshWords(newest store.DeliveryPage, shown []uuid.UUID) string {
	oldest := slices.MinFunc(shown, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	n := 0
	for _, d := range newest.Deliveries {
		if !slices.Contains(shown, d.ID) && slices.Compare(d.ID[:], oldest[:]) > 0 {
			n++
		}
	}
	switch {
	case n == 0:
		return ""
	case n == len(newest.Deliveries) && newest.Next != "":
		return strconv.Itoa(n) + "+ new deliveries"
	case n == 1:
		return "1 new delivery"
	}
	return strconv.Itoa(n) + " new deliveries"
}
