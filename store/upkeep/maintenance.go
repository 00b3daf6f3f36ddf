package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"iozen/store"
	"iozen/store/rescue"
	"iozen/store/worker"
)

const (
	maintenanceEvery = time.Minute
	// maintenanceBatch is how many rows one transaction removes or moves; maintenancePause lets others write between two.
	maintenanceBatch = 200
	maintenancePause = 20 * time.Millisecond
	// countersFor is how long counters are kept at least: some weeks of them show what is usual for a bot.
	countersFor = 90 * 24 * time.Hour
)

// maintained is what maintenance does with a database, in small transactions.
type maintained interface {
	Now() time.Time
	// Leads says that this process does what only one of those that serve the database does.
	Leads() bool
	RetentionDays(context.Context) (int, error)
	ExpireHeld(ctx context.Context, now time.Time, limit int) (int, error)
	Sweep(ctx context.Context, limit int) (int, error)
	WipeAgain(context.Context) error
	DeleteOldJobs(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteOldPutBacks(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteOldAudit(ctx context.Context, limit int) (int, error)
	DeleteOld(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteOldPeople(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteOldCounters(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteFuture(ctx context.Context, after time.Time, limit int) (int, error)
	GiveBack(ctx context.Context, limit int) (int, error)
	DeleteExpiredInvitations(context.Context, time.Time) error
	DeleteExpiredSessions(context.Context, time.Time) error
	SumHours(context.Context) error
	UpkeepTimes(context.Context) (trusted, future time.Time, err error)
	NoteUpkeep(ctx context.Context, trusted, future time.Time) error
	ReturnFromFuture(context.Context) error
	AnyAfter(context.Context, time.Time) (bool, error)
}

// Maintenance removes what is past its time: deliveries past retention, held events past HeldFor, rows of
// deleted bots, expired sessions and invitations, old audit entries; and it sums the counters of hours that are over.
// It works in small transactions, so that nobody waits for it. A clock that leaps deletes nothing (upkeepClock).
type Maintenance struct {
	DB        maintained
	Retention store.Retention // how long the log is kept, where the workspace does not say less
	Log       *slog.Logger
	Elapsed   func() time.Duration // never set, also when the machine sleeps; nil: since the first round

	life worker.Life

	// Of the rounds, of which one runs at a time.
	clock  upkeepClock
	future time.Time // when rows from the future were last made; zero: there are none
	was    time.Time // what the clock said in the last round
}

// Start begins the rounds, one each minute. Starting twice is harmless.
func (m *Maintenance) Start(ctx context.Context) {
	m.life.Start(ctx, worker.Rounds{Doing: "maintenance", Log: m.Log, Retry: maintenanceEvery, Round: func(ctx context.Context) (time.Duration, error) {
		return maintenanceEvery, m.Round(ctx)
	}})
}

// Stop ends the rounds and returns when the last one is over.
func (m *Maintenance) Stop() { m.life.Stop() }

// step is one kind of work. It does up to a batch of it and says how much that was.
type step struct {
	name string
	do   func(context.Context) (int, error)
}

// Round does everything once, in the process that leads. A step that fails or panics does not stop the others.
func (m *Maintenance) Round(ctx context.Context) error {
	if !m.DB.Leads() {
		m.clock, m.was = upkeepClock{}, time.Time{} // another follows the clock meanwhile
		return nil
	}
	if err := m.readClock(ctx); err != nil {
		return err
	}
	days, err := m.DB.RetentionDays(ctx)
	if err != nil {
		return fmt.Errorf("reading how long the log is kept: %w", err)
	}
	var failed error
	for _, s := range m.steps(m.clock.at, m.Retention.For(days)) {
		if err := rescue.Call(func() error { return untilDone(ctx, s.do) }); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

func (m *Maintenance) steps(now time.Time, kept time.Duration) []step {
	on := m.DB
	steps := []step{
		{"skipping what was held for too long", func(ctx context.Context) (int, error) { return on.ExpireHeld(ctx, now, maintenanceBatch) }},
		{"removing deleted bots", func(ctx context.Context) (int, error) { return on.Sweep(ctx, maintenanceBatch) }},
		{"emptying the write-ahead log", func(ctx context.Context) (int, error) { return 0, on.WipeAgain(ctx) }},
		{"removing old jobs", func(ctx context.Context) (int, error) {
			return on.DeleteOldJobs(ctx, now.Add(-jobsFor), maintenanceBatch)
		}},
		{"forgetting what was resent", func(ctx context.Context) (int, error) {
			return on.DeleteOldPutBacks(ctx, now.Add(-putBacksFor), maintenanceBatch)
		}},
		{"removing old audit entries", func(ctx context.Context) (int, error) { return on.DeleteOldAudit(ctx, maintenanceBatch) }},
	}
	if kept > 0 {
		old := now.Add(-kept)
		steps = append(steps,
			step{"removing old deliveries", func(ctx context.Context) (int, error) { return on.DeleteOld(ctx, old, maintenanceBatch) }},
			step{"removing old hashes of people", func(ctx context.Context) (int, error) { return on.DeleteOldPeople(ctx, old, maintenanceBatch) }},
			step{"removing old counters", func(ctx context.Context) (int, error) {
				return on.DeleteOldCounters(ctx, now.Add(-max(kept, countersFor)), maintenanceBatch)
			}})
		if !m.future.IsZero() && now.Sub(m.future) > kept {
			steps = append(steps, step{"removing deliveries from the future", func(ctx context.Context) (int, error) {
				return on.DeleteFuture(ctx, now.Add(leapSlack), maintenanceBatch)
			}})
		}
	}
	return append(steps,
		step{"giving space back", func(ctx context.Context) (int, error) { return on.GiveBack(ctx, maintenanceBatch) }},
		step{"removing expired invitations", func(ctx context.Context) (int, error) { return 0, on.DeleteExpiredInvitations(ctx, now) }},
		step{"summing counters", func(ctx context.Context) (int, error) { return 0, on.SumHours(ctx) }},
		step{"removing expired sessions", func(ctx context.Context) (int, error) { return 0, on.DeleteExpiredSessions(ctx, now) }})
}

// untilDone repeats a step until it finds less than a batch.
func untilDone(ctx context.Context, do func(context.Context) (int, error)) error {
	for {
		n, err := do(ctx)
		if err != nil || n < maintenanceBatch {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(maintenancePause):
		}
	}
}

// readClock decides which moment this round counts from, and moves what would wait for a clock that has since been set
// back.
func (m *Maintenance) readClock(ctx context.Context) error {
	if m.Elapsed == nil {
		began := time.Now()
		m.Elapsed = func() time.Duration { return time.Since(began) }
	}
	if m.clock.at.IsZero() {
		var err error
		if m.clock.at, m.future, err = m.DB.UpkeepTimes(ctx); err != nil {
			return err
		}
	}
	now := m.DB.Now()
	leapt := m.clock.leaping
	if leap := m.clock.step(now, m.Elapsed()); leap > 0 {
		m.future = m.clock.at // rows are stamped ahead now
		if !leapt {
			m.Log.Warn("the clock jumped ahead: nothing is deleted until it has stayed so", "by", leap.Round(time.Second), "for", LeapConfirmed)
		}
	} else if leapt {
		m.Log.Warn("the clock's jump is over, or has stayed: old entries are deleted again", "now", now.UTC())
	}
	if now.Before(m.was.Add(-leapSlack)) {
		if err := m.DB.ReturnFromFuture(ctx); err != nil {
			return err
		}
	}
	m.was = now
	if !m.clock.leaping {
		ahead, err := m.DB.AnyAfter(ctx, m.clock.at.Add(leapSlack))
		switch {
		case err != nil:
			return err
		case !ahead:
			m.future = time.Time{}
		case m.future.IsZero():
			m.future = m.clock.at
		}
	}
	return m.DB.NoteUpkeep(ctx, m.clock.at, m.future)
}

// putBacksFor is how long it is known what a delivery was before it was queued again: some time longer than the act can be
// taken back, so that pages can still say what came of that.
const putBacksFor = 3 * store.TakeBackFor

// jobsFor is how long a job is kept after its end.
const jobsFor = 24 * time.Hour
