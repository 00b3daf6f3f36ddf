package db

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// inOneGroup runs operations in one transaction: it keeps the writer busy until all of them wait.
func inOneGroup(t *testing.T, db *DB, ops ...func(*tx) error) []error {
	t.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	go func() {
		_ = db.write(context.Background(), func(*tx) error { close(busy); <-free; return nil })
	}()
	<-busy
	answers := make([]chan error, len(ops))
	for i, op := range ops {
		answers[i] = make(chan error, 1)
		go func() { answers[i] <- db.write(context.Background(), op) }()
		for db.writer.Waiting() <= i {
			runtime.Gosched()
		}
	}
	close(free)
	errs := make([]error, len(ops))
	for i, answer := range answers {
		errs[i] = <-answer
	}
	return errs
}

// beat changes the one row of heartbeat, and counts how often it ran.
func beat(ran *int) func(*tx) error {
	return func(tx *tx) error {
		*ran++
		_, err := tx.exec(`UPDATE heartbeat SET beats = beats + 1`)
		return err
	}
}

func beats(t *testing.T, db *DB) (n int) {
	t.Helper()
	require.NoError(t, db.reader.Row(t.Context(), `SELECT beats FROM heartbeat`).Scan(&n))
	return n
}

var errRefused = errors.New("refused")

func TestAnOperationThatRefusesCostsTheOthersNothing(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	var first, last int
	errs := inOneGroup(t, db, beat(&first), func(*tx) error { return errRefused }, beat(&last))
	require.Equal(t, []error{nil, errRefused, nil}, errs)
	require.Equal(t, []int{1, 1, 2}, []int{first, last, beats(t, db)})
}

func TestAnOperationThatFailsAfterWritingIsTakenOut(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	var first, failing, last int
	errs := inOneGroup(t, db, beat(&first), func(tx *tx) error {
		failing++
		h, err := tx.healthOf(store.FirstWebhook(bot))
		if err != nil {
			return err
		}
		tx.move(h, "", store.Queued, 7)
		tx.move(h, "", store.Held, 7)
		tx.count(store.FirstWebhook(bot), store.CountAccepted, 0, 7)
		if _, err := tx.exec(`UPDATE heartbeat SET beats = beats + 100`); err != nil {
			return err
		}
		return errRefused
	}, beat(&last), func(tx *tx) error {
		h, err := tx.healthOf(store.FirstWebhook(bot))
		if err == nil {
			tx.move(h, "", store.Queued, 1)
		}
		return err
	})
	require.Equal(t, []error{nil, errRefused, nil, nil}, errs)
	require.Equal(t, []int{2, 1, 1, 2}, []int{first, failing, last, beats(t, db)}, "the others ran again without it")
	require.Equal(t, 1, db.Waiting(), "nor is anything left of what it counted in memory")
	s, err := db.BotSummary(t.Context(), bot)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0, 0}, []int{s.Waiting, s.Held, s.Daily[6].Total})
}

func TestWhatRunsAgainIsCountedOnce(t *testing.T) {
	db := openTest(t, testConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	acceptOne(t, db, bot)
	busy, free := make(chan struct{}), make(chan struct{})
	go func() {
		_ = db.write(context.Background(), func(*tx) error { close(busy); <-free; return nil })
	}()
	<-busy
	deleted, failed := make(chan int, 1), make(chan error, 1)
	go func() {
		n, _ := db.DeleteOldCounters(context.Background(), db.Now().Add(2*time.Hour), 100)
		deleted <- n
	}()
	waits := func(n int) {
		for db.writer.Waiting() < n {
			runtime.Gosched()
		}
	}
	waits(1)
	go func() {
		failed <- db.write(context.Background(), func(tx *tx) error { return errors.Join(beat(new(int))(tx), errRefused) })
	}()
	waits(2)
	close(free)
	require.ErrorIs(t, <-failed, errRefused)
	require.Equal(t, 1, <-deleted)
}

func TestAGroupHasOneNow(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	var seen [3]int64
	note := func(i int) func(*tx) error {
		return func(tx *tx) error { seen[i] = tx.now.UnixNano(); return nil }
	}
	inOneGroup(t, db, note(0), note(1), note(2))
	require.Equal(t, [3]int64{seen[0], seen[0], seen[0]}, seen)
}

func TestACancelledCallerWritesNothingOrLearnsWhatBecameOfIt(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	ran := 0
	for range 100 {
		require.ErrorIs(t, db.write(cancelled, beat(&ran)), context.Canceled)
	}
	require.Zero(t, ran)

	waiting, cancel := context.WithCancel(t.Context())
	errs := inOneGroup(t, db, func(tx *tx) error { cancel(); return nil }, func(tx *tx) error { return waiting.Err() })
	require.Equal(t, []error{nil, context.Canceled}, errs)
	underWay, cancel := context.WithCancel(t.Context())
	require.NoError(t, db.write(underWay, func(tx *tx) error { cancel(); return beat(&ran)(tx) }), "it was committed")
	require.Equal(t, 1, beats(t, db))
}

func TestClosingFinishesWhatGotIn(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	busy, free := make(chan struct{}), make(chan struct{})
	go func() {
		_ = db.write(context.Background(), func(*tx) error { close(busy); <-free; return nil })
	}()
	<-busy
	const n = 20
	answers, ran := make(chan error, n), 0
	for i := range n {
		go func() { answers <- db.write(context.Background(), beat(&ran)) }()
		for db.writer.Waiting() <= i {
			runtime.Gosched()
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	<-db.writer.Closing()
	require.ErrorIs(t, db.Ping(t.Context()), store.ErrClosed)
	close(free)
	for range n {
		require.NoError(t, <-answers)
	}
	require.NoError(t, <-closed)
	require.Equal(t, n, ran)
	require.ErrorIs(t, db.Ping(t.Context()), store.ErrClosed)
	require.NoError(t, db.Close(), "closing twice is harmless")
}

func TestALockedDatabaseIsUnavailableUntilItIsFree(t *testing.T) {
	config := migratedConfig(t)
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, db.writer.q.Run(t.Context(), `PRAGMA busy_timeout = 0`)) // nobody waits in this test
	config.Beside = true
	other := openTest(t, config)
	require.NoError(t, other.writer.q.Run(t.Context(), `BEGIN IMMEDIATE`))

	_, err = db.Accept(t.Context(), bot, testEvents(1))
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.ErrorIs(t, db.Ping(t.Context()), store.ErrUnavailable)
	_, err = db.Webhook(t.Context(), store.FirstWebhook(bot))
	require.NoError(t, err, "reading goes on")

	require.NoError(t, other.writer.q.Run(t.Context(), `ROLLBACK`))
	require.NoError(t, db.Ping(t.Context()))
	accepted, err := db.Accept(t.Context(), bot, testEvents(1))
	require.NoError(t, err)
	require.NotEqual(t, uuid.Nil, accepted[0].DeliveryID)
	require.Equal(t, 1, db.Waiting())
}
