package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"iozen/sender/engine"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// recentRows fit beside the settings.
const recentRows = 5

// webhookRecent is the column beside the settings alone, for a refresh.
func (a *app) webhookRecent(c echo.Context) error {
	bot, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	rows, err := a.recentDeliveries(ctx, w.WebhookID)
	if err != nil {
		return err
	}
	traffic, err := a.traffic(ctx, w)
	if err != nil {
		return err
	}
	list, err := a.endpoints(c, w.WebhookID)
	if err != nil {
		return err
	}
	jobs, err := a.jobsOfSettings(c, bot)
	if err != nil {
		return err
	}
	var steps *views.Steps
	if c.QueryParam("steps") != "" {
		if steps, err = a.stepsOf(ctx, traffic, mayEdit(c)); err != nil {
			return err
		}
	}
	return a.render(c, http.StatusOK, views.RecentNews(list, traffic.flow(bot.Name, views.WebhookLogURL(refOf(w.WebhookID), len(list.Rows) > 0)), steps, jobs, rows))
}

func (a *app) jobsOfSettings(c echo.Context, bot store.Bot) ([]views.JobView, error) {
	return a.sendingJobs(c.Request().Context(), bot.ID, mayEdit(c), webhookURL(c, bot.ID, "settings/marketing"))
}

func (a *app) recentDeliveries(ctx context.Context, id store.WebhookID) (r views.Recent, err error) {
	page, err := a.Store.Deliveries(ctx, store.DeliveryFilter{BotID: id.BotID, Webhook: id.N, Limit: recentRows})
	if err != nil {
		return r, fmt.Errorf("load recent deliveries: %w", err)
	}
	for _, d := range page.Deliveries {
		r.Rows = append(r.Rows, recentDelivery(d))
	}
	r.Waits, err = a.waits(ctx, id)
	return r, err
}

// waits says why events that are due for a webhook wait, and how many; "" when none do.
func (a *app) waits(ctx context.Context, id store.WebhookID) (string, error) {
	_, why := a.Engine.Waits(id)
	if why == "" {
		return "", nil
	}
	n, err := a.Store.DueCount(ctx, id, countLimit+1)
	if err != nil || n == 0 {
		return "", err
	}
	return fmt.Sprintf("%s. %s %s.", engine.WaitWords(why), atMost(n), plural(n, "event waits", "events wait")), nil
}

// recentDelivery words a delivery for the short list.
func recentDelivery(d store.Delivery) views.RecentDelivery {
	row := views.RecentDelivery{
		URL: "/deliveries/" + d.ID.String(), EventName: d.EventName, Test: d.Test, Sample: store.IsSample(d.EventID), Person: d.Person,
		At: d.CreatedAt, Answer: recentAnswer(d),
	}
	row.Kind, row.Icon, row.Status = recentStatus(d.Status)
	if d.Status == store.Retrying {
		row.Next = d.DueAt
	}
	return row
}

// recentAnswer is what stands behind a delivery: how long the endpoint took, which try it was, or what went wrong.
func recentAnswer(d store.Delivery) string {
	switch {
	case d.Attempts == 0:
		return ""
	case d.Status == store.Delivered && d.Attempts > 1 && !d.Test:
		return ordinal(d.Attempts) + " try"
	case d.Status == store.Delivered:
		return ui.Duration(d.LastDuration)
	}
	return answerWord(d)
}

func ordinal(n int) string {
	switch n {
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return strconv.Itoa(n) + "th"
}

func recentStatus(s store.Status) (kind ui.Kind, icon, word string) {
	switch s {
	case store.Delivered:
		return ui.OK, "check", "Delivered"
	case store.Failed:
		return ui.Bad, "x", "Failed"
	case store.Retrying:
		return ui.Warn, "refresh-cw", "Retrying"
	case store.Held:
		return ui.Warn, "pause", "Held"
	case store.Skipped:
		return ui.Muted, "ban", "Not sent"
	case store.Sending:
		return ui.Muted, "send", "Sending"
	}
	return ui.Muted, "clock", "Queued"
}

// tail is the end of an id, where ids differ. They are ASCII.
func tail(id string, length int) string { return id[max(0, len(id)-length):] }
