package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

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
func (db *DB) findPerson(ctx context.Context, p Person) (places []personPlace, err error) {
	hashes, err := db.cfg.Keys.hashesOf(p)
	if err != nil {
		return nil, err
	}
	if err := db.mergeAll(ctx); err != nil {
		return nil, err
	}
	for _, hash := range hashes {
		if places, err = db.appendRuns(ctx, places, hash); err != nil {
			return nil, fmt.Errorf("looking for a person: %w", err)
		}
	}
	slices.SortStableFunc(places, func(a, b personPlace) int { return cmp.Compare(a.run, b.run) })
	return places, nil
}

// hashesOf are the hashes that a person's events may be kept under: those of each master key that there was, for each form
// in which the value may have come.
func (k *Keyring) hashesOf(p Person) (hashes []personHash, err error) {
	switch p.Kind {
	case PersonEmail, PersonPhone, PersonExternalID:
		hashes = k.allHashes(p.Kind, p.forms())
	default:
		return nil, fmt.Errorf("a person is not known by %q", p.Kind)
	}
	if len(hashes) == 0 {
		return nil, fmt.Errorf("a person without %s", p.Kind)
	}
	return hashes, nil
}

func (db *DB) appendRuns(ctx context.Context, places []personPlace, hash personHash) ([]personPlace, error) {
	rows, err := db.reader.rows(ctx, peopleRuns+`SELECT run FROM runs
		WHERE EXISTS (SELECT 1 FROM people p WHERE p.run = runs.run AND p.hash = ?) ORDER BY run`, hash[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		at := personPlace{hash: hash}
		if err := rows.Scan(&at.run); err != nil {
			return nil, err
		}
		places = append(places, at)
	}
	return places, rows.Err()
}

func (db *DB) deliveriesOfPerson(ctx context.Context, at personPlace, after deliveryKey, limit int) ([]deliveryKey, error) {
	rows, err := db.reader.rows(ctx, `SELECT bot_id, delivery_id FROM people WHERE run = ? AND hash = ?
		AND (bot_id, delivery_id) > (?, ?) ORDER BY bot_id, delivery_id LIMIT ?`,
		at.run, at.hash[:], idBytes(after.bot), idBytes(after.id), limit)
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
