package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"iozen/sender/alert"
	"iozen/sender/notify"
	"iozen/store"
	"iozen/views"
)

// attentionRead is how many bots the first page looks at, and shows, before it says that there are more.
const attentionRead = 50

// attention lists what somebody should look at now, the gravest first. The store knows which bots may have something; what
// they have is judged at this moment, so that what was just fixed is no longer listed.
func (a *app) attention(ctx context.Context) (views.Attention, error) {
	var list views.Attention
	bots, err := a.Store.BotsNeedingAttention(ctx, attentionRead+1)
	if err != nil {
		return list, fmt.Errorf("look for what needs attention: %w", err)
	}
	if list.More = len(bots) > attentionRead; list.More {
		bots = bots[:attentionRead]
	}
	for _, b := range bots {
		hours, err := notify.Hours(ctx, a.Store, b, a.Now())
		if err != nil {
			return list, fmt.Errorf("look for silence: %w", err)
		}
		for _, c := range alert.Alerts(b, hours, a.Now()) {
			list.Alerts = append(list.Alerts, alertRow(b, c))
		}
	}
	slices.SortStableFunc(list.Alerts, func(x, y views.Alert) int { return gravity(x) - gravity(y) })
	return list, nil
}

// attentionOf is attention, asked once for each request: home lists what the menu of the same page counts.
func (a *app) attentionOf(c echo.Context) (views.Attention, error) {
	if list, known := c.Get(attentionContext).(views.Attention); known {
		return list, nil
	}
	list, err := a.attention(c.Request().Context())
	if err == nil {
		c.Set(attentionContext, list)
	}
	return list, err
}

func gravity(c views.Alert) int {
	if c.Grave {
		return 0
	}
	return 1
}

// alertRow words an alert and links to the place where it can be fixed.
func alertRow(b store.BotState, c alert.Alert) views.Alert {
	row := views.Alert{
		Kind: alertKind(c), Grave: c.Grave, Bot: c.Of, Text: c.Text, Fix: c.Fix,
		Action: "Open settings", URL: refOf(b.WebhookID()).At("settings/marketing"),
	}
	switch c.Kind {
	case alert.Failing:
		row.Action = failingAction(b.Health.LastCode)
	case alert.Held:
		row.Action, row.URL = "Review held events", views.BotURL(b.ID.String(), "deliveries?status=held")
		if b.Endpoint != "" {
			row.URL += "&webhook=" + strconv.Itoa(b.N)
		}
	case alert.Silent:
		row.Action, row.URL = "Show deliveries", views.BotURL(b.ID.String(), "deliveries")
	}
	return row
}

// failingAction names what is to be changed, where the answer tells.
func failingAction(code int) string {
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "Check headers"
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		return "Check URL"
	}
	return "Open settings"
}
