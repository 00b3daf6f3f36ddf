package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store/rescue"
	"iozen/store/worker"
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

	life worker.Life
}

// Start begins to work. Starting twice is harmless.
func (r *Resender) Start(ctx context.Context) {
	r.life.Start(ctx, worker.Rounds{Doing: "resending", Log: r.Log, Retry: resendPoll, Listen: r.listen, Round: func(ctx context.Context) (time.Duration, error) {
		running, err := r.Round(ctx)
		if running {
			return resendEvery, err
		}
		return resendPoll, err
	}})
}

// listen hears of jobs that begin.
func (r *Resender) listen(ring func()) (end func()) {
	return r.DB.Subscribe(func(notices []Notice) {
		if slices.ContainsFunc(notices, func(n Notice) bool { return n.Is(Jobs) }) {
			ring()
		}
	})
}

// Stop returns when the step under way is over. Its jobs go on with the next start.
func (r *Resender) Stop() { r.life.Stop() }

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
