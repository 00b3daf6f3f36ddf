package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/upkeep"
	"iozen/views"
	"iozen/views/ui"
)

// failureLag is how long before its failure an event may have come in: it waits for its turn, and its attempt takes up to
// 30 s.
const failureLag = 5 * time.Minute

// failedSince finds the events that did not get through since a moment, and wait for another attempt or have ended.
func failedSince(w store.Webhook, since time.Time) store.DeliveryFilter {
	return store.DeliveryFilter{
		BotID: w.BotID, Webhook: w.N, Status: []store.Status{store.Failed, store.Retrying}, From: since.Add(-failureLag),
	}
}

// failedEvents are the real events that did not get through before a test did; nil when there are none.
func (a *app) failedEvents(ctx context.Context, w store.Webhook) (*views.FailedEvents, error) {
	health, err := a.Store.Health(ctx, w.WebhookID)
	if err != nil {
		return nil, fmt.Errorf("load health: %w", err)
	}
	if health.FailingSince.IsZero() {
		return nil, nil
	}
	n, err := a.Store.CountResend(ctx, failedSince(w, health.FailingSince), countLimit+1)
	if err != nil || n == 0 {
		return nil, err
	}
	return &views.FailedEvents{
		Count: atMost(n) + " " + plural(n, "event", "events"), Since: health.FailingSince, Host: hostOf(w.URL),
		Sends: w.Sends(), PerSecond: upkeep.ResendRate,
	}, nil
}

// failedSend sends them again, a few each second; each goes out with the settings at that time.
func (a *app) failedSend(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	since, err := time.Parse(time.RFC3339Nano, c.FormValue("since"))
	if err != nil {
		return badForm("The form does not say since when.")
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return err
	}
	j, err := a.Store.StartResend(c.Request().Context(), failedSince(w, since), actorOf(c))
	if errors.Is(err, store.ErrExists) {
		return resendRuns()
	}
	if err != nil {
		return fmt.Errorf("start resend: %w", err)
	}
	page := webhookURL(c, bot.ID, "settings/marketing")
	said := views.Said{Kind: ui.OK, Text: "Resending what failed.", Undo: undoJob(j.ID, page)}
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.FailedSent(refOf(w.WebhookID), said))
	}
	if err := a.sayUndo(c, said.Kind, said.Text, said.Undo); err != nil {
		return err
	}
	return seeOther(c, page+"#jobs")
}
