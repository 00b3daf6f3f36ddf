package db

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/rescue"
	"iozen/store/upkeep"
)

// A write that panics is undone and fails; the writes beside it and after it are done.
func TestAWriteThatPanicsFailsAlone(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(`CREATE TABLE notes (n INTEGER)`)
		return err
	}))
	insert := func(tx *tx, n int) error {
		_, err := tx.exec(`INSERT INTO notes VALUES (?)`, n)
		return err
	}
	var writing sync.WaitGroup
	failed := make([]error, 60)
	for i := range failed {
		writing.Go(func() {
			failed[i] = db.write(t.Context(), func(tx *tx) error {
				switch i % 3 {
				case 0:
					panic("before")
				case 1:
					_ = insert(tx, -1)
					panic(errors.New("after"))
				}
				return insert(tx, i)
			})
		})
	}
	writing.Wait()
	for i, err := range failed {
		if i%3 == 2 {
			require.NoError(t, err)
			continue
		}
		var panicked *rescue.Panic
		require.ErrorAs(t, err, &panicked)
	}
	var n, undone int
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		return tx.row(`SELECT COUNT(*), COALESCE(SUM(n < 0), 0) FROM notes`).Scan(&n, &undone)
	}))
	require.Equal(t, []int{20, 0}, []int{n, undone})
}

// The rounds of a worker go on after one that panics.
func TestAWorkerWhoseRoundPanicsGoesOn(t *testing.T) {
	rounds := make(chan struct{}, 100) // room for every round there can be
	db := openTest(t, migratedConfig(t))
	db.reader.Statements = statement.New(poisoned(rounds), nil, db.noteState)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r := &upkeep.JobWorker{DB: db, Log: log}
	r.Start(context.Background())
	for range 3 {
		<-rounds
		db.feed.Notify([]store.Notice{{What: store.Jobs}})
	}
	r.Stop()
	for len(rounds) > 0 {
		<-rounds
	}
	h := &upkeep.Maintenance{DB: db, Log: log, Retention: store.Retention{Usual: time.Hour}}
	h.Start(context.Background())
	<-rounds
	h.Stop()
}

// poisoned is a database at whose sight every reader panics.
type poisoned chan struct{}

func (p poisoned) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	p <- struct{}{}
	panic("poisoned")
}

func (p poisoned) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	panic("poisoned")
}

func (p poisoned) QueryContext(context.Context, string, ...any) (*sql.Rows, error) { panic("poisoned") }

func (p poisoned) QueryRowContext(context.Context, string, ...any) *sql.Row { panic("poisoned") }
