package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/sender/alert"
	"iozen/store"
	"iozen/store/db"
)

const (
	// lookAt bounds how many troubled bots one look reads; the next one reads on, when these are known.
	lookAt = 10_000
	// lookPage is how many bots are read and changed at once.
	lookPage = 500
)

// look notes what began and what ended since the last look. Troubles are looked for in every round, in the few bots that
// have or had some; silence and certificates once an hour, in all.
func (n *Notifier) look(ctx context.Context) error {
	found, err := n.conditions(ctx)
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

// conditions are what the last look found, by bot and kind.
func (n *Notifier) conditions(ctx context.Context) (map[uuid.UUID]found, error) {
	list, err := n.Store.Conditions(ctx)
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
	var changes []store.ConditionChange
	seen := map[uuid.UUID]bool{}
	for _, w := range troubled {
		seen[w.ID] = true
		changes = append(changes, troubleChanges(w, known[w.ID], n.Now())...)
	}
	for id, f := range known {
		if seen[id] || !f.holds(alert.ConcernFailing) && !f.holds(alert.ConcernSwitchedOff) {
			continue
		}
		w, err := n.Store.BotState(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted, with all that is known of it
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
		var changes []store.ConditionChange
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

// Hours reads the counters of a bot that may be silent; of the others one row tells that they are not.
func Hours(ctx context.Context, db *db.DB, b store.BotState, now time.Time) ([]store.HourCount, error) {
	last, err := db.LastEventAt(ctx, b.ID)
	if err != nil || now.Sub(last) < 24*time.Hour {
		return nil, err
	}
	return db.AcceptedHours(ctx, b.ID, now.AddDate(0, 0, -alert.SilenceDays), now)
}

func (n *Notifier) change(ctx context.Context, changes []store.ConditionChange) error {
	if len(changes) == 0 {
		return nil
	}
	return n.Store.ChangeConditions(ctx, changes, n.Mail != nil, func(fresh []store.ConditionChange) []store.Notification {
		return compose(fresh, n.NewID)
	})
}
