package db

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

func TestAGroupTakesOfBothQueues(t *testing.T) {
	fill := func(w *writer, prompt, bulk, rows int) {
		for range prompt {
			w.queue <- &writeOp{}
		}
		for range bulk {
			w.bulk <- &writeOp{rows: rows}
		}
	}
	for _, c := range []struct {
		name                     string
		first                    *writeOp
		prompt, bulk, rows       int
		wantPrompt, wantBulkRows int
	}{
		{"alone", &writeOp{}, 0, 0, 0, 1, 0},
		{"few of both go together", &writeOp{}, 10, 10, 1, 11, 10},
		{"many settlements leave room for accepting", &writeOp{}, 2000, 2000, 1, maxGroup, maxBulkBeside},
		{"many events leave room for settling", &writeOp{rows: 1}, 2000, 2000, 1, maxGroup - 1, maxBulkBeside},
		{"events alone", &writeOp{rows: 1}, 0, 2000, 1, 0, maxBulk},
		{"arrays are counted by their events", &writeOp{}, 0, 100, 100, 1, 200},
		{"an array larger than a share goes too", &writeOp{}, 0, 3, 1000, 1, 1000},
		{"a large array does not shut out settlements", &writeOp{rows: 1000}, 50, 3, 1000, 50, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &writer{queue: make(chan *writeOp, maxQueued), bulk: make(chan *writeOp, maxQueued)}
			fill(w, c.prompt, c.bulk, c.rows)
			prompt, rows := 0, 0
			for _, op := range w.gather(c.first) {
				rows += op.rows
				if op.rows == 0 {
					prompt++
				}
			}
			require.Equal(t, c.wantPrompt, prompt)
			require.Equal(t, c.wantBulkRows, rows)
		})
	}
}

func TestOnlyClaimsDoNotWaitForTheDisk(t *testing.T) {
	db, err := Open(t.Context(), Config{URL: "sqlite:" + t.TempDir() + "/iozen.db", Keys: secret.NewKeyring([32]byte{1})})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	const normal, full = 1, 2
	for _, c := range []struct {
		name string
		lazy []bool // of the operations of one group
		want int
	}{
		{"a claim", []bool{true}, normal},
		{"an event", []bool{false}, full},
		{"claims again", []bool{true, true}, normal},
		{"an event among claims", []bool{true, false, true}, full},
	} {
		var group []*writeOp
		var got int
		for _, lazy := range c.lazy {
			group = append(group, &writeOp{lazy: lazy, done: make(chan error, 1), run: func(tx *tx) error {
				return tx.row(`PRAGMA synchronous`).Scan(&got)
			}})
		}
		before := db.Commits()
		db.writer.commit(group) // nothing else writes
		require.NoError(t, <-group[0].done, c.name)
		require.Equal(t, c.want, got, c.name)
		require.Equal(t, c.want == full, db.Commits() == before+1, c.name)
	}
}

func TestTooManyEventsThatWaitAreRefusedAtOnce(t *testing.T) {
	w := &writer{bulk: make(chan *writeOp, maxQueued), closing: make(chan struct{}), done: make(chan struct{})}
	for range maxBulkWaiting / 1000 {
		go func() { _ = w.doBulk(t.Context(), 1000, nil) }()
		op := <-w.bulk
		defer func() { op.done <- nil }()
	}
	require.ErrorIs(t, w.doBulk(t.Context(), 1, nil), store.ErrUnavailable)
}

// What was sent must be told from the history afterwards, also when the power fails between the claim and the next commit.
func TestTheFirstUseOfAVersionWaitsForTheDisk(t *testing.T) {
	db := openTest(t, testConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	_, err = db.Accept(t.Context(), bot, testEvents(3))
	require.NoError(t, err)
	for _, wantLazy := range []bool{false, true, true} {
		c, err := db.Claim(t.Context(), store.FirstWebhook(bot), 1, time.Minute)
		require.NoError(t, err)
		require.Len(t, c.Claims, 1)
		require.Equal(t, wantLazy, db.writer.lazy)
	}
}
