package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
)

// Resend puts a delivery back into the queue: the same row, bytes and id; its attempts go on counting and the schedule
// starts anew. A delivery that is being sent stays as it is. It fails with ErrNoConsent if a person has to answer first, with
// ErrTest or ErrErased if the delivery is never sent again, and with ErrOff while the webhook does not send: it would be held
// at once.
func (db *DB) Resend(ctx context.Context, botID, id uuid.UUID, by store.Actor) (store.Delivery, error) {
	return db.resend(ctx, botID, id, by, false)
}

// ResendAnyway is Resend of a delivery that consent held back, for a person who has answered the question: this time it is
// sent whole, and the audit log says who chose that.
func (db *DB) ResendAnyway(ctx context.Context, botID, id uuid.UUID, by store.Actor) (store.Delivery, error) {
	return db.resend(ctx, botID, id, by, true)
}

func (db *DB) resend(ctx context.Context, botID, id uuid.UUID, by store.Actor, anyway bool) (d store.Delivery, err error) {
	err = db.write(ctx, func(tx *tx) (err error) {
		if d, err = tx.delivery(id); err != nil {
			return err
		}
		if d.BotID != botID {
			return fmt.Errorf("delivery %s of bot %s: %w", id, botID, store.ErrNotFound)
		}
		return tx.resend(&d, id, by, anyway)
	})
	return d, err
}

func (tx *tx) resend(d *store.Delivery, act uuid.UUID, by store.Actor, anyway bool) error {
	if err := d.Resendable(); err != nil {
		return err
	}
	if d.NeedsAnswer() && !anyway {
		return store.ErrNoConsent
	}
	if err := tx.mustSend(d.WebhookID()); err != nil {
		return err
	}
	if d.Status == store.Sending {
		return nil
	}
	entry, reason := store.AuditEntry{Action: "delivery.resend"}, ""
	if d.NeedsAnswer() {
		entry, reason = store.AuditEntry{Action: "delivery.resend_anyway"}, store.ReasonSentAnyway
	}
	entry.By, entry.BotID, entry.N, entry.Target, entry.Note = by, d.BotID, d.Webhook, d.ID.String(), "was "+string(d.Status)
	if err := tx.requeue(d, false, act, reason); err != nil {
		return err
	}
	return tx.addAudit(entry)
}

// ResendSelected puts several deliveries back into the queue, as Resend does with each, in one transaction. Those that
// cannot be resent are skipped. It takes at most as many as a page shows.
func (db *DB) ResendSelected(ctx context.Context, ids []uuid.UUID, by store.Actor) (r store.Resent, err error) {
	act, err := db.newID(db.cfg.Now())
	if err != nil {
		return r, err
	}
	err = db.write(ctx, func(tx *tx) error {
		r = store.Resent{Act: act}
		for _, id := range ids[:min(len(ids), store.MaxLimit)] {
			d, err := tx.delivery(id)
			if err == nil {
				err = tx.resend(&d, act, by, false)
			}
			if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrTest) || errors.Is(err, store.ErrErased) || errors.Is(err, store.ErrOff) || errors.Is(err, store.ErrNoConsent) {
				continue
			}
			if err != nil {
				return fmt.Errorf("resending delivery %s: %w", id, err)
			}
			r.Done++
		}
		return nil
	})
	return r, err
}

// requeue makes a delivery due at once, for an act that can be taken back; late puts it behind events that were never
// tried.
func (tx *tx) requeue(d *store.Delivery, late bool, act uuid.UUID, reason string) error {
	bot, err := tx.bot(d.BotID)
	if err != nil {
		return err
	}
	if err := tx.notePutBack(act, `bot = ? AND number = ?`, bot, number.Of(d.ID)); err != nil {
		return err
	}
	h, err := tx.healthOf(d.WebhookID())
	if err != nil {
		return err
	}
	tx.move(h, d.Status, store.Queued, 1)
	tx.changed(d.WebhookID(), store.Due)
	d.Status, d.Reason, d.Round, d.DueAt, d.UpdatedAt = store.Queued, reason, 0, tx.now, tx.now
	_, err = tx.exec(`UPDATE deliveries SET status = ?, reason = ?, round = 0, due_at = ?, late = ?, updated_at = ? WHERE bot = ? AND number = ?`,
		string(store.Queued), reason, millis(tx.now), late, millis(tx.now), bot, number.Of(d.ID))
	return err
}
