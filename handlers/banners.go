package handlers

import (
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"iozen/sender/alert"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

const (
	// bannersShown is how many bots have a banner of their own; more would leave no room for the page.
	bannersShown = 3
	// troubledRead bounds what a page reads for its banners.
	troubledRead = 200
)

// banners say on every page which webhooks fail, will be switched off, or were. A page without them is better than none,
// so an error is only logged. A fragment has no room for them.
func (a *app) banners(c echo.Context) []views.Banner {
	if asksForFragment(c.Request()) || accountOf(c).Email == "" {
		return nil
	}
	troubled, err := a.Store.TroubledBots(c.Request().Context(), troubledRead)
	if err != nil {
		a.Log.WarnContext(c.Request().Context(), "load banners", "error", err)
		return nil
	}
	var banners []views.Banner
	for _, b := range troubled {
		for _, found := range alert.Alerts(b, nil, a.Now()) {
			if found.Grave {
				banners = append(banners, alertBanner(b, found))
			}
		}
	}
	return folded(banners)
}

func alertBanner(b store.BotState, c alert.Alert) views.Banner {
	return views.Banner{Kind: alertKind(c), Strong: b.Name, Text: c.Text, Action: "Open", URL: views.BotURL(b.ID.String(), "settings/marketing")}
}

// alertKind is red while events are lost to retries, and yellow for what waits for a person.
func alertKind(c alert.Alert) ui.Kind {
	if c.Kind == alert.Failing {
		return ui.Bad
	}
	return ui.Warn
}

// folded shows a few banners and counts the others.
func folded(banners []views.Banner) []views.Banner {
	more := len(banners) - bannersShown
	if more <= 0 {
		return banners
	}
	count := strconv.Itoa(more)
	if len(banners) >= troubledRead {
		count = fmt.Sprintf("%d or more", more)
	}
	return append(banners[:bannersShown:bannersShown], views.Banner{
		Kind: ui.Bad, Strong: count + " more", Text: "need attention.", Action: "Show all", URL: "/",
	})
}
