package store

import (
	"context"
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
	for {
		wait := resendPoll
		var running bool
		err := rescue.Call(func() (err error) {
			running, err = r.Round(ctx)
			return err
		})
		switch {
		case err != nil && ctx.Err() == nil:
			r.Log.Error("resending", "error", err)
		case running:
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

// Round makes one step of each running job, and says whether any goes on.
func (r *Resender) Round(ctx context.Context) (running bool, err error) {
	jobs, err := r.DB.ResendJobs(ctx, uuid.Nil, r.DB.cfg.Now().Add(time.Hour))
	if err != nil {
		return false, err
	}
	for _, j := range jobs {
		after, err := r.DB.StepResend(ctx, j, resendBatch)
		if err != nil {
			return false, err
		}
		running = running || after.State == ResendRunning
	}
	return running, nil
}
