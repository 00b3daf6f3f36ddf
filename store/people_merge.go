package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

const (
	// mergeRows is how many hashes one statement adds to the index.
	mergeRows = 32
	// mergeStep hashes, and mergePace for each event that it accepts, are what a group commit sorts in. An event brings
	// three at most, so that this is faster than the journal fills, and holds up no group by more than its own events do.
	mergeStep = 2 * mergeRows
	mergePace = 6
)

// merge is the part of the journal that is being sorted into the index, some of it with every group. It is begun anew by
// the next process: what is in the index already is then left as it is.
type merge struct {
	entries []byte        // all of it
	rows    []indexedHash // what is not in the index yet, in its order
	upTo    int64         // the last row of the journal that holds it
}

func (m merge) underWay() bool { return m.upTo > 0 }

// indexedHash is one row of the index.
type indexedHash struct {
	run           int64
	hash          personHash
	bot, delivery uuid.UUID
}

func (a indexedHash) compare(b indexedHash) int {
	if c := cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.hash.prefix(), b.hash.prefix())); c != 0 {
		return c
	}
	return bytes.Compare(a.hash[:], b.hash[:])
}

// prefix is compared before the whole: two hashes hardly ever have the same.
func (h personHash) prefix() uint64 { return binary.BigEndian.Uint64(h[:]) }

// sortedHashes are the rows of the index for some entries, in its order: neighbours go into one page.
func sortedHashes(entries []byte) (rows []indexedHash) {
	for e := range readEntries(entries) {
		for _, h := range e.hashes {
			if h != (personHash{}) {
				rows = append(rows, indexedHash{runOf(e.delivery), h, e.bot, e.delivery})
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
	if len(tx.journal.waiting)/entrySize >= journalFull && !tx.journal.merge.underWay() {
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
	for rows := range slices.Chunk(now, mergeRows) {
		args := make([]any, 0, 4*mergeRows)
		for _, r := range rows {
			args = append(args, r.run, r.hash[:], idBytes(r.bot), idBytes(r.delivery))
		}
		if _, err := tx.exec(insertPeople(len(rows)), args...); err != nil {
			return fmt.Errorf("indexing whom events are about: %w", err)
		}
	}
	tx.journal.merge.rows = tx.journal.merge.rows[len(now):]
	if len(tx.journal.merge.rows) > 0 {
		return nil
	}
	_, err := tx.exec(`DELETE FROM people_journal WHERE id <= ?`, tx.journal.merge.upTo)
	tx.journal.merge = merge{}
	return err
}

// endMerge ends the merge that is under way, so that all hashes of a delivery that the index has are in it.
func (tx *tx) endMerge() error { return tx.mergeSome(len(tx.journal.merge.rows)) }

// mergeAll sorts in all that the journal holds now, in transactions as short as those of accepting.
func (db *DB) mergeAll(ctx context.Context) error {
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

// insertPeople adds n hashes to the index.
func insertPeople(n int) string {
	return `INSERT INTO people (run, hash, bot_id, delivery_id) VALUES (?, ?, ?, ?)` + strings.Repeat(`, (?, ?, ?, ?)`, n-1) + ` ON CONFLICT DO NOTHING`
}
