// Package notify notifies people of what happened to their webhooks, by email and by a webhook of the workspace.
//
//	look     compares the alerts that the bots have now with what the last look found
//	changes  decides which of the differences people are notified of
//	compose  makes notifications of changes, one of many changes of the same kind
//	outbox   sends what is due, and again later if it did not arrive
//	mail     sends one email
//	post     makes one request, with the client of deliveries, behind its guard, signed
//
// It promises one notification per change, never per event: a change and its notification are written in one transaction,
// so that no restart and no second replica loses or repeats it. It never decides what an alert is and has no words of its
// own for one: package alert has.
package notify

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/worker"
)

const (
	// every is the time between two rounds: how long it may take until people are notified of a change.
	every = 30 * time.Second
	// slowEvery is the time between two looks at all bots, for what changes by the day: silence and certificates.
	slowEvery = time.Hour
	// kept is how long notifications stay in the list.
	kept = 90 * 24 * time.Hour
)

// Store is what a Notifier needs of the database.
type Store interface {
	Counters

	// Leads says that this process does what only one of those that serve the database does.
	Leads() bool

	// Subscribe has notify called after each commit, until end is called; see db.DB.Subscribe.
	Subscribe(notify func([]store.Notice)) (end func())

	BotState(ctx context.Context, id store.WebhookID) (store.BotState, error)
	BotStates(ctx context.Context, after store.WebhookID, limit int) ([]store.BotState, error)
	TroubledBots(ctx context.Context, limit int) ([]store.BotState, error)

	AlertStates(context.Context) ([]store.AlertState, error)
	ChangeAlerts(ctx context.Context, changes []store.AlertChange, mail bool, compose func(fresh []store.AlertChange) []store.Notification) error

	ClaimNotifications(ctx context.Context, limit int, lease time.Duration) ([]store.NotificationSend, error)
	SettleNotification(ctx context.Context, s store.NotificationSend, dueAt time.Time, note string) error
	DeleteOldNotifications(ctx context.Context, before time.Time) error
	NotificationWebhook(context.Context) (store.NotificationWebhook, error)
}

// Counters are what Hours reads.
type Counters interface {
	LastEventAt(ctx context.Context, botID uuid.UUID) (time.Time, error)
	AcceptedHours(ctx context.Context, id store.WebhookID, from, to time.Time) ([]store.HourCount, error)
}

// Attempter makes one request and returns what became of it; attempt.Client is the real one.
type Attempter interface {
	Attempt(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt
}

// Config is what a Notifier works with. All but Mail are required.
type Config struct {
	Store     Store
	Client    Attempter
	Mail      *Mailer // nil: no email
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

// New makes a notifier that does nothing until Start.
func New(c Config) *Notifier { return &Notifier{Config: c} }

// Start begins the rounds. A change of settings begins one at once: it may have ended an alert, or be ioZen's own
// switching off.
func (n *Notifier) Start(ctx context.Context) {
	n.life.Start(ctx, worker.Rounds{Doing: "notifying", Log: n.Log, Retry: every, Listen: n.listen, Round: func(ctx context.Context) (time.Duration, error) {
		return every, n.Round(ctx)
	}})
}

func (n *Notifier) listen(wake func()) (end func()) {
	return n.Store.Subscribe(func(notices []store.Notice) {
		if slices.ContainsFunc(notices, func(notice store.Notice) bool { return notice.Is(store.Settings) }) {
			wake()
		}
	})
}

// Stop ends the rounds. What is being sent is finished, which takes 30 s at most: if it were cut off, it might arrive and be sent again.
func (n *Notifier) Stop() { n.life.Stop() }

// Round looks once and sends what is due. Rounds do not overlap.
func (n *Notifier) Round(ctx context.Context) error {
	if !n.Store.Leads() {
		return nil
	}
	if err := n.look(ctx); err != nil {
		return err
	}
	return n.sendDue(ctx)
}
