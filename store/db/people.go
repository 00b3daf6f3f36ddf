package db

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// The hashes of people are random, so that each would write a page of its own in the index: that cost more than all the
// rest of accepting an event. A group commit therefore appends the hashes of its events to a journal, in one row, and every
// Config.JournalFull entries they are sorted and go into the index in that order (people_merge.go). A search looks in both.

const (
	// usualJournal is how many events wait in the journal: enough that many of their hashes share pages of the index,
	// few enough that a search looks through twice as many (those that are being sorted in too) in a millisecond.
	usualJournal = 8000
	// runLength is the time that one run of the index takes up (see the migration).
	runLength = 6 * time.Hour
)

// personEntry is what the journal keeps of one event; an event about several people has several entries.
type personEntry struct {
	deliveryKey
	hashes [3]secret.PersonHash // zero: no more
}

const entrySize = 2*8 + 3*16

func (e personEntry) append(buf []byte) []byte {
	buf = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(buf, uint64(e.bot)), uint64(e.number))
	for _, h := range e.hashes {
		buf = append(buf, h[:]...)
	}
	return buf
}

func readEntries(raw []byte) iter.Seq[personEntry] {
	return func(yield func(personEntry) bool) {
		for e := range slices.Chunk(raw, entrySize) {
			entry := personEntry{deliveryKey: deliveryKey{bot: int64(binary.BigEndian.Uint64(e)), number: int64(binary.BigEndian.Uint64(e[8:]))}}
			for h := range entry.hashes {
				entry.hashes[h] = secret.PersonHash(e[16+16*h:])
			}
			if !yield(entry) {
				return
			}
		}
	}
}

// runOf is the run of the index in which a delivery's hashes are.
func runOf(delivery int64) int64 { return number.Time(delivery).UnixMilli() / runLength.Milliseconds() }

// peopleJournal is what the table people_journal holds, in memory too: a search would read a row for each group commit
// otherwise. It may be read while the writer appends: what is in it never changes.
//
// Where other processes write the table too, memory holds only how much of it there may be. A search reads it then, and rows are
// taken out and sorted in by one transaction, whoever wrote them.
type peopleJournal struct {
	waiting []byte // entries that no merge has taken
	merge   merge

	written  int  // entries in the table, as far as this process knows; of a shared one
	draining bool // there were so many that they are being sorted in; of a shared one
}

// sharesJournal says that other processes may write the journal too.
func (db *DB) sharesJournal() bool { return db.at.Replicas() != nil }

// addPerson remembers whom an event is about; flushPeople writes that for the whole group.
func (tx *tx) addPerson(k deliveryKey, d store.NewDelivery) {
	hashes := tx.db.cfg.Keys.PersonHashes(d.Email, d.Phone, d.ExternalID)
	for part := range slices.Chunk(hashes, len(personEntry{}.hashes)) {
		e := personEntry{deliveryKey: k}
		copy(e.hashes[:], part)
		tx.people = e.append(tx.people)
	}
}

// writeJournal writes what addPerson remembered.
func (tx *tx) writeJournal() error {
	if len(tx.people) == 0 {
		return nil
	}
	if _, err := tx.exec(`INSERT INTO people_journal (entries) VALUES (?)`, tx.people); err != nil {
		return fmt.Errorf("keeping whom events are about: %w", err)
	}
	if tx.db.sharesJournal() {
		tx.journal.written += len(tx.people) / entrySize
	} else {
		tx.journal.waiting = append(tx.journal.waiting, tx.people...)
	}
	tx.people = nil
	return nil
}

// readJournal reads what the last process left in the journal, whether it is in the index or not.
func (db *DB) readJournal(ctx context.Context, read *statement.Statements) error {
	j, err := allOfJournal(ctx, read)
	if err != nil {
		return err
	}
	if db.sharesJournal() {
		j = peopleJournal{written: len(j.waiting) / entrySize}
	}
	db.journal.Store(&j)
	return nil
}

func allOfJournal(ctx context.Context, read *statement.Statements) (j peopleJournal, err error) {
	rows, err := read.Rows(ctx, `SELECT entries FROM people_journal ORDER BY id`)
	if err == nil {
		j.waiting, err = joined(rows)
	}
	if err != nil {
		err = fmt.Errorf("reading whom events are about: %w", err)
	}
	return j, err
}

// joined are the entries of some rows of the journal.
func joined(rows *sql.Rows) (entries []byte, err error) {
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		entries = append(entries, raw...)
	}
	return entries, rows.Err()
}

// journalled is what a search finds in the journal: as it is now, whoever wrote it.
func (db *DB) journalled(ctx context.Context) (*peopleJournal, error) {
	if !db.sharesJournal() {
		return db.journal.Load(), nil
	}
	j, err := allOfJournal(ctx, db.reader.Statements)
	return &j, err
}

// about finds the deliveries in the journal that are about somebody.
func (j *peopleJournal) about(hashes []secret.PersonHash) (deliveries []int64) {
	for _, raw := range [][]byte{j.merge.entries, j.waiting} {
		for e := range readEntries(raw) {
			if slices.ContainsFunc(e.hashes[:], func(h secret.PersonHash) bool { return slices.Contains(hashes, h) }) {
				deliveries = append(deliveries, e.number)
			}
		}
	}
	return deliveries
}

// dropPerson removes a delivery's hashes from the index, into which the journal was merged. They are computed from its
// payload: there is no way back from a delivery to its hashes.
func (tx *tx) dropPerson(k deliveryKey, payload []byte) error {
	var p struct {
		UserData struct {
			Email, Phone string
			ExternalID   string `json:"external_id"`
		} `json:"user_data"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil // not a payload made by ioZen: it was never indexed
	}
	u := p.UserData
	known := store.PeopleIn(u.Email, u.Phone, u.ExternalID)
	for _, former := range store.PeopleOf(u.Email, u.Phone, u.ExternalID) {
		for _, form := range store.WithFormer(nil, former) {
			known = append(known, store.Person{Kind: former.Kind, Value: form})
		}
	}
	for _, who := range known {
		for _, h := range tx.db.cfg.Keys.AllHashes(who.Kind, []string{who.Value}) {
			if err := tx.dropHash(h, k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *tx) dropHash(h secret.PersonHash, k deliveryKey) error {
	_, err := tx.exec(`DELETE FROM people WHERE run = ? AND hash = ? AND bot = ? AND delivery = ?`, runOf(k.number), h[:], k.bot, k.number)
	return err
}
