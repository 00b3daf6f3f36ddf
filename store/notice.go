package store

import (
	"context"
	"sync/atomic"
)

// What is what a commit changed about a webhook, besides what pages show: any combination of the constants.
type What uint8

// What a commit can change.
const (
	Due      What = 1 << iota // a delivery may be sent now, or sooner than before
	Settings                  // where to, how or whether the webhook sends: what was claimed before must not start
	Revoked                   // deliveries were taken back or ended: what was claimed before must not start
	Jobs                      // a job began
	Keys                      // an API key was revoked
)

// TakesBack are the changes that are answered only once everybody who serves the database knows of them.
const TakesBack = Settings | Revoked | Keys

// LookAtAll is the notice of a process that may have missed some: whatever it has claimed may have been taken back, and anything
// may be due.
var LookAtAll = Notice{What: Due | Settings | Revoked | Jobs | Keys}

// Notice says what one commit changed about a webhook; number 0: about its bot (uuid.Nil: about all bots together).
type Notice struct {
	WebhookID
	What What
}

// Is says whether any of these changed.
func (n Notice) Is(w What) bool { return n.What&w != 0 }

// Lateness is what a caller learns of an act besides its error: that it was made, and that another server of the same
// database has not confirmed it in time. The zero value says that all have.
type Lateness struct{ late atomic.Bool }

type latenessKey struct{}

// WithLateness returns a context by which the acts of a caller note that they are late.
func WithLateness(ctx context.Context) (context.Context, *Lateness) {
	l := &Lateness{}
	return context.WithValue(ctx, latenessKey{}, l), l
}

// NoteLate notes that an act was not confirmed by every server in time.
func NoteLate(ctx context.Context) {
	if l, ok := ctx.Value(latenessKey{}).(*Lateness); ok {
		l.late.Store(true)
	}
}

// Late says whether an act was late.
func (l *Lateness) Late() bool { return l.late.Load() }
