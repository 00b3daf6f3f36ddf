// Package worker runs what works in the background: it makes rounds until it is stopped, and a round that fails
// or panics is followed by the next.
package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"iozen/store/rescue"
)

// Rounds is what a worker does.
type Rounds struct {
	Doing string // for the log: "maintenance"
	Log   *slog.Logger
	// Round does one round and returns how long to wait before the next, even when it failed. Rounds do not overlap.
	Round func(ctx context.Context) (wait time.Duration, err error)
	// Retry is the wait after a round that panicked.
	Retry time.Duration
	// Listen, if not nil, is given a function that ends a wait, and returns one that ends the listening. wake never blocks; calling it
	// twice during a round is the same as once.
	Listen func(wake func()) (end func())
}

// Life starts and stops one worker. Its zero value is a worker that has not started.
type Life struct {
	once   sync.Once
	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins the rounds; only Stop ends them, not ctx. Starting twice, or after a stop, is harmless.
func (l *Life) Start(ctx context.Context, r Rounds) {
	l.once.Do(func() {
		ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
		l.done = make(chan struct{})
		go func() {
			defer close(l.done)
			r.run(ctx)
		}()
	})
}

// Stop ends the rounds and returns when the one under way is over. Stopping twice is harmless, as is stopping what never
// started.
func (l *Life) Stop() {
	l.once.Do(func() { l.cancel, l.done = func() {}, make(chan struct{}); close(l.done) })
	l.cancel()
	<-l.done
}

// reportEvery is how often the log hears of the same trouble: some rounds follow each other within moments.
const reportEvery = time.Minute

func (r Rounds) run(ctx context.Context) {
	wake := make(chan struct{}, 1)
	if r.Listen != nil {
		defer r.Listen(func() {
			select {
			case wake <- struct{}{}:
			default: // one is waiting already
			}
		})()
	}
	var reported string
	var reportedAt time.Time
	for {
		wait := r.Retry
		err := rescue.Call(func() (err error) {
			wait, err = r.Round(ctx)
			return err
		})
		switch {
		case err == nil:
			reported = ""
		case ctx.Err() == nil && (err.Error() != reported || time.Since(reportedAt) >= reportEvery):
			reported, reportedAt = err.Error(), time.Now()
			r.Log.Error(r.Doing, "error", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}
