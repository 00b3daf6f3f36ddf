package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"iozen/store"
	"iozen/store/db/group"
	"iozen/store/db/statement"
	"iozen/store/rescue"
)

// writer does the groups of operations on one connection, each in one transaction.
type writer struct {
	*group.Writer[*tx]
	connection
	db     *DB
	begin  func(*statement.Statements, time.Time) *tx
	synced atomic.Int64 // commits that waited for the disk
}

// newWriter connects, and begins to write.
func newWriter(ctx context.Context, db *DB, pool *sql.DB, dialect statement.Dialect) (*writer, error) {
	w := &writer{connection: newConnection(db, pool, dialect), db: db, begin: db.begin}
	if err := w.connect(ctx); err != nil {
		return nil, err
	}
	w.Writer = group.Start(w.commit, w.again.C, w.reconnect)
	return w, nil
}

// write runs op in a transaction, together with others that come at the same time, and returns once it is
// on disk. op may run more than once (when another one fails), so it sets its results afresh each time. What it takes back has
// been dropped by then, by every process that serves the database, or the caller's context knows better (store.NoteLate).
func (db *DB) write(ctx context.Context, op func(*tx) error) error {
	link := db.link.Load()
	if link == nil {
		return db.writer.Do(ctx, op)
	}
	var ticket uint64
	err := db.writer.Do(ctx, func(tx *tx) error {
		ticket = 0
		err := op(tx)
		if err == nil && tx.took&store.TakesBack != 0 {
			ticket = tx.toConfirm(link)
		}
		return err
	})
	if err == nil && ticket > 0 && !link.Await(ctx, ticket) {
		store.NoteLate(ctx)
	}
	return err
}

// writeLazily is write for claims: a claim that a power cut undoes is as if it had never been made.
func (db *DB) writeLazily(ctx context.Context, op func(*tx) error) error {
	return db.writer.DoLazily(ctx, op)
}

// writeJoining is write for an operation that nobody waits for.
func (db *DB) writeJoining(ctx context.Context, op func(*tx) error) error {
	return db.writer.DoJoining(ctx, op)
}

// writeBulk is write for an operation of many rows that clients may send as often as they like: it gives way to others, and
// is refused with ErrUnavailable when too much waits. look says what it will ask for, before any operation of its group runs.
func (db *DB) writeBulk(ctx context.Context, rows int, look func(*tx), op func(*tx) error) error {
	return db.writer.DoBulk(ctx, rows, look, op)
}

// commit runs a group in one transaction. An operation that refuses before it has written costs the others nothing; one that
// fails after writing is taken out, and the rest runs again without it.
func (w *writer) commit(ops []*group.Op[*tx]) {
	together, shared := w.at.Together(), !slices.ContainsFunc(ops, func(op *group.Op[*tx]) bool { return !op.Beside })
	for len(ops) > 0 {
		failed, err := w.try(ops, together, shared)
		switch {
		case errors.Is(err, errUnsettled):
			together = false
			continue
		case errors.Is(err, errCollided):
			shared = false
			continue
		}
		if failed < 0 {
			for _, op := range ops {
				if op != nil {
					op.Answer(err)
				}
			}
			return
		}
		ops[failed].Answer(err)
		ops = append(ops[:failed:failed], ops[failed+1:]...)
	}
}

// errUnsettled says that what a group wrote together was not as its operations had expected: one of them will learn that
// when each row is written by itself.
var errUnsettled = errors.New("what was written together has to be written row by row")

// errCollided says that a group was in the way of one of another process: it runs again, with the database for itself.
var errCollided = errors.New("others have written the same at the same time")

// try returns the index of an operation that must be taken out with its error, or -1 and the outcome of the transaction for the
// operations that have not been answered yet; answered ones are set to nil.
func (w *writer) try(ops []*group.Op[*tx], together, shared bool) (failed int, err error) {
	ctx := context.Background() // a half-run group is never cut
	if err := w.beginFor(ctx, ops, shared); err != nil {
		return -1, err
	}
	tx := w.begin(w.q, w.db.cfg.Now())
	tx.lazy, tx.atOnce, tx.alone, tx.owner = w.lazy, !together, w.alone, w.db.Number()
	if err := w.look(tx, ops); err != nil {
		return -1, w.rollback(ctx, err)
	}
	refused, failed, err := w.runAll(tx, ops)
	if err == nil {
		err = rescue.Call(tx.flush)
	}
	if err != nil {
		return failed, w.abort(ctx, tx, shared, err)
	}
	if err := w.at.Commit(ctx, w.conn, w.q); err != nil {
		w.untold = append(w.untold, tx.notices()...)
		return -1, w.rollback(ctx, fmt.Errorf("committing: %w", err))
	}
	if !w.lazy {
		w.synced.Add(1)
	}
	tx.committed()
	w.replan(ctx)
	for i, err := range refused {
		ops[i].Answer(err)
		ops[i] = nil
	}
	return -1, nil
}

// runAll runs the operations of a group. One that refuses costs the others nothing; failed is one after which the transaction
// cannot go on, or -1.
func (w *writer) runAll(tx *tx, ops []*group.Op[*tx]) (refused map[int]error, failed int, err error) {
	refused = map[int]error{}
	for i, op := range ops {
		tx.wrote, tx.took, w.failed = false, 0, nil
		commits := len(tx.commits)
		err := rescue.Call(func() error { return op.Run(tx) })
		if tx.unsettled != nil {
			return nil, -1, tx.unsettled
		}
		if err == nil {
			err = w.failed // a transaction in which a statement has failed cannot be committed, whatever the operation made of it
		}
		if err == nil {
			continue
		}
		if w.spoils(tx, err) {
			return nil, i, err
		}
		tx.commits = tx.commits[:commits]
		refused[i] = err
	}
	return refused, -1, nil
}

// spoils says whether an operation has left the transaction as it must not be committed.
func (w *writer) spoils(tx *tx, err error) bool {
	var panicked *rescue.Panic // it may have stopped between two changes that belong together
	return tx.wrote || w.failed != nil || w.unavailable(err) || w.at.Collided(err) || errors.As(err, &panicked)
}

// look asks for all that the operations of a group will ask for, at once.
func (w *writer) look(tx *tx, ops []*group.Op[*tx]) error {
	if tx.atOnce {
		return nil
	}
	tx.events, tx.numbers = map[eventKey]knownEvent{}, map[int64]bool{}
	for _, op := range ops {
		if op.Look != nil {
			op.Look(tx)
		}
	}
	return tx.lookUp()
}

// abort ends the transaction of a group for an error. It is errCollided or errUnsettled if the group is to run again in another
// way; if the database is away, no other way helps.
func (w *writer) abort(ctx context.Context, tx *tx, shared bool, err error) error {
	if tx.unsettled != nil {
		err = tx.unsettled
	}
	collided := shared && w.at.Collided(err)
	err = w.rollback(ctx, err)
	switch {
	case collided: // what is wrong with the connection, the next try meets
		return fmt.Errorf("%w: %w", errCollided, err)
	case tx.unsettled != nil && !errors.Is(err, store.ErrUnavailable):
		return fmt.Errorf("%w: %w", errUnsettled, err)
	}
	return err
}

// beginFor begins the transaction of a group. Its commit waits for the disk unless every operation is lazy. A connection that
// was cut while nobody wrote is made anew first: nobody has lost anything.
func (w *writer) beginFor(ctx context.Context, ops []*group.Op[*tx], shared bool) error {
	lazy := !slices.ContainsFunc(ops, func(op *group.Op[*tx]) bool { return !op.Lazy })
	was := w.conn
	err := w.beginTransaction(ctx, lazy, shared)
	if err != nil && was != nil && w.conn == nil {
		if w.reconnect(); w.conn != nil {
			return w.beginTransaction(ctx, lazy, shared)
		}
	}
	return err
}

// doNow does one operation in the writer's own goroutine.
func (w *writer) doNow(run func(*tx) error) error {
	op := group.New(run, false)
	w.commit([]*group.Op[*tx]{op})
	return op.Err()
}

// reconnect connects again after a cut. A commit that was under way may have been made: what the process keeps in memory is
// read again, what it claimed and nobody got is due, and everybody is told to look.
func (w *writer) reconnect() {
	if w.conn != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectPatience)
	defer cancel()
	err := w.connect(ctx)
	if err == nil {
		err = w.db.takeUpAgain(ctx, readWriter{w.q, w.doNow})
	}
	if err != nil {
		w.cut()
		w.why = err
		return
	}
	w.pause = 0
	w.db.tell(w.untold)
	w.untold = nil
}

func (w *writer) close() error {
	w.Drain()
	return w.disconnect()
}
