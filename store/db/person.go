package db

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/number"
	"iozen/store/db/statement"
	"iozen/store/secret"
	"iozen/store/text"
)

// personBatch is how many events of a person are read or erased at once.
const personBatch = 100

// PersonEvents reads everything that is kept about a person, from the oldest run to the newest and within a run bot by bot,
// a few events at a time: its reader may be as slow as it likes.
func (db *DB) PersonEvents(ctx context.Context, p store.Person) iter.Seq2[store.PersonEvent, error] {
	return func(yield func(store.PersonEvent, error) bool) {
		places, err := db.findPerson(ctx, p)
		if err != nil {
			yield(store.PersonEvent{}, err)
			return
		}
		for _, at := range places {
			if !db.yieldPersonEvents(ctx, at, yield) {
				return
			}
		}
	}
}

func (db *DB) yieldPersonEvents(ctx context.Context, at personPlace, yield func(store.PersonEvent, error) bool) (more bool) {
	var after deliveryKey
	for {
		keys, err := db.deliveriesOfPerson(ctx, at, after, personBatch)
		if err != nil {
			return yield(store.PersonEvent{}, err)
		}
		for _, k := range keys {
			deliveries, err := db.deliveriesOfEvent(ctx, k)
			if err != nil {
				return yield(store.PersonEvent{}, err)
			}
			for _, k := range deliveries {
				e, err := db.personEvent(ctx, k)
				if errors.Is(err, store.ErrNotFound) { // its bot was deleted, or retention removed it first
					continue
				}
				if !yield(e, err) || err != nil {
					return false
				}
			}
		}
		if len(keys) < personBatch {
			return true
		}
		after = keys[len(keys)-1]
	}
}

const othersOfEvent = `SELECT number FROM deliveries WHERE bot = ? AND event = ? ORDER BY number`

// deliveriesOfEvent are an event's first delivery, and those to other webhooks.
func (db *DB) deliveriesOfEvent(ctx context.Context, first deliveryKey) ([]deliveryKey, error) {
	rows, err := db.reader.Rows(ctx, othersOfEvent, first.bot, first.number)
	if err != nil {
		return nil, fmt.Errorf("looking for the deliveries of an event: %w", err)
	}
	return withOthers(first, rows)
}

func withOthers(first deliveryKey, rows *sql.Rows) ([]deliveryKey, error) {
	numbers, err := statement.Column[int64](rows)
	all := []deliveryKey{first}
	for _, number := range numbers {
		all = append(all, deliveryKey{first.bot, number})
	}
	return all, err
}

func (db *DB) personEvent(ctx context.Context, k deliveryKey) (e store.PersonEvent, err error) {
	row := db.reader.Row(ctx, deliveryByKey, k.bot, k.number)
	if e.Delivery, err = scanFullDelivery(number.ID(k.number), row); err != nil {
		return e, err
	}
	e.Attempts, err = db.Attempts(ctx, e.Delivery.BotID, e.Delivery.ID)
	return e, err
}

// PersonCounts counts what PersonEvents would read, bot by bot.
func (db *DB) PersonCounts(ctx context.Context, p store.Person) (counts []store.PersonCount, err error) {
	places, err := db.findPerson(ctx, p)
	if err != nil {
		return nil, err
	}
	byBot := map[int64]int{}
	for _, at := range places {
		if err := db.countAt(ctx, at, byBot); err != nil {
			return nil, fmt.Errorf("counting events of a person: %w", err)
		}
	}
	for bot, n := range byBot {
		c := store.PersonCount{Events: n}
		err := db.reader.Row(ctx, `SELECT id, name FROM bots WHERE number = ? AND deleted_at = 0`, bot).Scan(&c.BotID, &c.BotName)
		if errors.Is(err, sql.ErrNoRows) { // deleted: its rows are being removed
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("counting events of a person: %w", err)
		}
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(a, b store.PersonCount) int {
		return cmp.Or(strings.Compare(a.BotName, b.BotName), bytes.Compare(a.BotID[:], b.BotID[:]))
	})
	return counts, nil
}

func (db *DB) countAt(ctx context.Context, at personPlace, byBot map[int64]int) error {
	rows, err := db.reader.Rows(ctx, `SELECT bot, COUNT(*) FROM people WHERE run = ? AND hash = ? GROUP BY bot`, at.run, at.hash[:])
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var bot int64
		var n int
		if err := rows.Scan(&bot, &n); err != nil {
			return err
		}
		byBot[bot] += n
	}
	return rows.Err()
}

// personPlace is where the index has events of a person.
type personPlace struct {
	run  int64
	hash secret.PersonHash
}

// deliveryKey is what one delivery is found by.
type deliveryKey struct{ bot, number int64 }

// peopleRuns goes from run to run of the index, never over the rows of one.
const peopleRuns = `WITH RECURSIVE runs (run) AS (
		SELECT MIN(run) FROM people
		UNION ALL SELECT (SELECT MIN(p.run) FROM people p WHERE p.run > runs.run) FROM runs WHERE run IS NOT NULL)`

// findPerson finds the runs with events of a person, the oldest first. The journal is merged into the index first.
func (db *DB) findPerson(ctx context.Context, p store.Person) (places []personPlace, err error) {
	hashes, err := db.cfg.Keys.HashesOf(p)
	if err != nil {
		return nil, err
	}
	if err := db.mergeAll(ctx); err != nil {
		return nil, err
	}
	for _, hash := range hashes {
		runs, err := db.runsOf(ctx, hash)
		if err != nil {
			return nil, fmt.Errorf("looking for a person: %w", err)
		}
		for _, run := range runs {
			places = append(places, personPlace{run, hash})
		}
	}
	slices.SortStableFunc(places, func(a, b personPlace) int { return cmp.Compare(a.run, b.run) })
	return places, nil
}

func (db *DB) runsOf(ctx context.Context, hash secret.PersonHash) ([]int64, error) {
	rows, err := db.reader.Rows(ctx, peopleRuns+` SELECT run FROM runs
		WHERE (SELECT MIN(p.bot) FROM people p WHERE p.run = runs.run AND p.hash = ?) IS NOT NULL ORDER BY run`, hash[:])
	if err != nil {
		return nil, err
	}
	return statement.Column[int64](rows)
}

func (db *DB) deliveriesOfPerson(ctx context.Context, at personPlace, after deliveryKey, limit int) ([]deliveryKey, error) {
	rows, err := db.reader.Rows(ctx, `SELECT bot, delivery FROM people WHERE run = ? AND hash = ?
		AND (bot, delivery) > (?, ?) ORDER BY bot, delivery LIMIT ?`,
		at.run, at.hash[:], after.bot, after.number, limit)
	if err != nil {
		return nil, fmt.Errorf("looking for a person: %w", err)
	}
	return statement.Collect(rows, func(k *deliveryKey, scan func(...any) error) error { return scan(&k.bot, &k.number) })
}

// KeyedHash is a hash that only this installation can make: it recognizes a value again without keeping it. purpose keeps
// equal values of different kinds apart.
func (db *DB) KeyedHash(purpose, value string) string {
	return db.cfg.Keys.Newest().KeyedHash(purpose, value)
}

// KeyedHashes are the hashes of a value with each key of the ring, the newest first.
func (db *DB) KeyedHashes(purpose, value string) []string {
	return db.cfg.Keys.KeyedHashes(purpose, value)
}

// search is one whole search term: an event id, a delivery id, or something that identifies a person.
type search struct {
	term       string
	hashes     []secret.PersonHash
	journalled []int64 // that are about the person, and not in the index of people yet
}

// search looks into the journal of people before the index is asked: what is sorted in meanwhile is found there.
func (db *DB) search(ctx context.Context, query string) (s search, err error) {
	if s.term = text.Clean(query); s.term == "" {
		return s, nil
	}
	for _, p := range store.PeopleOf(query, query, query) {
		s.hashes = append(s.hashes, db.cfg.Keys.AllHashes(p.Kind, p.Forms())...)
	}
	if len(s.hashes) == 0 {
		return s, nil
	}
	journal, err := db.journalled(ctx)
	if err == nil {
		s.journalled = journal.about(s.hashes)
	}
	return s, err
}

// condition is that a delivery is found by the term: an event is found with all its deliveries. The subquery names numbers, so
// that the list is driven by them.
func (s search) condition(bot uuid.UUID) condition {
	bots, args := "SELECT number FROM bots", []any{}
	if bot != uuid.Nil {
		bots, args = "SELECT number FROM bots WHERE id = ?", []any{idBytes(bot)}
	}
	args = append(args, s.term)
	events := `SELECT f.bot, f.delivery FROM (` + bots + `) q CROSS JOIN ` + dialect.Each + `event_ids f WHERE f.bot = q.number AND f.event_id = ?` + dialect.EachEnd
	if n := len(s.hashes); n > 0 {
		events += ` UNION ALL SELECT f.bot, f.delivery FROM runs CROSS JOIN ` + dialect.Each + `people f WHERE f.run = runs.run AND f.hash IN (?` + strings.Repeat(", ?", n-1) + `)` + dialect.EachEnd
		for _, h := range s.hashes {
			args = append(args, h[:])
		}
	}
	if n := len(s.journalled); n > 0 {
		events += ` UNION ALL SELECT j.bot, j.number FROM deliveries j WHERE j.number IN (?` + strings.Repeat(", ?", n-1) + `)`
		for _, number := range s.journalled {
			args = append(args, number)
		}
	}
	numbers := `SELECT delivery FROM events UNION ALL SELECT f.number FROM events CROSS JOIN ` + dialect.Each + `deliveries f
		WHERE f.bot = events.bot AND f.event = events.delivery` + dialect.EachEnd
	if id, err := uuid.Parse(s.term); err == nil {
		numbers += ` UNION ALL SELECT o.number FROM deliveries o WHERE o.number = ? AND o.id = ?`
		args = append(args, number.Of(id), idBytes(id))
	}
	return condition{"d.number IN (" + peopleRuns + ", events (bot, delivery) AS (" + events + ") " + numbers + ")", args}
}
