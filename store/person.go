package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"
)

// Person is somebody whose events are looked for, by one thing that is known of them.
type Person struct {
	Kind  PersonKind
	Value string // as typed: case of an e-mail and spaces in a phone do not matter
}

// PersonKind is by what a person is known.
type PersonKind string

// The kinds, each with a hash of its own beside every event that has it.
const (
	PersonEmail      PersonKind = "email"
	PersonPhone      PersonKind = "phone"
	PersonExternalID PersonKind = "external_id"
)

// PersonEvent is all that is kept of one event of a person.
type PersonEvent struct {
	Delivery Delivery // with its payload
	Attempts []Attempt
}

// personBatch is how many events of a person are read or erased at once.
const personBatch = 100

func (k *Keyring) hashOf(p Person) (hash personHash, err error) {
	switch p.Kind {
	case PersonEmail:
		hash = k.personHashes(p.Value, "", "")[0]
	case PersonPhone:
		hash = k.personHashes("", p.Value, "")[1]
	case PersonExternalID:
		hash = k.personHashes("", "", p.Value)[2]
	default:
		return hash, fmt.Errorf("a person is not known by %q", p.Kind)
	}
	if hash == (personHash{}) {
		return hash, fmt.Errorf("a person without %s", p.Kind)
	}
	return hash, nil
}

// PersonEvents reads all that is kept about a person, from the oldest run to the newest and in each bot by bot, a few at
// a time: it may take as long as its reader likes.
func (db *DB) PersonEvents(ctx context.Context, p Person) iter.Seq2[PersonEvent, error] {
	return func(yield func(PersonEvent, error) bool) {
		places, err := db.findPerson(ctx, p)
		if err != nil {
			yield(PersonEvent{}, err)
			return
		}
		for _, at := range places {
			if !db.yieldPersonEvents(ctx, at, yield) {
				return
			}
		}
	}
}

func (db *DB) yieldPersonEvents(ctx context.Context, at personPlace, yield func(PersonEvent, error) bool) (more bool) {
	var after deliveryKey
	for {
		keys, err := db.deliveriesOfPerson(ctx, at, after)
		if err != nil {
			return yield(PersonEvent{}, err)
		}
		for _, k := range keys {
			e, err := db.personEvent(ctx, k)
			if errors.Is(err, ErrNotFound) { // its bot was deleted, or retention was first
				continue
			}
			if !yield(e, err) || err != nil {
				return false
			}
		}
		if len(keys) < personBatch {
			return true
		}
		after = keys[len(keys)-1]
	}
}

func (db *DB) personEvent(ctx context.Context, k deliveryKey) (e PersonEvent, err error) {
	if e.Delivery, err = db.Delivery(ctx, k.id); err != nil {
		return e, err
	}
	e.Attempts, err = db.Attempts(ctx, k.bot, k.id)
	return e, err
}

// personPlace is where the index has events of a person.
type personPlace struct {
	run  int64
	hash personHash
}

// deliveryKey is what one delivery is found by.
type deliveryKey struct{ bot, id uuid.UUID }

// peopleRuns goes from run to run of the index, never over the rows of one.
const peopleRuns = `WITH RECURSIVE runs (run) AS (
		SELECT MIN(run) FROM people
		UNION ALL SELECT (SELECT MIN(p.run) FROM people p WHERE p.run > runs.run) FROM runs WHERE run IS NOT NULL) `

// findPerson finds the runs with events of a person, the oldest first. What the journal holds is sorted in before.
func (db *DB) findPerson(ctx context.Context, p Person) ([]personPlace, error) {
	hash, err := db.cfg.Keys.hashOf(p)
	if err != nil {
		return nil, err
	}
	if err := db.write(ctx, func(tx *tx) error { return tx.mergePeople() }); err != nil {
		return nil, err
	}
	rows, err := db.reader.rows(ctx, peopleRuns+`SELECT run FROM runs
		WHERE EXISTS (SELECT 1 FROM people p WHERE p.run = runs.run AND p.hash = ?) ORDER BY run`, hash[:])
	if err != nil {
		return nil, fmt.Errorf("looking for a person: %w", err)
	}
	defer rows.Close()
	var places []personPlace
	for rows.Next() {
		at := personPlace{hash: hash}
		if err := rows.Scan(&at.run); err != nil {
			return nil, fmt.Errorf("looking for a person: %w", err)
		}
		places = append(places, at)
	}
	return places, rows.Err()
}

func (db *DB) deliveriesOfPerson(ctx context.Context, at personPlace, after deliveryKey) ([]deliveryKey, error) {
	rows, err := db.reader.rows(ctx, `SELECT bot_id, delivery_id FROM people WHERE run = ? AND hash = ?
		AND (bot_id, delivery_id) > (?, ?) ORDER BY bot_id, delivery_id LIMIT ?`,
		at.run, at.hash[:], idBytes(after.bot), idBytes(after.id), personBatch)
	if err != nil {
		return nil, fmt.Errorf("looking for a person: %w", err)
	}
	defer rows.Close()
	var keys []deliveryKey
	for rows.Next() {
		var k deliveryKey
		if err := rows.Scan(&k.bot, &k.id); err != nil {
			return nil, fmt.Errorf("looking for a person: %w", err)
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}
