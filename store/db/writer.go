package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/group"
	"iozen/store/db/replica"
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

// commit runs a group in one transaction. An operation that refuses before it has written costs the others
// nothing; one that fails after writing is taken out, and the rest runs again without it.
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

// try returns the index of an operation that must be taken out with its error, or -1 and the outcome of the
// transaction for the operations that have not been answered yet; answered ones are set to nil.
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
	refused := map[int]error{}
	for i, op := range ops {
		tx.wrote, tx.took, w.failed = false, 0, nil
		commits := len(tx.commits)
		err := rescue.Call(func() error { return op.Run(tx) })
		if tx.unsettled != nil {
			return -1, w.unsettled(ctx, tx, shared)
		}
		if err == nil {
			err = w.failed // a transaction in which a statement has failed cannot be committed, whatever the operation made of it
		}
		if shared && w.at.Collided(err) {
			return -1, w.collided(ctx, err)
		}
		if err != nil {
			var panicked *rescue.Panic // it may have stopped between two changes that belong together
			if tx.wrote || w.failed != nil || w.unavailable(err) || errors.As(err, &panicked) {
				return i, w.rollback(ctx, err)
			}
			tx.commits = tx.commits[:commits]
			refused[i] = err
		}
	}
	err = rescue.Call(tx.flush)
	if tx.unsettled != nil {
		return -1, w.unsettled(ctx, tx, shared)
	}
	if err != nil {
		if shared && w.at.Collided(err) {
			return -1, w.collided(ctx, err)
		}
		return -1, w.rollback(ctx, err)
	}
	if err := w.at.Commit(ctx, w.conn, w.q); err != nil {
		w.untold = append(w.untold, tx.notices()...)
		return -1, w.rollback(ctx, fmt.Errorf("committing: %w", err))
	}
	if !w.lazy {
		w.synced.Add(1)
	}
	tx.committed()
	for i, err := range refused {
		ops[i].Answer(err)
		ops[i] = nil
	}
	return -1, nil
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

// unsettled ends a transaction whose rows could not be written together. If the database is away, no other way helps.
func (w *writer) unsettled(ctx context.Context, tx *tx, shared bool) error {
	if shared && w.at.Collided(tx.unsettled) {
		return w.collided(ctx, tx.unsettled)
	}
	err := w.rollback(ctx, tx.unsettled)
	if errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", errUnsettled, err)
}

func (w *writer) collided(ctx context.Context, err error) error {
	_ = w.rollback(ctx, err) // what is wrong with the connection, the next try meets
	return fmt.Errorf("%w: %w", errCollided, err)
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

const (
	// connectPatience is how long making a connection anew may take; whoever writes meanwhile waits as long.
	connectPatience = 2 * time.Second
	// firstPause and longestPause are between two tries.
	firstPause   = 20 * time.Millisecond
	longestPause = 2 * time.Second
)

// errCut says that a write found no connection. It did nothing.
var errCut = fmt.Errorf("%w: the connection to it was lost", store.ErrUnavailable)

// connection is the one that the writer writes on. A server's may be cut: then it is made again, after pauses that grow, and
// whoever writes meanwhile is refused at once.
type connection struct {
	at      database
	pool    *sql.DB
	dialect statement.Dialect
	wrong   func(error)

	conn   *sql.Conn // nil: there is none
	q      *statement.Statements
	lazy   bool  // commits do not wait for the disk now
	alone  bool  // nobody else writes beside the running transaction
	failed error // the first statement of the running operation that failed

	again  *time.Timer // to connect
	pause  time.Duration
	untold []store.Notice // what commits of unknown outcome may have changed
}

func newConnection(db *DB, pool *sql.DB, dialect statement.Dialect) connection {
	again := time.NewTimer(time.Hour)
	again.Stop()
	return connection{at: db.at, pool: pool, dialect: dialect, wrong: db.noteDamage, again: again}
}

func (c *connection) connect(ctx context.Context) error {
	conn, err := c.pool.Conn(ctx)
	if err != nil {
		return err
	}
	c.conn, c.q, c.lazy = conn, statement.New(conn, c.dialect, c.heard), false
	return nil
}

// heard notes that a statement has failed.
func (c *connection) heard(err error) {
	c.wrong(err)
	if c.failed == nil {
		c.failed = err
	}
}

func (c *connection) beginTransaction(ctx context.Context, lazy, shared bool) (err error) {
	if c.conn == nil {
		return errCut
	}
	if lazy != c.lazy {
		is, err := c.at.SetLazy(ctx, c.q, lazy)
		if err != nil {
			return c.broken(fmt.Errorf("setting how commits reach the disk: %w", err))
		}
		c.lazy = is
	}
	if c.alone, err = c.at.Begin(ctx, c.conn, c.q, shared); err != nil {
		return c.broken(fmt.Errorf("beginning a transaction: %w", err))
	}
	return nil
}

// rollback ends a transaction for an error, and returns that as callers get it.
func (c *connection) rollback(ctx context.Context, err error) error {
	if rerr := c.at.Rollback(ctx, c.conn, c.q); rerr != nil {
		err = errors.Join(err, rerr) // SQLite has rolled back by itself after some errors
	}
	return c.broken(err)
}

// broken lets go of the connection if an error was its end.
func (c *connection) broken(err error) error {
	if !c.at.Alive(c.conn) {
		c.cut()
		return fmt.Errorf("%w: %w", errCut, err)
	}
	return c.at.MapError(err)
}

func (c *connection) unavailable(err error) bool {
	return errors.Is(c.at.MapError(err), store.ErrUnavailable)
}

// cut drops a connection, and has it made again.
func (c *connection) cut() {
	if c.conn != nil {
		c.q.Close()
		_ = c.conn.Close() // it is of no use any more
		c.conn = nil
	}
	c.again.Reset(c.pause)
	c.pause = min(max(firstPause, 2*c.pause), longestPause)
}

func (c *connection) disconnect() error {
	c.again.Stop()
	if c.conn != nil {
		c.q.Close()
		if err := c.conn.Close(); errors.Is(err, sql.ErrConnDone) {
			return nil
		}
	}
	return c.pool.Close()
}

// tx is one transaction of the writer, shared by the operations of a group. now is fixed once for all of them.
type tx struct {
	db    *DB
	q     *statement.Statements
	now   time.Time
	lazy  bool       // its commit does not wait for the disk
	alone bool       // no other process writes meanwhile
	owner int64      // the number of this process among those that write; 0: nobody else does
	wrote bool       // the running operation has changed something, in the database or in what flush writes
	took  store.What // what the running operation has noted as changed
	// ticket is what the other processes confirm, because the transaction takes something back; 0: it does not, or there are none.
	ticket uint64

	// Rows that are written together with others of their kind, before anything else of the transaction could see them.
	pending   statement.Pending
	atOnce    bool  // there are none: each row is written at once
	unsettled error // why they could not be written
	// What was looked up for the whole group, and what the group has added: events, and the numbers of deliveries.
	events  map[eventKey]knownEvent
	numbers map[int64]bool

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
	if err := tx.settleUp(); err != nil {
		return 0, err
	}
	return tx.execBeside(query, args...)
}

func (tx *tx) row(query string, args ...any) statement.Row {
	if err := tx.settleUp(); err != nil {
		return statement.Failed(err)
	}
	return tx.rowBeside(query, args...)
}

func (tx *tx) rows(query string, args ...any) (*sql.Rows, error) {
	if err := tx.settleUp(); err != nil {
		return nil, err
	}
	return tx.rowsBeside(query, args...)
}

// execBeside, rowBeside and rowsBeside are for tables that hold no pending rows, or not those that are asked for.
func (tx *tx) execBeside(query string, args ...any) (int64, error) {
	n, err := tx.q.Exec(context.Background(), query, args...)
	if n > 0 {
		tx.wrote = true
	}
	return n, err
}

func (tx *tx) rowBeside(query string, args ...any) statement.Row {
	return tx.q.Row(context.Background(), query, args...)
}

func (tx *tx) rowsBeside(query string, args ...any) (*sql.Rows, error) {
	return tx.q.Rows(context.Background(), query, args...)
}

// add writes a row, at once or together with others, and returns how many it has changed. A row that is still to be written
// counts as one; if that turns out to be wrong, the group runs again and writes each at once.
func (tx *tx) add(m *statement.Many, row ...any) (int64, error) {
	if tx.atOnce {
		return tx.exec(m.One(), row...)
	}
	tx.pending.Add(m, row)
	tx.wrote = true
	return 1, nil
}

// settleUp writes what is pending.
func (tx *tx) settleUp() error {
	if tx.unsettled == nil && !tx.pending.Empty() {
		tx.unsettled = tx.pending.Write(context.Background(), tx.q)
	}
	return tx.unsettled
}

// each writes rows of which none depends on another.
func (tx *tx) each(m *statement.Many, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.settleUp(); err != nil {
		return err
	}
	tx.wrote = true
	_, err := tx.q.Each(context.Background(), m, rows, !tx.atOnce)
	return err
}

func (tx *tx) flush() error {
	if err := tx.settleUp(); err != nil {
		return err
	}
	if err := tx.flushHealth(); err != nil {
		return err
	}
	if err := tx.flushPeople(); err != nil {
		return err
	}
	if err := tx.flushCounters(); err != nil {
		return err
	}
	return tx.announce()
}

// toldInTransaction is what a transaction tells other processes itself: what must not be lost, or must be confirmed. The rest
// (accepting, claiming, settling) is told soon after, together: a commit that tells makes others wait.
const toldInTransaction = store.TakesBack | store.Jobs

// announce has the commit tell other processes. A process that has no link to them, such as a command, tells everything so.
func (tx *tx) announce() error {
	beyond := ^toldInTransaction
	if tx.db.link.Load() == nil {
		beyond = 0
	}
	told := without(tx.notices(), beyond)
	told = slices.DeleteFunc(told, func(n store.Notice) bool { return n.What == 0 && beyond != 0 })
	if len(told) == 0 {
		return nil
	}
	return tx.db.at.Announce(context.Background(), tx.q, replica.InTransaction(tx.db.name, tx.ticket, told))
}

// without are notices without some of what they say: of each at least that there is news.
func without(notices []store.Notice, what store.What) []store.Notice {
	rest := slices.Clone(notices)
	for i := range rest {
		rest[i].What &^= what
	}
	return rest
}

// toConfirm makes the transaction one that other processes confirm.
func (tx *tx) toConfirm(link *replica.Link) uint64 {
	if tx.ticket == 0 {
		tx.ticket = link.Ask()
	}
	return tx.ticket
}

func (tx *tx) committed() {
	tx.db.waiting.Add(int64(tx.waiting))
	journal := tx.journal // alone: a pointer into tx would keep all of it
	tx.db.journal.Store(&journal)
	tx.noteRoom()
	for _, f := range tx.commits {
		f()
	}
	tx.db.tell(tx.notices())
}

// changed notes what the transaction changes of a webhook; the feed announces it once it is on disk. Without any What it
// is news for pages only.
func (tx *tx) changed(id store.WebhookID, what store.What) {
	tx.news[id] |= what
	tx.took |= what
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
