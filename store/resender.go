package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"iozen/store/rescue"
)

const (
	// ResendPace is how many deliveries a job puts back in a second: fast enough for a day's failures in minutes, slow
	// enough that an endpoint which has just come back stays up.
	ResendPace = 50

	resendEvery = 500 * time.Millisecond
	resendBatch = ResendPace / 2
	// resendPoll finds jobs that another process started.
	resendPoll = 10 * time.Second
)

// Resender works off the resend jobs, at ResendPace each. It starts with those that a stop or crash left running.
type Resender struct {
	DB  *DB
	Log *slog.Logger

	start  sync.Once
	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins to work. Starting twice is harmless.
func (r *Resender) Start(ctx context.Context) {
	r.start.Do(func() {
		ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
		r.done = make(chan struct{})
		go r.loop(ctx)
	})
}

// Stop returns when the step under way is over. Its jobs go on with the next start.
func (r *Resender) Stop() {
	r.start.Do(func() { r.cancel, r.done = func() {}, make(chan struct{}); close(r.done) }) // never started
	r.cancel()
	<-r.done
}

func (r *Resender) loop(ctx context.Context) {
	defer close(r.done)
	begun := make(chan struct{}, 1)
	defer r.DB.Subscribe(func(notices []Notice) {
		if slices.ContainsFunc(notices, func(n Notice) bool { return n.Is(Jobs) }) {
			select {
			case begun <- struct{}{}:
			default: // one signal is waiting already
			}
		}
	})()
	told := ""
	for {
		var running bool
		err := rescue.Call(func() (err error) {
			running, err = r.Round(ctx)
			return err
		})
		switch {
		case err == nil:
			told = ""
		case ctx.Err() == nil && err.Error() != told: // the same trouble is told once, not twice a second
			told = err.Error()
			r.Log.Error("resending", "error", err)
		}
		wait := resendPoll
		if running {
			wait = resendEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-begun:
		case <-time.After(wait):
		}
	}
}

// Round makes one step of each running job, the oldest first, and says whether any goes on. A job that fails keeps no other
// from its step.
func (r *Resender) Round(ctx context.Context) (running bool, err error) {
	ids, err := r.DB.runningResends(ctx)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		err = errors.Join(err, rescue.Call(func() error {
			goesOn, err := r.step(ctx, id)
			running = running || goesOn
			return err
		}))
		if ctx.Err() != nil {
			return false, err
		}
	}
	return running, err
}

func (r *Resender) step(ctx context.Context, id uuid.UUID) (running bool, err error) {
	j, err := r.DB.resend(ctx, id)
	if err != nil {
		return false, err
	}
	after, err := r.DB.StepResend(ctx, j, resendBatch)
	if err != nil {
		return false, fmt.Errorf("resend %s: %w", id, err)
	}
	return after.State == ResendRunning, nil
}
