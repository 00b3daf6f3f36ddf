package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

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

// alertStates are what the last look found, by bot and kind.
func (n *Notifier) alertStates(ctx context.Context) (map[uuid.UUID]found, error) {
	list, err := n.Store.AlertStates(ctx)
	if err != nil {
		return nil, err
	}
	byBot := map[uuid.UUID]found{}
	for _, c := range list {
		if byBot[c.BotID] == nil {
			byBot[c.BotID] = found{}
		}
		byBot[c.BotID][c.Kind] = c
	}
	return byBot, nil
}

func (n *Notifier) lookAtTroubled(ctx context.Context, known map[uuid.UUID]found) error {
	troubled, err := n.Store.TroubledBots(ctx, lookAt)
	if err != nil {
		return err
	}
	var changes []store.AlertChange
	seen := map[uuid.UUID]bool{}
	for _, w := range troubled {
		seen[w.ID] = true
		changes = append(changes, troubleChanges(w, known[w.ID], n.Now())...)
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

func (n *Notifier) lookAtAll(ctx context.Context, known map[uuid.UUID]found, now time.Time) error {
	var after uuid.UUID
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
			changes = append(changes, slowChanges(w, hours, known[w.ID], now)...)
		}
		if err := n.change(ctx, changes); err != nil {
			return err
		}
		after = page[len(page)-1].ID
	}
}

// Hours reads the counters of a bot that may be silent; for the others one row shows that they are not.
func Hours(ctx context.Context, counters Counters, b store.BotState, now time.Time) ([]store.HourCount, error) {
	last, err := counters.LastEventAt(ctx, b.ID)
	if err != nil || now.Sub(last) < 24*time.Hour {
		return nil, err
	}
	return counters.AcceptedHours(ctx, b.ID, now.AddDate(0, 0, -alert.SilenceDays), now)
}

func (n *Notifier) change(ctx context.Context, changes []store.AlertChange) error {
	if len(changes) == 0 {
		return nil
	}
	return n.Store.ChangeAlerts(ctx, changes, n.Mail != nil, func(fresh []store.AlertChange) []store.Notification {
		return compose(fresh, n.NewID)
	})
}
