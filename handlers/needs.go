package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/sender/alert"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// needs is what the menu says on every page. A page without it is better than none, so an error is only logged; and what
// a script puts into a page has no menu.
func (a *app) needs(c echo.Context) views.Needs {
	if asksForFragment(c.Request()) || accountOf(c).Email == "" {
		return views.Needs{}
	}
	list, err := a.attentionOf(c)
	if err != nil {
		a.Log.WarnContext(c.Request().Context(), "look for what needs attention", "error", err)
	}
	return needsOf(list)
}

func needsOf(list views.Attention) views.Needs {
	n := views.Needs{URL: "/needs"}
	if len(list.Alerts) > 0 {
		n.Count = strconv.Itoa(len(list.Alerts))
	}
	if list.More {
		n.Count += "+"
	}
	for _, c := range list.Alerts {
		n.Failing = n.Failing || c.Grave
	}
	return n
}

// needsNews is what a page that stays open asks for: what the menu says and, for a bot's page, its banners. Whoever opens
// the address itself is led to the list.
func (a *app) needsNews(c echo.Context) error {
	if !asksForFragment(c.Request()) {
		return seeOther(c, "/#attention")
	}
	list, err := a.attention(c.Request().Context())
	if err != nil {
		return err
	}
	n := needsOf(list)
	n.URL = c.Request().URL.RequestURI()
	var banners []views.Banner
	if id, err := uuid.Parse(c.QueryParam("bot")); err == nil {
		banners = a.botBanners(c, id, webhookNumber(c.QueryParam("settings")))
	}
	return a.render(c, http.StatusOK, views.NeedsNews(n, banners))
}

// botBanners say on a bot's own pages, and there alone, why its events do not get through. settings is the number of the
// webhook whose settings the page shows, 0 on every other page: there is nowhere else to go for that one.
func (a *app) botBanners(c echo.Context, id uuid.UUID, settings int) []views.Banner {
	states, err := a.statesOf(c.Request().Context(), id)
	if err != nil {
		a.Log.WarnContext(c.Request().Context(), "look at a bot for its banners", "error", err)
		return nil
	}
	var banners []views.Banner
	for _, s := range states {
		for _, found := range alert.Alerts(s, nil, a.Now()) {
			if found.Grave {
				banners = append(banners, alertBanner(s, found, s.N == settings))
			}
		}
	}
	return banners
}

// statesOf are the states of a bot's webhooks, by their numbers.
func (a *app) statesOf(ctx context.Context, id uuid.UUID) ([]store.BotState, error) {
	states, err := a.Store.BotStates(ctx, store.WebhookID{BotID: id}, store.MaxWebhooks)
	if err != nil {
		return nil, fmt.Errorf("load webhooks: %w", err)
	}
	return slices.DeleteFunc(states, func(s store.BotState) bool { return s.ID != id }), nil
}

func alertBanner(s store.BotState, found alert.Alert, onSettings bool) views.Banner {
	banner := views.Banner{Kind: alertKind(found), Strong: found.Of, Text: found.Text + " " + found.Fix}
	if !onSettings {
		banner.Action, banner.URL = "Open settings", refOf(s.WebhookID()).At("settings/marketing")
	}
	return banner
}

// alertKind is red while events do not get through, and yellow for what waits for a person.
func alertKind(c alert.Alert) ui.Kind {
	if c.Grave {
		return ui.Bad
	}
	return ui.Warn
}
