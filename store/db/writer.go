package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/sqlite"
	"iozen/store/rescue"
)

const (
	// maxGroup bounds the operations of one transaction, so that the first of them is not kept waiting.
	maxGroup = 512
	// maxBulk bounds the rows of bulk operations in a transaction of nothing else.
	maxBulk = 512
	// maxBulkBeside bounds them while others wait: a group of both takes a few milliseconds, so that a claim comes
	// back before its endpoint stands idle, and accepting still has the larger part of the writer if it needs it.
	maxBulkBeside = 128
	// maxQueued bounds the operations that wait for the writer; past it callers wait to get in.
	maxQueued = 4096
	// joinFor is how long what nobody waits for may wait for another commit that takes it along, and maxJoining how much of
	// it waits at most.
	joinFor    = 25 * time.Millisecond
	maxJoining = 32
	// maxBulkWaiting bounds the rows of bulk operations that wait, in memory, for their commit.
	maxBulkWaiting = 20_000
)

// errBehind says that the writer is behind with events to accept.
var errBehind = fmt.Errorf("%w: too many events wait for their commit", store.ErrUnavailable)

// writer runs all writes on one connection. SQLite has one writer anyway; doing it in one goroutine
// turns concurrent writes into few transactions, so that one fsync serves many of them.
//
// It has three queues. Bulk operations are those that clients may send without end (accepting events); joining ones
// (settlements) are as many, and nobody waits for them: while there is other work they go along with its commits. All
// others (claims, edits) are few and somebody waits for them. Each group takes some of all, so that accepting never starves
// delivering, nor the reverse.
type writer struct {
	db    *sql.DB
	conn  *sql.Conn
	q     *sqlite.Statements
	now   func() time.Time
	begin func(*sqlite.Statements, time.Time) *tx
	lazy  bool // commits do not wait for the disk now

	queue   chan *writeOp
	bulk    chan *writeOp
	joining chan *writeOp
	alone   bool          // the last group was one operation: there is nothing to wait for
	behind  atomic.Int64  // rows in bulk
	closing chan struct{} // closed by close: nothing more gets in
	done    chan struct{} // closed when the goroutine has ended
	synced  atomic.Int64  // commits that waited for the disk
	once    sync.Once     // closes closing
}

type writeOp struct {
	run  func(*tx) error
	rows int  // of a bulk operation
	lazy bool // may be lost in a power cut, as if it had not happened yet
	done chan error
}

func newWriter(ctx context.Context, db *sql.DB, now func() time.Time, begin func(*sqlite.Statements, time.Time) *tx, wrong func(error)) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		db: db, conn: conn, q: sqlite.NewStatements(conn, wrong), now: now, begin: begin,
		queue: make(chan *writeOp, maxQueued), bulk: make(chan *writeOp, maxQueued), joining: make(chan *writeOp, maxQueued),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	go w.loop()
	return w, nil
}

// do queues an operation and waits until its transaction has committed. Once queued, ctx no longer cancels it: the caller
// must learn what became of it.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	return w.await(ctx, w.queue, &writeOp{run: run, done: make(chan error, 1)})
}

// doLazily is do for an operation that may be lost in a power cut: it does not wait for the disk unless others of its group
// do.
func (w *writer) doLazily(ctx context.Context, run func(*tx) error) error {
	return w.await(ctx, w.queue, &writeOp{run: run, lazy: true, done: make(chan error, 1)})
}

// doBulk is do for an operation of many rows that clients bring. It fails at once, with ErrUnavailable, when more of them
// wait than can be done soon: a caller that gets an error can come back, one that waits cannot.
func (w *writer) doBulk(ctx context.Context, rows int, run func(*tx) error) error {
	rows = max(1, rows)
	if w.behind.Add(int64(rows)) > maxBulkWaiting {
		w.behind.Add(-int64(rows))
		return errBehind
	}
	defer w.behind.Add(-int64(rows))
	return w.await(ctx, w.bulk, &writeOp{run: run, rows: rows, done: make(chan error, 1)})
}

// doJoining is do for an operation that nobody waits for: it goes along with the next commit, or makes one of its own
// when there is none for joinFor.
func (w *writer) doJoining(ctx context.Context, run func(*tx) error) error {
	return w.await(ctx, w.joining, &writeOp{run: run, done: make(chan error, 1)})
}

func (w *writer) await(ctx context.Context, queue chan<- *writeOp, op *writeOp) error {
	select {
	case <-w.closing:
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case queue <- op:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return store.ErrClosed
	}
	select {
	case err := <-op.done:
		return err
	case <-w.done: // the loop ended; it has answered all it had taken
		select {
		case err := <-op.done:
			return err
		default:
			return store.ErrClosed
		}
	}
}

func (w *writer) loop() {
	defer close(w.done)
	for {
		select {
		case op := <-w.queue:
			w.commit(w.gather(op))
		case op := <-w.bulk:
			w.commit(w.gather(op))
		case op := <-w.joining:
			w.commit(w.gather(w.joined(op)...))
		case <-w.closing:
			for { // finish what was queued
				select {
				case op := <-w.queue:
					w.commit(w.gather(op))
				case op := <-w.bulk:
					w.commit(w.gather(op))
				case op := <-w.joining:
					w.commit(w.gather(op))
				default:
					return
				}
			}
		}
	}
}

// joined is the beginning of a group whose first operation nobody waits for: what it waited for, and itself.
func (w *writer) joined(op *writeOp) []*writeOp {
	if w.alone {
		return []*writeOp{op}
	}
	group := []*writeOp{op}
	enough := time.NewTimer(joinFor)
	defer enough.Stop()
	for len(group) < maxJoining {
		select {
		case more := <-w.joining:
			group = append(group, more)
		case other := <-w.queue:
			return append(group, other)
		case other := <-w.bulk:
			return append(group, other)
		case <-enough.C:
			return group
		case <-w.closing:
			return group
		}
	}
	return group
}

// gather adds waiting operations to a group: each queue's share, whatever the others hold.
func (w *writer) gather(group ...*writeOp) []*writeOp {
	rows := 0
	for _, op := range group {
		rows += op.rows
	}
	take := func(queue <-chan *writeOp) bool {
		select {
		case op := <-queue:
			group, rows = append(group, op), rows+op.rows
			return true
		default:
			return false
		}
	}
	for len(group) < maxGroup && take(w.queue) {
	}
	for len(group) < maxGroup && take(w.joining) {
	}
	most := maxBulk
	if len(group) > 1 || rows == 0 {
		most = maxBulkBeside
	}
	for rows < most && take(w.bulk) {
	}
	w.alone = len(group) == 1
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
	if err := w.setSync(ctx, group); err != nil {
		return -1, sqlite.MapError(err)
	}
	if err := w.q.Run(ctx, `BEGIN IMMEDIATE`); err != nil {
		return -1, sqlite.MapError(fmt.Errorf("beginning a transaction: %w", err))
	}
	rollback := func(i int, err error) (int, error) {
		if rerr := w.q.Run(ctx, `ROLLBACK`); rerr != nil {
			err = errors.Join(err, rerr) // SQLite has rolled back by itself after some errors
		}
		return i, sqlite.MapError(err)
	}
	tx := w.begin(w.q, w.now())
	tx.lazy = w.lazy
	refused := map[int]error{}
	for i, op := range group {
		tx.wrote = false
		commits := len(tx.commits)
		if err := rescue.Call(func() error { return op.run(tx) }); err != nil {
			var panicked *rescue.Panic // it may have stopped between two changes that belong together
			if tx.wrote || sqlite.IsUnavailable(err) || errors.As(err, &panicked) {
				return rollback(i, err)
			}
			tx.commits = tx.commits[:commits]
			refused[i] = err
		}
	}
	if err := rescue.Call(tx.flush); err != nil {
		return rollback(-1, err)
	}
	if err := w.q.Run(ctx, `COMMIT`); err != nil {
		return rollback(-1, fmt.Errorf("committing: %w", err))
	}
	if !w.lazy {
		w.synced.Add(1)
	}
	tx.committed()
	for i, err := range refused {
		group[i].done <- err
		group[i] = nil
	}
	return -1, nil
}

// setSync lets the group's commit wait for the disk, unless every operation is lazy. A later commit that waits takes
// all before it to the disk, so that what is on disk is always a beginning of what was done.
func (w *writer) setSync(ctx context.Context, group []*writeOp) error {
	lazy := !slices.ContainsFunc(group, func(op *writeOp) bool { return !op.lazy })
	if lazy == w.lazy {
		return nil
	}
	pragma := `PRAGMA synchronous = FULL`
	if lazy {
		pragma = `PRAGMA synchronous = NORMAL`
	}
	if err := w.q.Run(ctx, pragma); err != nil {
		return fmt.Errorf("setting how commits reach the disk: %w", err)
	}
	w.lazy = lazy
	return nil
}

// drain accepts nothing more and finishes what was queued. Calling it twice is harmless, as with close.
func (w *writer) drain() {
	w.once.Do(func() { close(w.closing) })
	<-w.done
}

func (w *writer) close() error {
	w.drain()
	w.q.Close()
	if err := w.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return errors.Join(err, w.db.Close())
	}
	return nil
}

// tx is one transaction of the writer, shared by the operations of a group. now is fixed once for all of them.
type tx struct {
	db    *DB
	q     *sqlite.Statements
	now   time.Time
	lazy  bool // its commit does not wait for the disk
	wrote bool // the running operation has changed something, in the database or in what flush writes

	// What many operations of a group change in the same row is kept here and written once by flush.
	health  map[store.WebhookID]*healthRow
	counts  map[counterKey]int
	days    map[dayKey]*store.DayCount
	waiting int // change of the number of deliveries that wait

	news      map[store.WebhookID]store.What // of the webhooks that changed; number 0: of the bot itself
	gatesRead map[uuid.UUID][]*gate          // of bots
	deleted   map[uuid.UUID]bool             // bots

	people  []byte // entries for the journal of people
	journal peopleJournal

	commits []func() // changes to memory, made once all this is on disk
}

// onCommit makes the writer run f once the transaction is on disk, before the feed announces it. Memory changes there and
// nowhere else: a transaction may be rolled back and run again, and an operation that refuses leaves nothing behind.
func (tx *tx) onCommit(f func()) { tx.commits = append(tx.commits, f) }

// exec runs a statement and returns how many rows it changed.
func (tx *tx) exec(query string, args ...any) (int64, error) {
	n, err := tx.q.Exec(context.Background(), query, args...)
	if n > 0 {
		tx.wrote = true
	}
	return n, err
}

func (tx *tx) row(query string, args ...any) *sql.Row {
	return tx.q.Row(context.Background(), query, args...)
}

func (tx *tx) rows(query string, args ...any) (*sql.Rows, error) {
	return tx.q.Rows(context.Background(), query, args...)
}

func (tx *tx) flush() error {
	if err := tx.flushHealth(); err != nil {
		return err
	}
	if err := tx.flushPeople(); err != nil {
		return err
	}
	return tx.flushCounters()
}

func (tx *tx) committed() {
	tx.db.waiting.Add(int64(tx.waiting))
	journal := tx.journal // alone: a pointer into tx would keep all of it
	tx.db.journal.Store(&journal)
	tx.noteRoom()
	for _, f := range tx.commits {
		f()
	}
	tx.db.feed.Notify(tx.notices())
}

// changed notes what the transaction changes of a webhook; the feed announces it once it is on disk. Without any What it
// is news for pages only.
func (tx *tx) changed(id store.WebhookID, what store.What) {
	tx.news[id] |= what
	tx.wrote = true
}

// changedBot is changed for what concerns a bot, or (uuid.Nil) all bots, and none of the webhooks.
func (tx *tx) changedBot(botID uuid.UUID, what store.What) {
	tx.changed(store.WebhookID{BotID: botID}, what)
}

// changedAll is changed for all webhooks of a bot, those that are being deleted too.
func (tx *tx) changedAll(botID uuid.UUID, what store.What) error {
	all, err := tx.allGates(botID)
	for _, g := range all {
		tx.changed(g.id, what)
	}
	return err
}

// notices are what the transaction has to announce, in the order of the ids.
func (tx *tx) notices() []store.Notice {
	if len(tx.news) == 0 {
		return nil
	}
	notices := make([]store.Notice, 0, len(tx.news))
	for _, id := range sortedWebhooks(tx.news) {
		notices = append(notices, store.Notice{WebhookID: id, What: tx.news[id]})
	}
	return notices
}

// sortedWebhooks are the keys of a map in their order: every process writes and announces them in the same order.
func sortedWebhooks[V any](m map[store.WebhookID]V) []store.WebhookID {
	return slices.SortedFunc(maps.Keys(m), store.WebhookID.Compare)
}
