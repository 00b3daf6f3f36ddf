package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"
)

// The hashes of people are random, so that each would write a page of its own in the index: that cost more than all the
// rest of accepting an event. A group commit therefore appends the hashes of its events to a journal, in one row, and
// every journalFull entries they are sorted and go into the index in that order (people_merge.go). What is searched is
// looked for in both.

const (
	// journalFull is how many events wait in the journal: enough that many of their hashes share pages of the index,
	// few enough that a search looks through twice as many (those that are being sorted in too) in a millisecond.
	journalFull = 8000
	// runLength is the time that one run of the index takes up (see the migration).
	runLength = 6 * time.Hour
)

// personEntry is what the journal keeps of one event; of one that tells of many people there are several.
type personEntry struct {
	bot, delivery uuid.UUID
	hashes        [3]personHash // zero: no more
}

const entrySize = 5 * 16

func (e personEntry) append(buf []byte) []byte {
	buf = append(append(buf, e.bot[:]...), e.delivery[:]...)
	for _, h := range e.hashes {
		buf = append(buf, h[:]...)
	}
	return buf
}

func readEntries(raw []byte) iter.Seq[personEntry] {
	return func(yield func(personEntry) bool) {
		for e := range slices.Chunk(raw, entrySize) {
			entry := personEntry{bot: uuid.UUID(e[:16]), delivery: uuid.UUID(e[16:32])}
			for h := range entry.hashes {
				entry.hashes[h] = personHash(e[32+16*h:])
			}
			if !yield(entry) {
				return
			}
		}
	}
}

// runOf is the run of the index in which a delivery's hashes are.
func runOf(delivery uuid.UUID) int64 {
	return timeOf(delivery).UnixMilli() / runLength.Milliseconds()
}

// peopleJournal is what the table people_journal holds, in memory too: a search would read a row for each group commit
// otherwise. Whoever has one may read it while the writer appends: what is in it never changes.
type peopleJournal struct {
	waiting []byte // entries that no merge has taken
	merge   merge
}

// addPerson notes whom an event is about; flushPeople writes it down, with those of the whole group.
func (tx *tx) addPerson(bot uuid.UUID, d NewDelivery) {
	hashes := tx.db.cfg.Keys.personHashes(d.Email, d.Phone, d.ExternalID)
	for part := range slices.Chunk(hashes, len(personEntry{}.hashes)) {
		e := personEntry{bot: bot, delivery: d.ID}
		copy(e.hashes[:], part)
		tx.people = e.append(tx.people)
	}
}

// writeJournal writes down what addPerson noted.
func (tx *tx) writeJournal() error {
	if len(tx.people) == 0 {
		return nil
	}
	if _, err := tx.exec(`INSERT INTO people_journal (entries) VALUES (?)`, tx.people); err != nil {
		return fmt.Errorf("keeping whom events are about: %w", err)
	}
	tx.journal.waiting = append(tx.journal.waiting, tx.people...)
	tx.people = nil
	return nil
}

// readJournal takes up what the last process left in the journal, sorted in or not.
func (db *DB) readJournal(ctx context.Context) error {
	var j peopleJournal
	rows, err := db.reader.rows(ctx, `SELECT entries FROM people_journal ORDER BY id`)
	if err != nil {
		return fmt.Errorf("reading whom events are about: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return fmt.Errorf("reading whom events are about: %w", err)
		}
		j.waiting = append(j.waiting, raw...)
	}
	db.journal.Store(&j)
	return rows.Err()
}

// about finds the deliveries in the journal that are about somebody.
func (j *peopleJournal) about(hashes []personHash) (deliveries []uuid.UUID) {
	for _, raw := range [][]byte{j.merge.entries, j.waiting} {
		for e := range readEntries(raw) {
			if slices.ContainsFunc(e.hashes[:], func(h personHash) bool { return slices.Contains(hashes, h) }) {
				deliveries = append(deliveries, e.delivery)
			}
		}
	}
	return deliveries
}
