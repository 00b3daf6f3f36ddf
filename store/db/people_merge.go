package db

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"iozen/store/db/statement"
	"iozen/store/secret"
)

const (
	// mergeRows is how many hashes one statement adds to the index.
	mergeRows = 32
	// mergeStep hashes, and mergePace for each event that it accepts, are what a group commit sorts in. An event brings
	// three at most, so that this is faster than the journal fills, and holds up no group by more than its own events do.
	mergeStep = 2 * mergeRows
	mergePace = 6
)

// merge is the part of the journal that is being sorted into the index, some of it with every group. The next process
// begins it anew; what is in the index already is left as it is then.
type merge struct {
	entries []byte        // all of it
	rows    []indexedHash // what is not in the index yet, in its order
	upTo    int64         // the last row of the journal that holds it
}

func (m merge) underWay() bool { return m.upTo > 0 }

// indexedHash is one row of the index.
type indexedHash struct {
	run  int64
	hash secret.PersonHash
	deliveryKey
}

func (a indexedHash) compare(b indexedHash) int {
	if c := cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.hash.Prefix(), b.hash.Prefix())); c != 0 {
		return c
	}
	return bytes.Compare(a.hash[:], b.hash[:])
}

// sortedHashes are the rows of the index for some entries, in its order: neighbours go into one page.
func sortedHashes(entries []byte) (rows []indexedHash) {
	for e := range readEntries(entries) {
		for _, h := range e.hashes {
			if h != (secret.PersonHash{}) {
				rows = append(rows, indexedHash{runOf(e.number), h, e.deliveryKey})
			}
		}
	}
	slices.SortFunc(rows, indexedHash.compare)
	return rows
}

// flushPeople writes the group's part of the journal and, when that is full, goes on sorting it in.
func (tx *tx) flushPeople() error {
	events := len(tx.people) / entrySize
	if err := tx.writeJournal(); err != nil {
		return err
	}
	if tx.db.sharesJournal() {
		if events == 0 {
			return nil
		}
		return tx.drainSome()
	}
	if len(tx.journal.waiting)/entrySize >= tx.db.cfg.JournalFull && !tx.journal.merge.underWay() {
		if err := tx.beginMerge(); err != nil {
			return err
		}
	}
	if events == 0 {
		return nil
	}
	return tx.mergeSome(mergeStep + mergePace*events)
}

func (tx *tx) beginMerge() error {
	m := merge{entries: tx.journal.waiting, rows: sortedHashes(tx.journal.waiting)}
	if err := tx.row(`SELECT COALESCE(MAX(id), 0) FROM people_journal`).Scan(&m.upTo); err != nil {
		return fmt.Errorf("reading whom events are about: %w", err)
	}
	tx.journal = peopleJournal{merge: m}
	return nil
}

// mergeSome puts up to n hashes of the merge that is under way into the index; the last of them end it.
func (tx *tx) mergeSome(n int) error {
	if !tx.journal.merge.underWay() {
		return nil
	}
	now := tx.journal.merge.rows[:min(n, len(tx.journal.merge.rows))]
	if err := tx.index(now); err != nil {
		return err
	}
	tx.journal.merge.rows = tx.journal.merge.rows[len(now):]
	if len(tx.journal.merge.rows) > 0 {
		return nil
	}
	_, err := tx.exec(`DELETE FROM people_journal WHERE id <= ?`, tx.journal.merge.upTo)
	tx.journal.merge = merge{}
	return err
}

// index adds rows to the index.
func (tx *tx) index(hashes []indexedHash) error {
	rows := make([][]any, len(hashes))
	for i, r := range hashes {
		rows[i] = []any{r.run, r.hash[:], r.bot, r.number}
	}
	if err := tx.each(indexedPeople, rows); err != nil {
		return fmt.Errorf("indexing whom events are about: %w", err)
	}
	return nil
}

// endMerge ends the merge that is under way, so that all hashes of a delivery that the index has are in it.
func (tx *tx) endMerge() error { return tx.mergeSome(len(tx.journal.merge.rows)) }

const (
	// drainRows is how many rows of a shared journal, each of one group, go into the index with a group once it is full. The
	// index is sorted by less of them at a time than where one process writes: no transaction holds up others for long.
	drainRows = 8
	// takeRows takes rows out that no other process is taking out; takeAllRows waits for those.
	takeRows    = `DELETE FROM people_journal WHERE id IN (SELECT id FROM people_journal ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED) RETURNING entries`
	takeAllRows = `DELETE FROM people_journal WHERE id IN (SELECT id FROM people_journal WHERE id <= ? ORDER BY id LIMIT ? FOR UPDATE) RETURNING entries`
)

// drainSome sorts a part of a shared journal in, from when it is full until it is empty.
func (tx *tx) drainSome() error {
	j := &tx.journal
	if j.draining = j.draining || j.written >= tx.db.cfg.JournalFull; !j.draining {
		return nil
	}
	n, err := tx.sortIn(takeRows, drainRows)
	if j.written -= n; n == 0 || j.written <= 0 {
		j.written, j.draining = 0, false
	}
	return err
}

// sortIn puts rows that a statement takes out of the journal into the index, and returns how many entries they had.
func (tx *tx) sortIn(take string, args ...any) (n int, err error) {
	rows, err := tx.rows(take, args...)
	if err != nil {
		return 0, fmt.Errorf("reading whom events are about: %w", err)
	}
	entries, err := joined(rows)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	tx.wrote = true
	return len(entries) / entrySize, tx.index(sortedHashes(entries))
}

// mergeShared is mergeAll of a journal that other processes write too.
func (db *DB) mergeShared(ctx context.Context) error {
	var last int64
	if err := db.reader.Row(ctx, `SELECT COALESCE(MAX(id), 0) FROM people_journal`).Scan(&last); err != nil {
		return fmt.Errorf("reading whom events are about: %w", err)
	}
	for n := 1; n > 0; {
		if err := db.write(ctx, func(tx *tx) (err error) {
			n, err = tx.sortIn(takeAllRows, last, drainRows)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// mergeAll sorts in all that the journal holds now, in transactions as short as those of accepting.
func (db *DB) mergeAll(ctx context.Context) error {
	if db.sharesJournal() {
		return db.mergeShared(ctx)
	}
	for range 2 { // the merge that is under way, and what has come since
		for more := true; more; {
			err := db.write(ctx, func(tx *tx) (err error) {
				if !tx.journal.merge.underWay() {
					if err = tx.beginMerge(); err != nil {
						return err
					}
				}
				err = tx.mergeSome(32 * mergeRows)
				more = tx.journal.merge.underWay()
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

var indexedPeople = statement.Insert("people", `run BIGINT, hash BYTEA, bot BIGINT, delivery BIGINT`, `ON CONFLICT DO NOTHING`).Several(mergeRows)
