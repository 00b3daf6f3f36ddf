package attempt

import (
	"context"
	"sync/atomic"
)

// Departure is a request on its way from the engine to the wire. It can be recalled until its first byte is about to leave,
// and not afterwards. A client that ignores the departure in the context counts as having left from the start.
type Departure struct {
	state    atomic.Int32
	cancel   context.CancelFunc // ends what is done for the request
	recalled chan struct{}      // closed once that has ended
}

// The states of a departure.
const (
	departureMade     = iota // no client has taken it from the context yet
	departurePrepared        // a name is looked up, a connection made
	departureGone            // the first byte leaves
	departureRecalled        // it was recalled in time
)

type departureKey struct{}

// NewDeparture makes a departure and a context that carries it, and that ends when it is recalled. Call done when the
// request is over.
func NewDeparture(ctx context.Context) (with context.Context, d *Departure, done func()) {
	d = &Departure{recalled: make(chan struct{})}
	ctx, d.cancel = context.WithCancel(ctx)
	return context.WithValue(ctx, departureKey{}, d), d, d.cancel
}

func departureOf(ctx context.Context) *Departure {
	d, _ := ctx.Value(departureKey{}).(*Departure)
	return d
}

// prepare says that the request is being made, and whether it may be.
func (d *Departure) prepare() bool {
	return d == nil || d.state.CompareAndSwap(departureMade, departurePrepared)
}

// leave says that the first byte is about to be written, and whether it may be. If not, the request's context has ended.
func (d *Departure) leave() bool {
	if d == nil || d.state.CompareAndSwap(departurePrepared, departureGone) || d.state.Load() == departureGone {
		return true
	}
	<-d.recalled
	return false
}

// Recall takes the request back, if there is still time.
func (d *Departure) Recall() {
	switch {
	case d.state.CompareAndSwap(departureMade, departureRecalled):
	case d.state.CompareAndSwap(departurePrepared, departureRecalled):
		d.cancel()
		close(d.recalled)
	}
}

// IsRecalled says whether the request was taken back before anything left.
func (d *Departure) IsRecalled() bool { return d.state.Load() == departureRecalled }
