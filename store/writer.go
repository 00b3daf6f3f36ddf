package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	// maxGroup bounds the operations of one transaction, so that the first of them is not kept waiting.
	maxGroup = 512
	// maxQueued bounds the operations that wait for the writer; past it callers wait to get in.
	maxQueued = 4096
)

// writer runs all writes on one connection. SQLite has one writer anyway; doing it in one goroutine
// turns concurrent writes into few transactions, so that one fsync serves many of them.
type writer struct {
	db    *sql.DB
	conn  *sql.Conn
	q     *stmts
	now   func() time.Time
	begin func(*stmts, time.Time) *tx

	queue   chan *writeOp
	closing chan struct{} // closed by close: nothing more gets in
	done    chan struct{} // closed when the goroutine has ended
	once    sync.Once
}

type writeOp struct {
	run  func(*tx) error
	done chan error
}

func newWriter(ctx context.Context, db *sql.DB, now func() time.Time, begin func(*stmts, time.Time) *tx) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		db: db, conn: conn, q: newStmts(conn), now: now, begin: begin,
		queue: make(chan *writeOp, maxQueued), closing: make(chan struct{}), done: make(chan struct{}),
	}
	go w.loop()
	return w, nil
}

// do queues an operation and waits until its transaction has committed. Once queued it is no longer
// cancelled by ctx: the caller must know what became of it.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	op := &writeOp{run: run, done: make(chan error, 1)}
	select {
	case <-w.closing:
		return ErrClosed
	default:
	}
	select {
	case w.queue <- op:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return ErrClosed
	}
	select {
	case err := <-op.done:
		return err
	case <-w.done: // the loop ended; it answered all it had taken
		select {
		case err := <-op.done:
			return err
		default:
			return ErrClosed
		}
	}
}

func (w *writer) loop() {
	defer close(w.done)
	for {
		select {
		case op := <-w.queue:
			w.commit(w.gather(op))
		case <-w.closing:
			for { // finish what got in
				select {
				case op := <-w.queue:
					w.commit(w.gather(op))
				default:
					return
				}
			}
		}
	}
}

// gather takes what waits, up to a group.
func (w *writer) gather(first *writeOp) []*writeOp {
	group := []*writeOp{first}
	for len(group) < maxGroup {
		select {
		case op := <-w.queue:
			group = append(group, op)
		default:
			return group
		}
	}
	return group
}

// commit runs a group in one transaction. An operation that refuses before it has written costs the others
// nothing; one that fails after writing is taken out, and the rest runs again without it.
func (w *writer) commit(group []*writeOp) {
	for len(group) > 0 {
		failed, err := w.try(group)
		if failed < 0 {
			for _, op := range group {
				if op != nil {
					op.done <- err
				}
			}
			return
		}
		group[failed].done <- err
		group = append(group[:failed:failed], group[failed+1:]...)
	}
}

// try returns the index of an operation that must be taken out with its error, or -1 and the outcome of the
// transaction for the operations that have not been answered yet; answered ones are set to nil.
func (w *writer) try(group []*writeOp) (failed int, err error) {
	ctx := context.Background() // a half-run group is never cut
	if err := w.q.run(ctx, `BEGIN IMMEDIATE`); err != nil {
		return -1, mapError(fmt.Errorf("beginning a transaction: %w", err))
	}
	rollback := func(i int, err error) (int, error) {
		if rerr := w.q.run(ctx, `ROLLBACK`); rerr != nil {
			err = errors.Join(err, rerr) // SQLite has rolled back by itself after some errors
		}
		return i, mapError(err)
	}
	tx := w.begin(w.q, w.now())
	refused := map[int]error{}
	for i, op := range group {
		tx.wrote = false
		if err := op.run(tx); err != nil {
			if tx.wrote || isDatabaseError(err) {
				return rollback(i, err)
			}
			refused[i] = err
		}
	}
	if err := tx.flush(); err != nil {
		return rollback(-1, err)
	}
	if err := w.q.run(ctx, `COMMIT`); err != nil {
		return rollback(-1, fmt.Errorf("committing: %w", err))
	}
	tx.committed()
	for i, err := range refused {
		group[i].done <- err
		group[i] = nil
	}
	return -1, nil
}

func isDatabaseError(err error) bool { return errors.Is(mapError(err), ErrUnavailable) }

func (w *writer) close() error {
	var err error
	w.once.Do(func() {
		close(w.closing)
		<-w.done
		w.q.close()
		err = errors.Join(w.conn.Close(), w.db.Close())
	})
	return err
}

// tx is one transaction of the writer, shared by the operations of a group. now is fixed once for all of them.
type tx struct {
	db    *DB
	q     *stmts
	now   time.Time
	wrote bool // the running operation has changed something

	// What many operations of a group change in the same row is kept here and written once by flush.
	health  map[uuid.UUID]*healthRow
	counts  map[counterKey]int
	waiting int // change of the number of deliveries that wait

	news map[uuid.UUID]bool // bots that changed
}

// exec runs a statement and returns how many rows it changed.
func (tx *tx) exec(query string, args ...any) (int64, error) {
	n, err := tx.q.exec(context.Background(), query, args...)
	if n > 0 {
		tx.wrote = true
	}
	return n, err
}

func (tx *tx) row(query string, args ...any) *sql.Row {
	return tx.q.row(context.Background(), query, args...)
}

func (tx *tx) rows(query string, args ...any) (*sql.Rows, error) {
	return tx.q.rows(context.Background(), query, args...)
}

func (tx *tx) flush() error {
	if err := tx.flushHealth(); err != nil {
		return err
	}
	return tx.flushCounters()
}

func (tx *tx) committed() {
	tx.db.waiting.Add(int64(tx.waiting))
	tx.db.watches.signal(tx.news)
}
