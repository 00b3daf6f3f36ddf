package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"iozen/store"
	"iozen/store/secret"
)

// StartErase begins to remove a person from the log, and returns at once. Answers of endpoints are removed too. A delivery
// that still waits, or is held, ends: its row stays, and says why nothing was sent. An erased event cannot be resent, and
// its event id stays used. The job holds the person sealed, and no longer once it has ended.
func (db *DB) StartErase(ctx context.Context, p store.Person, by store.Actor) (store.Job, error) {
	if _, err := db.cfg.Keys.HashesOf(p); err != nil {
		return store.Job{}, err
	}
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return store.Job{}, err
	}
	var j store.Job
	err = db.write(ctx, func(tx *tx) error {
		j = store.Job{ID: id, Kind: store.JobErase, Person: p, State: store.JobRunning, Total: -1, By: by, StartedAt: tx.now}
		return tx.insertJob(j, store.AuditEntry{Action: "person.erase_start", Target: db.PersonMark(p)})
	})
	return j, err
}

// stepErase erases the next events of a person. Erased events are not found again, so that a job which a crash interrupted
// goes on with the rest. The last step says in the audit log from how many events, and forgets who it was, in one
// transaction; the job is done only when the write-ahead log was emptied too, or has a reader (ReasonNotWiped).
func (db *DB) stepErase(ctx context.Context, j store.Job, limit int, without func(payload []byte) []byte) (store.Job, error) {
	if j.Person == (store.Person{}) { // only the write-ahead log is left to empty
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
		if j, err = tx.job(id); err != nil || j.State != store.JobRunning || j.Person == (store.Person{}) {
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
		entry := store.AuditEntry{By: j.By, Action: "person.erase", Target: db.PersonMark(j.Person), Note: fmt.Sprintf("%d events", j.Done)}
		j.Person = store.Person{}
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

// endErase empties the write-ahead log of what was erased. If a reader is in the way, maintenance does it once the reader has gone.
func (db *DB) endErase(ctx context.Context, j store.Job) (store.Job, error) {
	done, err := db.wipe(ctx)
	if err != nil {
		return j, err
	}
	reason := ""
	if !done {
		reason = store.ReasonNotWiped
	}
	id := j.ID
	err = db.write(ctx, func(tx *tx) (err error) {
		if j, err = tx.job(id); err != nil || j.State != store.JobRunning {
			return err
		}
		j.State, j.Reason = store.JobDone, reason
		return tx.updateJob(&j)
	})
	return j, err
}

// personKey is the place of one event of a person in the index.
type personKey struct {
	hash secret.PersonHash
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
	byBot := map[int64]int{}
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
func (tx *tx) eraseAll(j *store.Job, found []personKey, without func([]byte) []byte) error {
	if err := tx.endMerge(); err != nil {
		return err
	}
	seen := map[deliveryKey]bool{}
	for _, k := range found {
		if !seen[k.deliveryKey] {
			seen[k.deliveryKey] = true
			if err := tx.eraseEvent(k.deliveryKey, without); err != nil {
				return err
			}
		}
		if err := tx.dropHash(k.hash, k.deliveryKey); err != nil {
			return err
		}
	}
	j.Done += len(seen)
	return nil
}

// forgetSearches ends the resends that search for a person: they would find nothing any longer, and their filter names the
// person.
func (tx *tx) forgetSearches(p store.Person) error {
	jobs, err := tx.runningResends()
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.Filter.LooksFor(p) {
			continue
		}
		j.State = store.JobStopped
		if err := tx.updateJob(&j); err != nil {
			return err
		}
	}
	return nil
}

// runningResends reads the resends that run. One that cannot be read is damaged, or was sealed with a key that is gone: it
// reveals nothing, and does not block an erasure.
func (tx *tx) runningResends() (jobs []store.Job, err error) {
	rows, err := tx.rows(`SELECT `+jobColumns+` FROM jobs WHERE state = ? AND kind = ?`, string(store.JobRunning), string(store.JobResend))
	if err != nil {
		return nil, fmt.Errorf("reading resends: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if j, err := tx.db.scanJob(rows.Scan); err == nil {
			jobs = append(jobs, j)
		}
	}
	return jobs, rows.Err()
}

// PersonMark is the name of a person in the audit log: a keyed hash. Whoever knows the value can ask whether that person
// was erased; whoever only reads the log learns nothing.
func (db *DB) PersonMark(p store.Person) string { return db.personMarks(p)[0] }

// personMarks are the marks for each form that the value may have had, with each key of the ring; the first is the one to
// write.
func (db *DB) personMarks(p store.Person) (marks []string) {
	for _, form := range append([]string{p.Form()}, p.Forms()...) {
		for _, hash := range db.KeyedHashes("audit "+string(p.Kind), form) {
			if mark := string(p.Kind) + " #" + hash; !slices.Contains(marks, mark) {
				marks = append(marks, mark)
			}
		}
	}
	return marks
}

// Erasures are the audit entries of a person's erasures, the latest first.
func (db *DB) Erasures(ctx context.Context, p store.Person) (acts []store.AuditEntry, err error) {
	for _, mark := range db.personMarks(p) {
		read, err := db.Audit(ctx, store.AuditFilter{Account: mark, Actions: []string{"person.erase"}})
		if err != nil {
			return nil, err
		}
		acts = append(acts, read.Entries...)
	}
	return acts, nil
}

// eraseEvent erases what an event's deliveries hold about its person.
func (tx *tx) eraseEvent(first deliveryKey, without func([]byte) []byte) error {
	rows, err := tx.rows(othersOfEvent, first.bot, first.number)
	if err != nil {
		return err
	}
	all, err := withOthers(first, rows)
	if err != nil {
		return err
	}
	for _, k := range all {
		if err := tx.eraseDelivery(k, without); err != nil {
			return err
		}
	}
	_, err = tx.exec(`UPDATE event_ids SET fingerprint = ? WHERE bot = ? AND event_id = (SELECT event_id FROM deliveries WHERE bot = ? AND number = ?)`,
		[]byte{}, first.bot, first.bot, first.number)
	return err
}

func (tx *tx) eraseDelivery(k deliveryKey, without func([]byte) []byte) error {
	var id store.WebhookID
	var status store.Status
	var payload []byte
	err := tx.row(`SELECT b.id, d.n, d.status, d.payload FROM deliveries d JOIN bots b ON b.number = d.bot WHERE d.bot = ? AND d.number = ?`, k.bot, k.number).
		Scan(&id.BotID, &id.N, &status, &payload)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // retention removed it first
	}
	if err != nil {
		return err
	}
	tx.changed(id, store.Revoked)
	if payload != nil {
		if err := tx.dropPerson(k, payload); err != nil {
			return err
		}
		payload = without(payload)
	}
	ended, err := tx.endErased(id, status)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE deliveries SET payload = ?, person = '', last_detail = '', reason = ?, status = ?, due_at = NULL,
			updated_at = CASE WHEN status = ? THEN updated_at ELSE ? END WHERE bot = ? AND number = ?`,
		payload, store.ReasonErased, string(ended), string(ended), millis(tx.now), k.bot, k.number); err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE attempts SET detail = '', response_headers = '', response_body = ?, truncated = FALSE
		WHERE bot = ? AND delivery = ?`, []byte{}, k.bot, k.number)
	return err
}

// endErased is the state of an erased delivery: one that waits or is held ends. Of an attempt that is under way only
// what holds no content is recorded (see Settlement.LateFor).
func (tx *tx) endErased(id store.WebhookID, status store.Status) (store.Status, error) {
	h, err := tx.healthOf(id)
	if err != nil {
		return status, err
	}
	waiting, held := status.Counted()
	if waiting+held == 0 {
		return status, nil
	}
	tx.move(h, status, store.Skipped, 1)
	return store.Skipped, nil
}

// wipe removes the last traces of what was erased, and says whether they are gone: while somebody reads the database, its
// write-ahead log cannot be emptied. Maintenance tries again until it is.
func (db *DB) wipe(ctx context.Context) (done bool, err error) {
	db.unwiped.Store(true)
	if done, err = db.at.Wipe(ctx); done {
		db.unwiped.Store(false)
	}
	return done, err
}

// WipeAgain empties the log if that is still to be done: after an erasure beside a reader, and once after each start,
// because the process before may have left it undone.
func (db *DB) WipeAgain(ctx context.Context) error {
	if !db.unwiped.Load() {
		return nil
	}
	_, err := db.wipe(ctx) // if it is not done, in the next round of maintenance
	return err
}
