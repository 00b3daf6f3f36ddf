package member

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Membership is the place of a process among those that serve a database.
type Membership interface {
	Number() int64    // among those that write; 0: it is none now, or alone
	Living() []Member // by their ids, as they were last seen
	MayStart() bool   // nobody can have declared it dead
	Close() error

	// Watch begins to show that it lives, and to look after the others. Whoever joined calls it once he holds the membership: what
	// is told of it may ask for it.
	Watch(ctx context.Context)
}

// Serving is how a process takes part in serving a database.
type Serving struct {
	ID      uuid.UUID
	Times   Times
	Elapsed func() time.Duration // by a clock that nobody sets, and that goes on while the machine sleeps
	Heard   Heard
}

// Heard is what whoever keeps a membership is told of it.
type Heard struct {
	// Joined: it is about to be a member, at first or anew. What it has claimed before is not its own any more. It must return at
	// once.
	Joined func(number int64)
	// Looked: it has looked at all members, and these are to be declared dead; they are told of at every look until that is done.
	Looked func(ctx context.Context, silent []Member)
	// Trouble: it could not show that it lives, or not look.
	Trouble func(error)
}

// Alone is the membership of a process that nobody serves a database with.
type Alone struct{}

// Number is that of nobody.
func (Alone) Number() int64 { return 0 }

// Living are none.
func (Alone) Living() []Member { return nil }

// MayStart is true: nobody could declare it dead.
func (Alone) MayStart() bool { return true }

// Watch does nothing.
func (Alone) Watch(context.Context) {}

// Close does nothing.
func (Alone) Close() error { return nil }
