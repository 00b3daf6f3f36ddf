package store

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	housekeepEvery = time.Minute
	// housekeepBatch is how many rows one transaction removes or moves; housekeepPause lets others write between two.
	housekeepBatch = 200
	housekeepPause = 20 * time.Millisecond
	// countersFor is how long counters are kept at least: what is usual for a bot is told from some weeks of them.
	countersFor = 90 * 24 * time.Hour
)

// Housekeeper removes what is past its time: deliveries past retention, held events past HeldFor, rows of
// deleted bots, expired sessions and invitations, old audit entries; and it sums the counters of hours that are over.
// It works in small transactions, so that nobody waits for it.
type Housekeeper struct {
	DB        *DB
	Retention time.Duration // how long the log is kept; 0: for ever
	Log       *slog.Logger

	start  sync.Once
	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins the rounds, one each minute. Starting twice is harmless.
func (h *Housekeeper) Start(ctx context.Context) {
	h.start.Do(func() {
		ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
		h.done = make(chan struct{})
		go h.loop(ctx)
	})
}

// Stop ends the rounds and returns when the last one is over.
func (h *Housekeeper) Stop() {
	h.start.Do(func() { h.cancel, h.done = func() {}, make(chan struct{}); close(h.done) }) // never started
	h.cancel()
	<-h.done
}

func (h *Housekeeper) loop(ctx context.Context) {
	defer close(h.done)
	tick := time.NewTicker(housekeepEvery)
	defer tick.Stop()
	for {
		if err := h.Round(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("housekeeping", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Round does all there is to do once.
func (h *Housekeeper) Round(ctx context.Context) error {
	steps := []func(context.Context) (int, error){
		func(ctx context.Context) (int, error) { return h.DB.ExpireHeld(ctx, housekeepBatch) },
		func(ctx context.Context) (int, error) { return h.DB.Sweep(ctx, housekeepBatch) },
		func(ctx context.Context) (int, error) { return h.DB.DeleteOldAudit(ctx, housekeepBatch) },
	}
	if h.Retention > 0 {
		now := h.DB.cfg.Now()
		steps = append(steps, func(ctx context.Context) (int, error) {
			return h.DB.DeleteOld(ctx, now.Add(-h.Retention), housekeepBatch)
		}, func(ctx context.Context) (int, error) {
			return h.DB.DeleteOldPeople(ctx, now.Add(-h.Retention), housekeepBatch)
		}, func(ctx context.Context) (int, error) {
			return h.DB.DeleteOldCounters(ctx, now.Add(-max(h.Retention, countersFor)), housekeepBatch)
		})
	}
	steps = append(steps, func(ctx context.Context) (int, error) { return h.DB.GiveBack(ctx, housekeepBatch) })
	for _, step := range steps {
		for {
			n, err := step(ctx)
			if err != nil {
				return err
			}
			if n < housekeepBatch {
				break
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(housekeepPause):
			}
		}
	}
	if err := h.DB.DeleteExpiredInvitations(ctx); err != nil {
		return err
	}
	if err := h.DB.SumHours(ctx); err != nil {
		return err
	}
	return h.DB.DeleteExpiredSessions(ctx)
}
