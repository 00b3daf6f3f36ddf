package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// SecretOverlap is how long a signing secret goes on signing beside the one that replaced it.
const SecretOverlap = 24 * time.Hour

// RotateSecret gives a webhook another signing secret; the one of before signs too for 24 h. Rotating again within
// them ends the older one at once: two secrets sign, never three. It is no version of the settings: nobody's edit
// conflicts with it.
func (db *DB) RotateSecret(ctx context.Context, botID uuid.UUID, by Actor) (Webhook, error) {
	secret, err := db.newSecret()
	if err != nil {
		return Webhook{}, err
	}
	var w Webhook
	err = db.write(ctx, func(tx *tx) (err error) {
		if w, err = tx.webhook(botID); err != nil {
			return err
		}
		w.PreviousSecret, w.PreviousUntil, w.Secret, w.Damaged.Secret = w.Secret, tx.now.Add(SecretOverlap), secret, false
		keys := tx.db.cfg.Keys
		if _, err := tx.exec(`UPDATE webhooks SET secret = ?, previous_secret = ?, previous_until = ? WHERE bot_id = ?`,
			keys.sealed(webhookPlace(botID, "secret"), w.Secret), keys.sealed(webhookPlace(botID, "previous_secret"), w.PreviousSecret),
			millis(w.PreviousUntil), idBytes(botID)); err != nil {
			return fmt.Errorf("rotating the signing secret of bot %s: %w", botID, err)
		}
		tx.changed(botID, Settings)
		return tx.addAudit(AuditEntry{By: by, Action: "webhook.rotate_secret", BotID: botID})
	})
	return w, err
}

// EndSecretOverlap makes the old secret stop signing now, and forgets it. PreviousUntil stays, because it tells when the
// secrets were rotated. Where no old one signs it changes nothing.
func (db *DB) EndSecretOverlap(ctx context.Context, botID uuid.UUID, by Actor) (Webhook, error) {
	var w Webhook
	err := db.write(ctx, func(tx *tx) (err error) {
		if w, err = tx.webhook(botID); err != nil || !w.TwoSign(tx.now) {
			return err
		}
		w.PreviousSecret = ""
		if _, err := tx.exec(`UPDATE webhooks SET previous_secret = '' WHERE bot_id = ?`, idBytes(botID)); err != nil {
			return fmt.Errorf("ending the old signing secret of bot %s: %w", botID, err)
		}
		tx.changed(botID, Settings)
		return tx.addAudit(AuditEntry{By: by, Action: "webhook.end_old_secret", BotID: botID})
	})
	return w, err
}
