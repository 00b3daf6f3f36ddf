package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"iozen/sender/alert"
	"iozen/sender/notify"
	"iozen/store"
	"iozen/views"
)

// attentionRead is how many bots the first page looks at, and shows, before it says that there are more.
const attentionRead = 50

// attention lists what somebody should look at now, the gravest first. The store knows which bots may have something; what
// they have is judged afresh, so that nothing stands here that was fixed a moment ago.
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
		for _, c := range alert.Concerns(b, hours, a.Now()) {
			list.Concerns = append(list.Concerns, concernRow(b, c))
		}
	}
	slices.SortStableFunc(list.Concerns, func(x, y views.Concern) int { return gravity(x) - gravity(y) })
	return list, nil
}

func gravity(c views.Concern) int {
	if c.Grave {
		return 0
	}
	return 1
}

// concernRow words a concern and leads to where it is fixed.
func concernRow(b store.BotState, c alert.Concern) views.Concern {
	row := views.Concern{
		Kind: concernKind(c), Grave: c.Grave, Bot: b.Name, Text: c.Text, Fix: c.Fix,
		Action: "Open settings", URL: views.BotURL(b.ID.String(), "settings/marketing"),
	}
	switch c.Kind {
	case alert.ConcernFailing:
		row.Action = failingAction(b.Health.LastCode)
	case alert.ConcernHeld:
		row.Action, row.URL = "Review held events", views.BotURL(b.ID.String(), "deliveries?status=held")
	case alert.ConcernSilent:
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
