package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// cutting is a database whose connection is cut at chosen commits.
type cutting struct {
	database
	t       *testing.T
	at      string // before, in or after the COMMIT
	commits int
	every   int
	cuts    atomic.Int64
}

func (c *cutting) Commit(ctx context.Context, conn *sql.Conn, q *statement.Statements) error {
	if c.commits++; c.commits%c.every != 0 {
		return c.database.Commit(ctx, conn, q)
	}
	c.cuts.Add(1)
	var pid uint32
	require.NoError(c.t, conn.Raw(func(driver any) error { pid = driver.(*stdlib.Conn).Conn().PgConn().PID(); return nil }))
	kill := fmt.Sprintf(`SELECT pg_terminate_backend(%d)`, pid)
	switch c.at {
	case "before":
		pgtest.Admin(c.t, kill)
	case "in":
		var killing sync.WaitGroup
		killing.Go(func() { pgtest.Admin(c.t, kill) })
		err := c.database.Commit(ctx, conn, q)
		killing.Wait()
		return errors.Join(err, conn.PingContext(ctx))
	case "after":
		require.NoError(c.t, c.database.Commit(ctx, conn, q))
		pgtest.Admin(c.t, kill)
		return errors.Join(errors.New("the answer was lost"), conn.PingContext(ctx))
	}
	return c.database.Commit(ctx, conn, q)
}

// answering is an endpoint that takes everything, and counts what it gets.
type answering struct {
	mu  sync.Mutex
	got map[string]int
}

func (a *answering) Attempt(_ context.Context, w store.Webhook, d store.Delivery) store.Attempt {
	a.mu.Lock()
	a.got[d.EventID]++
	a.mu.Unlock()
	return store.Attempt{BotID: d.BotID, DeliveryID: d.ID, StartedAt: time.Now(), WebhookVersion: w.Version, StatusCode: 200, Duration: time.Millisecond}
}

// What is accepted while connections are cut arrives, once. Leases are longer than this test takes: whatever a commit of
// unknown outcome has claimed must be found by itself.
func TestACutConnectionLosesNothingAndDoublesNothing(t *testing.T) {
	for _, at := range []string{"before", "in", "after"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			const clients, each = 8, 25
			db := openTest(t, Config{URL: pgtest.URL(t), Keys: secret.NewKeyring([32]byte{1}), Serving: true})
			bot, err := newSendingBot(t.Context(), db)
			require.NoError(t, err)
			cuts := &cutting{database: db.at, t: t, at: at, every: 7}
			require.NoError(t, db.write(t.Context(), func(*tx) error { db.writer.at = cuts; return nil })) // from the next commit on
			endpoint := &answering{got: map[string]int{}}
			e := engine.NewEngine(engine.EngineConfig{
				Queue: db, Client: endpoint, Schedule: outcome.DefaultSchedule, Now: time.Now, Jitter: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, e.Start(t.Context()))
			var posting sync.WaitGroup
			for range clients {
				posting.Go(func() {
					for _, event := range testEvents(each) {
						acceptAtLast(t, db, bot, event)
					}
				})
			}
			posting.Wait()
			require.Eventually(t, func() bool { return db.Waiting() == 0 }, time.Minute, 10*time.Millisecond)
			require.NoError(t, e.Stop(t.Context()))
			require.Positive(t, cuts.cuts.Load())
			t.Log(cuts.cuts.Load(), "cuts")
			require.Len(t, endpoint.got, clients*each)
			for id, times := range endpoint.got {
				require.Equal(t, 1, times, id)
			}
			requireAllDelivered(t, db, bot, clients*each)
		})
	}
}

// acceptAtLast posts an event again and again, as a client does that is answered 503.
func acceptAtLast(t *testing.T, db *DB, bot uuid.UUID, event store.NewDelivery) {
	for {
		_, err := db.Accept(t.Context(), bot, []store.NewDelivery{event})
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("accepting: %v", err)
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func requireAllDelivered(t *testing.T, db *DB, bot uuid.UUID, n int) {
	t.Helper()
	var rows, delivered, attempts, waiting, counted int
	require.NoError(t, db.reader.Row(t.Context(), `SELECT COUNT(*), COUNT(*) FILTER (WHERE status = 'delivered') FROM deliveries`).Scan(&rows, &delivered))
	require.NoError(t, db.reader.Row(t.Context(), `SELECT COUNT(*) FROM attempts`).Scan(&attempts))
	require.NoError(t, db.reader.Row(t.Context(), `SELECT SUM(waiting) FROM health`).Scan(&waiting))
	require.NoError(t, db.reader.Row(t.Context(), `SELECT SUM(count) FROM counters WHERE kind = ?`, store.CountDelivered).Scan(&counted))
	require.Equal(t, []int{n, n, n, 0, n}, []int{rows, delivered, attempts, waiting, counted})
}

func openServing(t *testing.T) (*DB, string) {
	t.Helper()
	url := pgtest.URL(t)
	return openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1}), Serving: true}), url
}

func TestAConnectionThatWasCutWhileNobodyWroteCostsNobodyAnything(t *testing.T) {
	db, url := openServing(t)
	require.NoError(t, db.Ping(t.Context()))
	for range 3 {
		require.Positive(t, pgtest.CutAll(t, url))
		require.NoError(t, db.Ping(t.Context()))
	}
}

func TestWritesAreRefusedAtOnceWhileTheServerIsAway(t *testing.T) {
	db, url := openServing(t)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	pgtest.Admin(t, `ALTER DATABASE `+pgtest.Name(url)+` ALLOW_CONNECTIONS false`)
	pgtest.CutAll(t, url)
	for range 20 {
		_, err := db.Accept(t.Context(), bot, testEvents(1))
		require.ErrorIs(t, err, store.ErrUnavailable)
		require.True(t, IsUnavailable(db.Ping(t.Context())))
	}
	_, err = db.Webhook(t.Context(), store.FirstWebhook(bot))
	require.True(t, IsUnavailable(err), "%v", err)
	pgtest.Admin(t, `ALTER DATABASE `+pgtest.Name(url)+` ALLOW_CONNECTIONS true`)
	require.Eventually(t, func() bool { return db.Ping(t.Context()) == nil }, time.Minute, time.Millisecond)
	_, err = db.Accept(t.Context(), bot, testEvents(1))
	require.NoError(t, err)
}

func TestACommandThatWritesForLongIsWaitedForAndThenRefused(t *testing.T) {
	db, url := openServing(t)
	other := openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1}), Beside: true})
	require.NoError(t, db.writer.q.Run(t.Context(), `SET lock_timeout = '20ms'`)) // nobody waits for long in this test
	w := other.writer
	_, err := other.at.Begin(t.Context(), w.conn, w.q, false)
	require.NoError(t, err)
	for range 3 {
		require.ErrorIs(t, db.Ping(t.Context()), store.ErrUnavailable)
	}
	require.NoError(t, other.at.Rollback(t.Context(), w.conn, w.q))
	require.NoError(t, db.Ping(t.Context()))
}

// A transaction in which a statement has failed cannot be committed: PostgreSQL says so with no more than a word.
func TestACommitThatIsARollbackIsAnError(t *testing.T) {
	db, _ := openServing(t)
	var first, last int
	errs := inOneGroup(t, db, beat(&first), func(tx *tx) error {
		_, _ = tx.exec(`INSERT INTO bots (id, name, created_at, webhooks) VALUES (NULL, '', 0, 0)`) // whoever ignores it is refused
		return nil
	}, beat(&last))
	require.NoError(t, errs[0])
	require.ErrorContains(t, errs[1], "null value")
	require.NoError(t, errs[2])
	require.Equal(t, 2, beats(t, db))
	_, err := db.writer.at.Begin(t.Context(), db.writer.conn, db.writer.q, false)
	require.NoError(t, err)
	require.Error(t, db.writer.q.Run(t.Context(), `SELECT 1 / 0`))
	require.ErrorContains(t, db.writer.at.Commit(t.Context(), db.writer.conn, db.writer.q), "was rolled back")
}
