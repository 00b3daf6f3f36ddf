// Package notify tells people what happened to their webhooks: by e-mail, and by a webhook of the workspace.
//
//	look     what holds for the bots now is compared with what the last look found
//	compose  the changes become notifications, many of one kind a single one
//	outbox   what is due goes out, and again after a while if it did not arrive
//	mail     one e-mail
//	post     one request, by the very client of deliveries, behind its guard, signed
//
// It promises one notification per change, never per event: a change and what is told of it are written in one
// transaction, so that no restart and no second replica loses or repeats it. It never decides what a concern is and has
// no words of its own for it: those are package sender's.
package notify

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/sender/engine"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/worker"
)

const (
	// every is the time between two rounds: how long it may take until a change is told.
	every = 30 * time.Second
	// slowEvery is the time between two looks at all bots, for what changes by the day: silence and certificates.
	slowEvery = time.Hour
	// kept is how long notifications stay in the list.
	kept = 90 * 24 * time.Hour
)

// Config is what a Notifier works with. All but Mail are required.
type Config struct {
	Store     *db.DB
	Client    engine.Attempter
	Mail      *Mailer // nil: no e-mail
	PublicURL string  // of links; no slash at the end
	Now       func() time.Time
	NewID     func() uuid.UUID // UUIDv7
	Log       *slog.Logger
}

// Notifier makes rounds. Start returns at once, Stop when the round under way is over; both may be called twice.
type Notifier struct {
	Config
	lookedSlowly time.Time // at all bots

	life worker.Life
}

// New makes a notifier that stands still until Start.
func New(c Config) *Notifier { return &Notifier{Config: c} }

// Start begins the rounds. A change of settings begins one at once: it may have ended what was told, or be our own
// switching off.
func (n *Notifier) Start(ctx context.Context) {
	n.life.Start(ctx, worker.Rounds{Doing: "notifying", Log: n.Log, Retry: every, Listen: n.listen, Round: func(ctx context.Context) (time.Duration, error) {
		return every, n.Round(ctx)
	}})
}

func (n *Notifier) listen(ring func()) (end func()) {
	return n.Store.Subscribe(func(notices []store.Notice) {
		if slices.ContainsFunc(notices, func(notice store.Notice) bool { return notice.Is(store.Settings) }) {
			ring()
		}
	})
}

// Stop ends the rounds. What is being sent just now is finished, 30 s at most: cut off, it might arrive and be sent again.
func (n *Notifier) Stop() { n.life.Stop() }

// Round looks once and sends what is due. Rounds do not overlap.
func (n *Notifier) Round(ctx context.Context) error {
	if err := n.look(ctx); err != nil {
		return err
	}
	return n.sendDue(ctx)
}
