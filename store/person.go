package store

import (
	"context"
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

func (k *Keyring) hashOf(p Person) ([]byte, error) {
	var hashes [][]byte
	switch p.Kind {
	case PersonEmail:
		hashes = k.personHashes(p.Value, "", "")
	case PersonPhone:
		hashes = k.personHashes("", p.Value, "")
	case PersonExternalID:
		hashes = k.personHashes("", "", p.Value)
	default:
		return nil, fmt.Errorf("a person is not known by %q", p.Kind)
	}
	if len(hashes) == 0 {
		return nil, fmt.Errorf("a person without %s", p.Kind)
	}
	return hashes[0], nil
}

// PersonEvents reads all that is kept about a person, bot by bot, oldest first, a few at a time: it may take as long as
// its reader likes.
func (db *DB) PersonEvents(ctx context.Context, p Person) iter.Seq2[PersonEvent, error] {
	return func(yield func(PersonEvent, error) bool) {
		hash, err := db.cfg.Keys.hashOf(p)
		if err != nil {
			yield(PersonEvent{}, err)
			return
		}
		bots, err := db.botsOfPerson(ctx, hash)
		if err != nil {
			yield(PersonEvent{}, err)
			return
		}
		for _, bot := range bots {
			if !db.yieldPersonEvents(ctx, bot, hash, yield) {
				return
			}
		}
	}
}

func (db *DB) yieldPersonEvents(ctx context.Context, bot uuid.UUID, hash []byte, yield func(PersonEvent, error) bool) (more bool) {
	var after uuid.UUID
	for {
		ids, err := db.deliveriesOfPerson(ctx, bot, hash, after)
		if err != nil {
			return yield(PersonEvent{}, err)
		}
		for _, id := range ids {
			e, err := db.personEvent(ctx, bot, id)
			if !yield(e, err) || err != nil {
				return false
			}
		}
		if len(ids) < personBatch {
			return true
		}
		after = ids[len(ids)-1]
	}
}

func (db *DB) personEvent(ctx context.Context, bot, id uuid.UUID) (e PersonEvent, err error) {
	if e.Delivery, err = db.Delivery(ctx, id); err != nil {
		return e, err
	}
	e.Attempts, err = db.Attempts(ctx, bot, id)
	return e, err
}

// botsOfPerson lists the bots that have events of a person.
func (db *DB) botsOfPerson(ctx context.Context, hash []byte) ([]uuid.UUID, error) {
	rows, err := db.reader.rows(ctx, `SELECT b.id FROM bots b
		WHERE b.deleted_at = 0 AND EXISTS (SELECT 1 FROM people p WHERE p.bot_id = b.id AND p.hash = ?) ORDER BY b.id`, hash)
	if err != nil {
		return nil, fmt.Errorf("looking for a person: %w", err)
	}
	return scanIDs(rows)
}

func (db *DB) deliveriesOfPerson(ctx context.Context, bot uuid.UUID, hash []byte, after uuid.UUID) ([]uuid.UUID, error) {
	rows, err := db.reader.rows(ctx, `SELECT delivery_id FROM people WHERE bot_id = ? AND hash = ? AND delivery_id > ?
		ORDER BY delivery_id LIMIT ?`, idBytes(bot), hash, idBytes(after), personBatch)
	if err != nil {
		return nil, fmt.Errorf("looking for a person: %w", err)
	}
	return scanIDs(rows)
}
