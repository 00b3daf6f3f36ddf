package store

import (
	"context"
	"errors"
	"iter"
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
		keys, err := db.deliveriesOfPerson(ctx, at, after, personBatch)
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
