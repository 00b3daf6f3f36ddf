package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// ErasePerson takes a person out of the log, and returns from how many events. without makes the payload that is kept
// instead of a whole one. What endpoints answered goes too. A delivery that still waits, or is held, ends: its row
// stays, and says why nothing was sent. What is erased cannot be resent, and its event id stays taken.
//
// It works in small transactions, and once begun goes on though its caller goes away; whoever finds it interrupted by a
// crash does it again. ErrNotWiped says that all is done but the
// last traces in the write-ahead log.
func (db *DB) ErasePerson(ctx context.Context, p Person, without func(payload []byte) []byte, by Actor) (n int, err error) {
	ctx = context.WithoutCancel(ctx)
	places, err := db.findPerson(ctx, p)
	if err != nil {
		return 0, err
	}
	for _, at := range places {
		erased, err := db.eraseAt(ctx, at, without)
		n += erased
		if err != nil {
			return n, fmt.Errorf("erasing a person: %w", err)
		}
	}
	if err := db.write(ctx, func(tx *tx) error { return tx.forgetSearches(p) }); err != nil {
		return n, fmt.Errorf("erasing a person: %w", err)
	}
	entry := AuditEntry{By: by, Action: "person.erase", Target: db.PersonMark(p), Note: fmt.Sprintf("%d events", n)}
	if err := db.AddAudit(ctx, entry); err != nil {
		return n, err
	}
	return n, db.wipe(ctx)
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

func (db *DB) eraseAt(ctx context.Context, at personPlace, without func([]byte) []byte) (n int, err error) {
	for {
		keys, err := db.deliveriesOfPerson(ctx, at, deliveryKey{}) // what is erased is found no more
		if err != nil || len(keys) == 0 {
			return n, err
		}
		err = db.write(ctx, func(tx *tx) error {
			if err := tx.endMerge(); err != nil {
				return err
			}
			for _, k := range keys {
				tx.changed(k.bot, Revoked)
				if err := tx.eraseDelivery(k.bot, k.id, without); err != nil {
					return err
				}
				if err := tx.dropHash(at.hash, k.bot, k.id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += len(keys)
	}
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
