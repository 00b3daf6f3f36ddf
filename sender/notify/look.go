package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iozen/sender/alert"
	"iozen/store"
)

const (
	// lookAt bounds how many troubled bots one look reads; the next look reads the others, once these are recorded.
	lookAt = 10_000
	// lookPage is how many bots are read and changed at once.
	lookPage = 500
)

// look records which alerts began and ended since the last look. It looks for failing and switched-off webhooks in every
// round, among the few bots that have or had trouble; for silence and certificates once an hour, in all bots.
func (n *Notifier) look(ctx context.Context) error {
	found, err := n.alertStates(ctx)
	if err != nil {
		return err
	}
	if err := n.lookAtTroubled(ctx, found); err != nil {
		return err
	}
	now := n.Now()
	if now.Sub(n.lookedSlowly) < slowEvery {
		return nil
	}
	if err := n.lookAtAll(ctx, found, now); err != nil {
		return err
	}
	n.lookedSlowly = now
	if err := n.Store.DeleteOldNotifications(ctx, now.Add(-kept)); err != nil {
		return fmt.Errorf("removing old notifications: %w", err)
	}
	return nil
}

// alertStates are what the last look found, by webhook and kind.
func (n *Notifier) alertStates(ctx context.Context) (map[store.WebhookID]found, error) {
	list, err := n.Store.AlertStates(ctx)
	if err != nil {
		return nil, err
	}
	byWebhook := map[store.WebhookID]found{}
	for _, c := range list {
		if byWebhook[c.WebhookID] == nil {
			byWebhook[c.WebhookID] = found{}
		}
		byWebhook[c.WebhookID][c.Kind] = c
	}
	return byWebhook, nil
}

func (n *Notifier) lookAtTroubled(ctx context.Context, known map[store.WebhookID]found) error {
	troubled, err := n.Store.TroubledBots(ctx, lookAt)
	if err != nil {
		return err
	}
	var changes []store.AlertChange
	seen := map[store.WebhookID]bool{}
	for _, w := range troubled {
		seen[w.WebhookID()] = true
		changes = append(changes, troubleChanges(w, known[w.WebhookID()], n.Now())...)
	}
	for id, f := range known {
		if seen[id] || !f.holds(alert.Failing) && !f.holds(alert.SwitchedOff) {
			continue
		}
		w, err := n.Store.BotState(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted, with everything recorded about it
		}
		if err != nil {
			return err
		}
		changes = append(changes, troubleChanges(w, f, n.Now())...)
	}
	return n.change(ctx, changes)
}

func (n *Notifier) lookAtAll(ctx context.Context, known map[store.WebhookID]found, now time.Time) error {
	var after store.WebhookID
	for {
		page, err := n.Store.BotStates(ctx, after, lookPage)
		if err != nil || len(page) == 0 {
			return err
		}
		var changes []store.AlertChange
		for _, w := range page {
			hours, err := Hours(ctx, n.Store, w, now)
			if err != nil {
				return err
			}
			changes = append(changes, slowChanges(w, hours, known[w.WebhookID()], now)...)
		}
		if err := n.change(ctx, changes); err != nil {
			return err
		}
		after = page[len(page)-1].WebhookID()
	}
}

// Hours reads the counters of a bot that may be silent; for the others one row shows that they are not. Its first webhook
// stands for the bot: it gets every event.
func Hours(ctx context.Context, counters Counters, b store.BotState, now time.Time) ([]store.HourCount, error) {
	if b.N != 1 {
		return nil, nil
	}
	last, err := counters.LastEventAt(ctx, b.ID)
	if err != nil || now.Sub(last) < 24*time.Hour {
		return nil, err
	}
	return counters.AcceptedHours(ctx, b.WebhookID(), now.AddDate(0, 0, -alert.SilenceDays), now)
}

func (n *Notifier) change(ctx context.Context, changes []store.AlertChange) error {
	if len(changes) == 0 {
		return nil
	}
	return n.Store.ChangeAlerts(ctx, changes, n.Mail != nil, func(fresh []store.AlertChange) []store.Notification {
		return compose(fresh, n.NewID)
	})
}
