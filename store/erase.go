package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// StartErase begins to take a person out of the log, and returns at once. What endpoints answered goes too. A delivery that still waits, or is held, ends: its row stays, and says
// why nothing was sent. What is erased cannot be resent, and its event id stays taken. The person is sealed in the job, and
// gone from it when the job has ended.
func (db *DB) StartErase(ctx context.Context, p Person, by Actor) (Job, error) {
	if _, err := db.cfg.Keys.hashesOf(p); err != nil {
		return Job{}, err
	}
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return Job{}, err
	}
	var j Job
	err = db.write(ctx, func(tx *tx) error {
		j = Job{ID: id, Kind: JobErase, Person: p, State: JobRunning, Total: -1, By: by, StartedAt: tx.now}
		return tx.insertJob(j, AuditEntry{Action: "person.erase_start", Target: db.PersonMark(p)})
	})
	return j, err
}

// stepErase erases the next events of a person. What is erased is found no more, so that a job which a crash cut goes on
// with the rest. The last step says in the audit log from how many events, and forgets who it was, in one transaction; the
// job is done only when the write-ahead log was emptied too, or has a reader (ReasonNotWiped).
func (db *DB) stepErase(ctx context.Context, j Job, limit int, without func(payload []byte) []byte) (Job, error) {
	if j.Person == (Person{}) { // all that is left is the log
		return db.endErase(ctx, j)
	}
	places, err := db.findPerson(ctx, j.Person)
	if err != nil {
		return j, err
	}
	if j.Total < 0 {
		if j.Total, err = db.countPlaces(ctx, places); err != nil {
			return j, fmt.Errorf("counting events of a person: %w", err)
		}
	}
	found, err := db.nextOfPerson(ctx, places, limit)
	if err != nil {
		return j, err
	}
	id, total := j.ID, j.Total
	err = db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.job(id); err != nil || j.State != JobRunning || j.Person == (Person{}) {
			return err
		}
		j.Total = total
		if err := tx.eraseAll(&j, found, without); err != nil {
			return fmt.Errorf("erasing a person: %w", err)
		}
		if len(found) == limit {
			return tx.updateJob(&j)
		}
		if err := tx.forgetSearches(j.Person); err != nil {
			return fmt.Errorf("erasing a person: %w", err)
		}
		entry := AuditEntry{By: j.By, Action: "person.erase", Target: db.PersonMark(j.Person), Note: fmt.Sprintf("%d events", j.Done)}
		j.Person = Person{}
		if err := tx.updateJob(&j); err != nil {
			return err
		}
		return tx.addAudit(entry)
	})
	if err != nil || len(found) == limit {
		return j, err
	}
	return db.endErase(ctx, j)
}

// endErase empties the write-ahead log of what was erased. Beside a reader the housekeeper does, once it has gone.
func (db *DB) endErase(ctx context.Context, j Job) (Job, error) {
	reason := ""
	switch err := db.wipe(ctx); {
	case errors.Is(err, ErrNotWiped):
		reason = ReasonNotWiped
	case err != nil:
		return j, err
	}
	id := j.ID
	err := db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.job(id); err != nil || j.State != JobRunning {
			return err
		}
		j.State, j.Reason = JobDone, reason
		return tx.updateJob(&j)
	})
	return j, err
}

// personKey is where the index has one event of a person.
type personKey struct {
	hash personHash
	deliveryKey
}

func (db *DB) nextOfPerson(ctx context.Context, places []personPlace, limit int) (found []personKey, err error) {
	for _, at := range places {
		keys, err := db.deliveriesOfPerson(ctx, at, deliveryKey{}, limit-len(found))
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			found = append(found, personKey{at.hash, k})
		}
		if len(found) == limit {
			break
		}
	}
	return found, nil
}

func (db *DB) countPlaces(ctx context.Context, places []personPlace) (n int, err error) {
	byBot := map[uuid.UUID]int{}
	for _, at := range places {
		if err := db.countAt(ctx, at, byBot); err != nil {
			return 0, err
		}
	}
	for _, events := range byBot {
		n += events
	}
	return n, nil
}

// eraseAll erases events of a person, each once: one may be found by several hashes.
func (tx *tx) eraseAll(j *Job, found []personKey, without func([]byte) []byte) error {
	if err := tx.endMerge(); err != nil {
		return err
	}
	seen := map[deliveryKey]bool{}
	for _, k := range found {
		if !seen[k.deliveryKey] {
			seen[k.deliveryKey] = true
			tx.changed(k.bot, Revoked)
			if err := tx.eraseDelivery(k.bot, k.id, without); err != nil {
				return err
			}
		}
		if err := tx.dropHash(k.hash, k.bot, k.id); err != nil {
			return err
		}
	}
	j.Done += len(seen)
	return nil
}

// PersonMark is what a person stands under in the audit log: a keyed hash, so that the log tells whether somebody was
// erased to who asks with the value, and nothing to who only reads.
func (db *DB) PersonMark(p Person) string { return db.personMarks(p)[0] }

// personMarks are the marks of each form that the value may have come in, by each key that there was: the first is the
// one to write.
func (db *DB) personMarks(p Person) (marks []string) {
	for _, form := range append([]string{p.form()}, p.forms()...) {
		for _, hash := range db.KeyedHashes("audit "+string(p.Kind), form) {
			if mark := string(p.Kind) + " #" + hash; !slices.Contains(marks, mark) {
				marks = append(marks, mark)
			}
		}
	}
	return marks
}

// Erasures are the acts by which a person was erased, the latest first.
func (db *DB) Erasures(ctx context.Context, p Person) (acts []AuditEntry, err error) {
	for _, mark := range db.personMarks(p) {
		read, err := db.Audit(ctx, AuditFilter{Account: mark, Actions: []string{"person.erase"}})
		if err != nil {
			return nil, err
		}
		acts = append(acts, read.Entries...)
	}
	return acts, nil
}

func (tx *tx) eraseDelivery(bot, id uuid.UUID, without func([]byte) []byte) error {
	var status Status
	var payload []byte
	err := tx.row(`SELECT status, payload FROM deliveries WHERE bot_id = ? AND id = ?`, idBytes(bot), idBytes(id)).Scan(&status, &payload)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // retention was first
	}
	if err != nil {
		return err
	}
	if err := tx.dropPerson(bot, id, payload); err != nil {
		return err
	}
	ended, err := tx.endErased(bot, status)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE deliveries SET payload = ?, fingerprint = x'', person = '', last_detail = '', reason = ?, status = ?, due_at = NULL,
			updated_at = CASE WHEN status = ? THEN updated_at ELSE ? END WHERE bot_id = ? AND id = ?`,
		without(payload), ReasonErased, string(ended), string(ended), millis(tx.now), idBytes(bot), idBytes(id)); err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE attempts SET detail = '', response_headers = '', response_body = ?, truncated = 0
		WHERE bot_id = ? AND delivery_id = ?`, []byte{}, idBytes(bot), idBytes(id))
	return err
}

// endErased is the state of an erased delivery: one that waits or is held ends. Of an attempt that is under way only
// what holds no content is recorded (see lateFor).
func (tx *tx) endErased(bot uuid.UUID, status Status) (Status, error) {
	h, err := tx.healthOf(bot)
	if err != nil {
		return status, err
	}
	switch status {
	case Queued, Sending, Retrying:
		tx.move(h, -1, 0)
		return Skipped, nil
	case Held:
		tx.move(h, 0, -1)
		return Skipped, nil
	}
	return status, nil
}
