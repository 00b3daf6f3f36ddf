package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
)

// rows are what ioZen has written for some events, ready to be written again.
type rows struct {
	inserts    change // a delivery as it was accepted
	eventIDs   change
	settles    change // what its attempt made of it
	attempts   change
	people     [][]byte  // of each delivery its part of the journal of people
	accepted   []counter // counted when events are accepted
	delivered  []counter // and when they are delivered
	days       []day
	healthText string
	health     []any // one row, but for its last column: how many wait
	waiting    int64 // in the end
}

// change adds rows to a table, or changes columns of those that it finds by their last argument.
type change struct {
	table   string
	columns []string
	by      string // the column that a row is found by; "": it is added
	args    [][]any
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
	delivered []int // what delivering adds to: delivered and all columns after it
}

// changed are the columns that delivering changes; the schema says what they are before. Only status and times are set
// when the event is accepted.
var changed = []string{
	"status", "due_at", "updated_at", "late", "attempts", "round", "claim_token", "last_code", "last_duration_us", "last_outcome", "last_detail",
}

const accepting = 3 // of the changed columns, the first few

// readRows reads what a server's database holds. SQLite takes the tables of a CROSS JOIN in the order given: from the other side
// it would look through all events of the bot for each delivery.
func readRows(ctx context.Context, source string) (r rows, err error) {
	db, err := openToRead(source)
	if err != nil {
		return r, err
	}
	defer db.Close()
	deliveries, err := read(ctx, db, `SELECT * FROM deliveries WHERE NOT test ORDER BY number`)
	if err != nil {
		return r, err
	}
	attempts, err := read(ctx, db, `SELECT a.* FROM attempts a CROSS JOIN deliveries d WHERE d.number = a.delivery AND d.bot = a.bot ORDER BY d.number, a.number`)
	if err != nil {
		return r, err
	}
	if n := len(attempts.values); n > 0 && n != len(deliveries.values) {
		return r, fmt.Errorf("%d attempts of %d deliveries: the floor is one attempt each", n, len(deliveries.values))
	}
	r.inserts, r.settles = deliveries.inserts(), deliveries.settles()
	r.attempts = change{table: "attempts", columns: attempts.columns, args: attempts.values}
	eventIDs, err := read(ctx, db, `SELECT e.* FROM event_ids e CROSS JOIN deliveries d WHERE d.number = e.delivery AND d.bot = e.bot AND NOT d.test ORDER BY d.number`)
	if err != nil {
		return r, err
	}
	r.eventIDs = change{table: "event_ids", columns: eventIDs.columns, args: eventIDs.values}
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

func openToRead(source string) (*sql.DB, error) {
	if isPostgres(source) {
		return sql.Open("pgx", source)
	}
	return sql.Open("sqlite", "file:"+source+"?mode=ro")
}

// inserts are the deliveries as they were accepted. A column that is then as the schema makes it is left to the schema.
func (t table) inserts() change {
	columns := slices.DeleteFunc(slices.Clone(t.columns), func(c string) bool { return slices.Contains(changed[accepting:], c) })
	c := change{table: "deliveries", columns: columns}
	for row := range t.values {
		args := make([]any, len(columns))
		for i, column := range columns {
			args[i] = t.at(row, column)
			if t.at(row, "attempts") == int64(0) {
				continue
			}
			switch column {
			case "status":
				args[i] = "queued"
			case "due_at", "updated_at":
				args[i] = t.at(row, "created_at")
			}
		}
		c.args = append(c.args, args)
	}
	return c
}

// settles find a delivery by its number, as the product does.
func (t table) settles() change {
	s := change{table: "deliveries", columns: changed, by: "number"}
	for row := range t.values {
		args := make([]any, 0, len(changed)+1)
		for _, c := range changed {
			args = append(args, t.at(row, c))
		}
		s.args = append(s.args, append(args, t.at(row, "number")))
	}
	return s
}

// readCounters tells those that accepting counts from those that delivering does.
func (r *rows) readCounters(ctx context.Context, db *sql.DB) error {
	counters, err := read(ctx, db, `SELECT bot, hour, kind, bucket, n, writer, count FROM counters`)
	if err != nil {
		return err
	}
	for row, values := range counters.values {
		c := counter{values[:6], int(values[6].(int64))}
		if counters.at(row, "kind") == "accepted" {
			r.accepted = append(r.accepted, c)
		} else {
			r.delivered = append(r.delivered, c)
		}
	}
	return nil
}

func (r *rows) readDays(ctx context.Context, db *sql.DB) error {
	days, err := read(ctx, db, `SELECT bot, day, n, writer, accepted, delivered, failed_attempts, failed, expired, answered, answered_ms FROM days`)
	if err != nil {
		return err
	}
	for _, values := range days.values {
		d := day{key: values[:4], accepted: int(values[4].(int64))}
		for _, n := range values[5:] {
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
	for _, c := range others {
		r.health = append(r.health, health.at(0, c))
	}
	r.healthText = insert("health", columns) + ` ON CONFLICT (bot, n) DO UPDATE SET ` + each(columns[2:], "%[1]s = excluded.%[1]s")
	return nil
}

// What the journal of people keeps of an event: the numbers of bot and delivery, and three hashes.
const (
	keySize   = 8
	hashSize  = 16
	entrySize = 2*keySize + 3*hashSize
)

// readPeople finds the part of each delivery, in the journal or, if that was sorted in already, in the index.
func readPeople(ctx context.Context, db *sql.DB, deliveries table) ([][]byte, error) {
	of := map[int64][]byte{}
	journal, err := read(ctx, db, `SELECT entries FROM people_journal ORDER BY id`)
	if err != nil {
		return nil, err
	}
	for _, row := range journal.values {
		for entry := range slices.Chunk(row[0].([]byte), entrySize) {
			of[numberIn(entry[keySize:])] = entry
		}
	}
	index, err := read(ctx, db, `SELECT bot, delivery, hash FROM people ORDER BY delivery, hash`)
	if err != nil {
		return nil, err
	}
	for _, row := range index.values {
		bot, number := row[0].(int64), row[1].(int64)
		if len(of[number]) == entrySize {
			continue // being sorted in: in both
		}
		if of[number] == nil {
			of[number] = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(bot)), uint64(number))
		}
		of[number] = append(of[number], row[2].([]byte)...)
	}
	people := make([][]byte, len(deliveries.values))
	for row := range deliveries.values {
		people[row] = of[deliveries.at(row, "number").(int64)]
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

// index is what some parts of the journal become, in no order. A run of the index is six hours; a number begins with
// milliseconds, 18 bits before its end.
func index(entries [][]byte) (made []indexed) {
	const run = 6 * 60 * 60 * 1000
	for _, e := range entries {
		bot, delivery := numberIn(e), numberIn(e[keySize:])
		at := delivery >> 18 / run
		for hash := range slices.Chunk(e[2*keySize:], hashSize) {
			made = append(made, indexed{at, []any{at, hash, bot, delivery}, hash})
		}
	}
	return made
}

func numberIn(entry []byte) int64 { return int64(binary.BigEndian.Uint64(entry)) }
