package store

import (
	"context"
	"log/slog"
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

// bell wakes one listener; ringing it twice is the same as once.
type bell chan struct{}

func (b bell) poke() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// Resender works off the resend jobs, at ResendPace each. It starts with those that a stop or crash left running.
type Resender struct {
	DB   *DB
	Wake func(botID uuid.UUID) // says that a bot has something to send now
	Log  *slog.Logger

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
		case <-r.DB.resends:
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
		after, bots, err := r.DB.StepResend(ctx, j, resendBatch)
		if err != nil {
			return false, err
		}
		for _, bot := range bots {
			r.Wake(bot)
		}
		running = running || after.State == ResendRunning
	}
	return running, nil
}
