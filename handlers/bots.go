package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/views"
)

// botsPage is home: what needs attention, then the bots, those in trouble first, with what their webhooks do. A page that
// stays open asks for its parts at its own address.
func (a *app) botsPage(c echo.Context) error {
	ctx := c.Request().Context()
	query, number := c.QueryParam("q"), pageNumber(c.QueryParam("page"))
	page := views.BotsPage{Query: query, Live: a.liveOf(uuid.Nil)}
	page.Live.Parts = c.Request().URL.RequestURI()
	found, more, err := a.Store.HomeBots(ctx, query, number)
	if err != nil {
		return fmt.Errorf("list bots: %w", err)
	}
	sums, err := a.Store.HomeSums(ctx)
	if err != nil {
		return err
	}
	page.Sums = botSums(sums)
	for _, b := range found {
		page.Rows = append(page.Rows, botRow(b, a.Now()))
	}
	if query == "" && number == 0 {
		if page.Attention, err = a.attentionOf(c); err != nil {
			return err
		}
	}
	if number > 0 {
		page.PrevURL = botsURL(query, number-1)
	}
	if more {
		page.NextURL = botsURL(query, number+1)
	}
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.BotsNews(page))
	}
	page.Page = a.page(c, "Intake bots", "bots")
	page.Scripts = []string{"js/home.js"}
	return a.render(c, http.StatusOK, views.Bots(page))
}

// pagesMost bounds how far one may page: nobody reads on for so long.
const pagesMost = 10_000

// pageNumber reads ?page=2 as 1; what is no page is the first.
func pageNumber(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > pagesMost {
		return 0
	}
	return n - 1
}

func botsURL(query string, page int) string {
	values := url.Values{}
	if query != "" {
		values.Set("q", query)
	}
	if page > 0 {
		values.Set("page", strconv.Itoa(page+1))
	}
	if len(values) == 0 {
		return "/"
	}
	return "/?" + values.Encode()
}

// botHome and settingsHome lead to the page that a bot, or its settings, opens on.
func (a *app) botHome(c echo.Context) error { return a.toBotPage(c, "deliveries") }

func (a *app) settingsHome(c echo.Context) error { return a.toBotPage(c, "settings/marketing") }

func (a *app) toBotPage(c echo.Context, page string) error {
	id, err := idParam(c, "bot")
	if err != nil {
		return err
	}
	return seeOther(c, views.BotURL(id.String(), page))
}
