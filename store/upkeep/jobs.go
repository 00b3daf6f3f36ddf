package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/rescue"
	"iozen/store/worker"
)

const (
	// ResendRate is how many deliveries a resend puts back in a second: fast enough for a day's failures in minutes, slow
	// enough that an endpoint which has just come back stays up.
	ResendRate = 50

	resendEvery = 500 * time.Millisecond
	resendBatch = ResendRate / 2
	// releaseBatch is how many held events one transaction queues. They go behind new ones, at the rate that the endpoint
	// takes.
	releaseBatch = 500
	// eraseBatch is how many events of a person one transaction erases.
	eraseBatch = 100
	// actPause lets others write between two steps of a job without a limited rate.
	actPause = 20 * time.Millisecond
	// jobPoll finds jobs that another process started, and tries again those that failed.
	jobPoll = 10 * time.Second
)

// jobBatches are how many deliveries one step of a job takes.
var jobBatches = map[store.JobKind]int{store.JobResend: resendBatch, store.JobRelease: releaseBatch, store.JobErase: eraseBatch}

// worked is where the jobs are.
type worked interface {
	// Leads says that this process does what only one of those that serve the database does.
	Leads() bool
	RunningJobs(ctx context.Context, kinds []store.JobKind) ([]uuid.UUID, error)
	Job(context.Context, uuid.UUID) (store.Job, error)
	StepJob(ctx context.Context, j store.Job, limit int, without func([]byte) []byte) (store.Job, error)
	Subscribe(notify func([]store.Notice)) (end func())
}

// JobWorker works off the jobs: resends at ResendRate each, the others as fast as they go. It starts with those that a stop
// or crash left running.
type JobWorker struct {
	DB      worked
	Without func(payload []byte) []byte // makes the payload that an erasure keeps instead of a whole one
	Log     *slog.Logger

	resends, acts worker.Life // apart: neither slows the other down
}

// Start begins to work. Starting twice is harmless.
func (w *JobWorker) Start(ctx context.Context) {
	w.resends.Start(ctx, w.rounds("resending", resendEvery, store.JobResend))
	w.acts.Start(ctx, w.rounds("releasing and erasing", actPause, store.JobRelease, store.JobErase))
}

func (w *JobWorker) rounds(doing string, every time.Duration, kinds ...store.JobKind) worker.Rounds {
	return worker.Rounds{Doing: doing, Log: w.Log, Retry: jobPoll, Listen: w.listen, Round: func(ctx context.Context) (time.Duration, error) {
		running, err := w.round(ctx, kinds)
		if running {
			return every, err
		}
		return jobPoll, err
	}}
}

// listen wakes the worker when a job begins.
func (w *JobWorker) listen(wake func()) (end func()) {
	return w.DB.Subscribe(func(notices []store.Notice) {
		if slices.ContainsFunc(notices, func(n store.Notice) bool { return n.Is(store.Jobs) }) {
			wake()
		}
	})
}

// Stop returns when the steps under way are over. Their jobs go on with the next start.
func (w *JobWorker) Stop() {
	w.resends.Stop()
	w.acts.Stop()
}

// Round makes one step of each running job, the oldest first, and says whether any goes on. Only the process that leads makes
// them. A job that fails does not stop the others.
func (w *JobWorker) Round(ctx context.Context) (running bool, err error) {
	return w.round(ctx, []store.JobKind{store.JobResend, store.JobRelease, store.JobErase})
}

func (w *JobWorker) round(ctx context.Context, kinds []store.JobKind) (running bool, err error) {
	if !w.DB.Leads() {
		return false, nil
	}
	ids, err := w.DB.RunningJobs(ctx, kinds)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		err = errors.Join(err, rescue.Call(func() error {
			goesOn, err := w.step(ctx, id)
			running = running || goesOn
			return err
		}))
		if ctx.Err() != nil {
			return false, err
		}
	}
	return running, err
}

func (w *JobWorker) step(ctx context.Context, id uuid.UUID) (running bool, err error) {
	j, err := w.DB.Job(ctx, id)
	if err != nil {
		return false, err
	}
	after, err := w.DB.StepJob(ctx, j, jobBatches[j.Kind], w.Without)
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", j.Kind, id, err)
	}
	return after.State == store.JobRunning, nil
}
