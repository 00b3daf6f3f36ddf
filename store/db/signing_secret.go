package db

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"iozen/store"
	"iozen/store/secret"
)

// SecretOverlap is how long a signing secret goes on signing beside the one that replaced it.
const SecretOverlap = 24 * time.Hour

// RotateSecret gives a webhook another signing secret; the old one signs too for 24 h. Rotating again within that time ends
// the oldest one at once: two secrets sign, never three. It does not make a version of the settings, so no edit conflicts
// with it.
func (db *DB) RotateSecret(ctx context.Context, id store.WebhookID, by store.Actor) (store.Webhook, error) {
	fresh, err := db.newSecret()
	if err != nil {
		return store.Webhook{}, err
	}
	var w store.Webhook
	err = db.write(ctx, func(tx *tx) (err error) {
		if w, err = tx.webhook(id); err != nil {
			return err
		}
		w.PreviousSecret, w.PreviousUntil, w.Secret, w.Damaged.Secret = w.Secret, tx.now.Add(SecretOverlap), fresh, false
		keys := tx.db.cfg.Keys
		tx.ungate(id.BotID)
		if _, err := tx.exec(`UPDATE webhooks SET secret = ?, previous_secret = ?, previous_until = ? WHERE `+ofWebhook,
			keys.Sealed(secret.WebhookPlace(id, "secret"), w.Secret), keys.Sealed(secret.WebhookPlace(id, "previous_secret"), w.PreviousSecret),
			millis(w.PreviousUntil), idBytes(id.BotID), id.N); err != nil {
			return fmt.Errorf("rotating the signing secret of %s: %w", id, err)
		}
		tx.changed(id, store.Settings)
		return tx.addAudit(store.AuditEntry{By: by, Action: "webhook.rotate_secret", BotID: id.BotID, N: id.N})
	})
	return w, err
}

// EndSecretOverlap makes the old secret stop signing now, and forgets it. PreviousUntil stays, because it shows when the
// secrets were rotated. If no old secret signs, nothing changes.
func (db *DB) EndSecretOverlap(ctx context.Context, id store.WebhookID, by store.Actor) (store.Webhook, error) {
	var w store.Webhook
	err := db.write(ctx, func(tx *tx) (err error) {
		if w, err = tx.webhook(id); err != nil || !w.TwoSign(tx.now) {
			return err
		}
		w.PreviousSecret = ""
		tx.ungate(id.BotID)
		if _, err := tx.exec(`UPDATE webhooks SET previous_secret = '' WHERE `+ofWebhook, idBytes(id.BotID), id.N); err != nil {
			return fmt.Errorf("ending the old signing secret of %s: %w", id, err)
		}
		tx.changed(id, store.Settings)
		return tx.addAudit(store.AuditEntry{By: by, Action: "webhook.end_old_secret", BotID: id.BotID, N: id.N})
	})
	return w, err
}

// newSecret makes a Standard Webhooks signing secret: whsec_ and the base64 of 32 random bytes.
func (db *DB) newSecret() (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(db.cfg.Rand, raw[:]); err != nil {
		return "", fmt.Errorf("making a signing secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(raw[:]), nil
}
