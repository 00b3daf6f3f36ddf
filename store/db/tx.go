package db

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

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

// begin makes the per-transaction state of a group.
func (db *DB) begin(q *statement.Statements, now time.Time) *tx {
	return &tx{
		db: db, q: q, now: now.Truncate(time.Millisecond), health: map[store.WebhookID]*healthRow{}, counts: map[counterKey]int{}, days: map[dayKey]*store.DayCount{},
		news: map[store.WebhookID]store.What{}, gatesRead: map[uuid.UUID][]*gate{}, deleted: map[uuid.UUID]bool{}, journal: *db.journal.Load(),
	}
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
