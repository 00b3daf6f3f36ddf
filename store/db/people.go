package db

import (
	"bytes"
	"cmp"
	"context"
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

// The hashes of people are random, so that each would write a page of its own in the index: that cost more than all the
// rest of accepting an event. A group commit therefore appends the hashes of its events to a journal, in one row, and every
// journalFull entries they are sorted and go into the index in that order (people_merge.go). A search looks in both.

const (
	// journalFull is how many events wait in the journal: enough that many of their hashes share pages of the index,
	// few enough that a search looks through twice as many (those that are being sorted in too) in a millisecond.
	journalFull = 8000
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
type peopleJournal struct {
	waiting []byte // entries that no merge has taken
	merge   merge
}

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
	tx.journal.waiting = append(tx.journal.waiting, tx.people...)
	tx.people = nil
	return nil
}

// readJournal reads what the last process left in the journal, whether it is in the index or not.
func (db *DB) readJournal(ctx context.Context, read *statement.Statements) error {
	var j peopleJournal
	rows, err := read.Rows(ctx, `SELECT entries FROM people_journal ORDER BY id`)
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
	rows := make([][]any, len(now))
	for i, r := range now {
		rows[i] = []any{r.run, r.hash[:], r.bot, r.number}
	}
	if err := tx.each(indexedPeople, rows); err != nil {
		return fmt.Errorf("indexing whom events are about: %w", err)
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

var indexedPeople = statement.Insert("people", `run BIGINT, hash BYTEA, bot BIGINT, delivery BIGINT`, `ON CONFLICT DO NOTHING`).Several(mergeRows)
