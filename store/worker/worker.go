// Package worker is the life of what works in the background: it makes rounds until it is stopped, and a round that fails
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
	Doing string // for the log: "housekeeping"
	Log   *slog.Logger
	// Round does one round and says how long to wait before the next, also after one that failed. Rounds do not overlap.
	Round func(ctx context.Context) (wait time.Duration, err error)
	// Retry is the wait after a round that panicked.
	Retry time.Duration
	// Listen, if there is one, is given what ends a wait, and returns what ends the listening. ring waits for nobody; ringing
	// twice during a round is the same as once.
	Listen func(ring func()) (end func())
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

// toldEvery is how often the log hears of the same trouble: some rounds follow each other within moments.
const toldEvery = time.Minute

func (r Rounds) run(ctx context.Context) {
	bell := make(chan struct{}, 1)
	if r.Listen != nil {
		defer r.Listen(func() {
			select {
			case bell <- struct{}{}:
			default: // one is waiting already
			}
		})()
	}
	var told string
	var toldAt time.Time
	for {
		wait := r.Retry
		err := rescue.Call(func() (err error) {
			wait, err = r.Round(ctx)
			return err
		})
		switch {
		case err == nil:
			told = ""
		case ctx.Err() == nil && (err.Error() != told || time.Since(toldAt) >= toldEvery):
			told, toldAt = err.Error(), time.Now()
			r.Log.Error(r.Doing, "error", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-bell:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}
