package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
)

// rows are what ioZen has written for some events, ready to be bound to statements.
type rows struct {
	inserts   statement // a delivery as it was accepted
	settles   statement // what its attempt made of it; the last argument is its row number
	attempts  statement
	people    [][]byte  // of each delivery its part of the journal of people
	accepted  []counter // counted when events are accepted
	delivered []counter // and when they are delivered
	days      []day
	health    statement // one row, but for the last argument: how many wait
	waiting   int64     // in the end
}

// statement is one text with the arguments of each of its runs.
type statement struct {
	text string
	args [][]any
}

// counter is a row of counters, without its number, which the events share.
type counter struct {
	key []any
	n   int
}

// day is a row of days, of which the events share the sums.
type day struct {
	key       []any
	accepted  int
	delivered []int // what delivering adds to: delivered, failed_attempts, failed
}

// changed are the columns that delivering changes; the schema says what they are before. Only status and times are set
// when the event is accepted.
var changed = []string{
	"status", "due_at", "updated_at", "late", "attempts", "round", "claim_token", "last_code", "last_duration_us", "last_outcome", "last_detail",
}

const accepting = 3 // of the changed columns, the first few

func readRows(ctx context.Context, path string) (r rows, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return r, err
	}
	defer db.Close()
	deliveries, err := read(ctx, db, `SELECT * FROM deliveries WHERE test = 0 ORDER BY rowid`)
	if err != nil {
		return r, err
	}
	attempts, err := read(ctx, db, `SELECT a.* FROM attempts a JOIN deliveries d ON d.bot_id = a.bot_id AND d.id = a.delivery_id ORDER BY d.rowid, a.number`)
	if err != nil {
		return r, err
	}
	if n := len(attempts.values); n > 0 && n != len(deliveries.values) {
		return r, fmt.Errorf("%d attempts of %d deliveries: the floor is one attempt each", n, len(deliveries.values))
	}
	r.inserts, r.settles = deliveries.inserts(), deliveries.settles()
	r.attempts = statement{insert("attempts", attempts.columns), attempts.values}
	if r.people, err = readPeople(ctx, db, deliveries); err != nil {
		return r, err
	}
	if err := r.readCounters(ctx, db); err != nil {
		return r, err
	}
	if err := r.readDays(ctx, db); err != nil {
		return r, err
	}
	return r, r.readHealth(ctx, db)
}

// inserts are the deliveries as they were accepted. A column that is then as the schema makes it is left to the schema.
func (t table) inserts() statement {
	columns := slices.DeleteFunc(slices.Clone(t.columns), func(c string) bool { return slices.Contains(changed[accepting:], c) })
	s := statement{text: insert("deliveries", columns)}
	for row := range t.values {
		args := make([]any, len(columns))
		for i, c := range columns {
			args[i] = t.at(row, c)
			if t.at(row, "attempts") == int64(0) {
				continue
			}
			switch c {
			case "status":
				args[i] = "queued"
			case "due_at", "updated_at":
				args[i] = t.at(row, "created_at")
			}
		}
		s.args = append(s.args, args)
	}
	return s
}

// settles find a delivery by its row number: whoever has just written it can know that.
func (t table) settles() statement {
	s := statement{text: `UPDATE deliveries SET ` + each(changed, "%s = ?") + ` WHERE rowid = ?`}
	for row := range t.values {
		args := make([]any, 0, len(changed)+1)
		for _, c := range changed {
			args = append(args, t.at(row, c))
		}
		s.args = append(s.args, append(args, int64(row+1)))
	}
	return s
}

// readCounters tells those that accepting counts from those that delivering does.
func (r *rows) readCounters(ctx context.Context, db *sql.DB) error {
	counters, err := read(ctx, db, `SELECT bot_id, hour, kind, bucket, n FROM counters`)
	if err != nil {
		return err
	}
	for row, values := range counters.values {
		c := counter{values[:4], int(values[4].(int64))}
		if counters.at(row, "kind") == "accepted" {
			r.accepted = append(r.accepted, c)
		} else {
			r.delivered = append(r.delivered, c)
		}
	}
	return nil
}

func (r *rows) readDays(ctx context.Context, db *sql.DB) error {
	days, err := read(ctx, db, `SELECT bot_id, day, accepted, delivered, failed_attempts, failed FROM days`)
	if err != nil {
		return err
	}
	for _, values := range days.values {
		d := day{key: values[:2], accepted: int(values[2].(int64))}
		for _, n := range values[3:] {
			d.delivered = append(d.delivered, int(n.(int64)))
		}
		r.days = append(r.days, d)
	}
	return nil
}

func (r *rows) readHealth(ctx context.Context, db *sql.DB) error {
	health, err := read(ctx, db, `SELECT * FROM health`)
	if err != nil {
		return err
	}
	if len(health.values) != 1 {
		return fmt.Errorf("events of %d bots: the floor is one bot's", len(health.values))
	}
	r.waiting = health.at(0, "waiting").(int64)
	others := slices.DeleteFunc(slices.Clone(health.columns), func(c string) bool { return c == "waiting" })
	columns := append(others, "waiting")
	var args []any
	for _, c := range others {
		args = append(args, health.at(0, c))
	}
	r.health = statement{
		insert("health", columns) + ` ON CONFLICT (bot_id) DO UPDATE SET ` + each(columns[1:], "%[1]s = excluded.%[1]s"), [][]any{args},
	}
	return nil
}

// What the journal of people keeps of an event is five times sixteen bytes: bot, delivery, and three hashes.
const (
	idSize    = 16
	entrySize = 5 * idSize
)

// readPeople finds the part of each delivery, in the journal or, if that was sorted in already, in the index.
func readPeople(ctx context.Context, db *sql.DB, deliveries table) ([][]byte, error) {
	of := map[string][]byte{}
	journal, err := read(ctx, db, `SELECT entries FROM people_journal ORDER BY id`)
	if err != nil {
		return nil, err
	}
	for _, row := range journal.values {
		for entry := range slices.Chunk(row[0].([]byte), entrySize) {
			of[string(entry[idSize:2*idSize])] = entry
		}
	}
	index, err := read(ctx, db, `SELECT bot_id, delivery_id, hash FROM people ORDER BY delivery_id, hash`)
	if err != nil {
		return nil, err
	}
	for _, row := range index.values {
		id := string(row[1].([]byte))
		if len(of[id]) == entrySize {
			continue // being sorted in: in both
		}
		if of[id] == nil {
			of[id] = slices.Concat(row[0].([]byte), row[1].([]byte))
		}
		of[id] = append(of[id], row[2].([]byte)...)
	}
	people := make([][]byte, len(deliveries.values))
	for row := range deliveries.values {
		people[row] = of[string(deliveries.at(row, "id").([]byte))]
		if len(people[row]) != entrySize {
			return nil, fmt.Errorf("delivery %d has no three hashes of people", row)
		}
	}
	return people, nil
}

// indexed is a row of the index of people.
type indexed struct {
	run  int64
	args []any
	hash []byte
}

// index is what some parts of the journal become, in no order. A run of the index is six hours.
func index(entries [][]byte) (made []indexed) {
	const run = 6 * 60 * 60 * 1000
	for _, e := range entries {
		bot, delivery := e[:idSize], e[idSize:2*idSize]
		at := int64(binary.BigEndian.Uint64(delivery)>>16) / run
		for hash := range slices.Chunk(e[2*idSize:], idSize) {
			made = append(made, indexed{at, []any{at, hash, bot, delivery}, hash})
		}
	}
	return made
}
