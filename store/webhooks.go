package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

const webhookColumns = `version, enabled, off_reason, off_at, url, headers, event_names, rate_limit,
	secret, previous_secret, previous_until, settles_at, changed_at, fields, held_left_at, undo`

const webhookByBot = `SELECT ` + webhookColumns + ` FROM webhooks
	WHERE bot_id = ? AND EXISTS (SELECT 1 FROM bots WHERE id = bot_id AND deleted_at = 0)`

// fieldChange is one entry of the column fields.
type fieldChange struct {
	Version int64     `json:"version"`
	ByID    uuid.UUID `json:"by_id"`
	ByName  string    `json:"by_name"`
	At      int64     `json:"at"`
	Tab     string    `json:"tab,omitempty"`
	Seq     int64     `json:"seq,omitempty"`
	Run     int64     `json:"run,omitempty"`
}

// Webhook reads the current settings of a bot, secrets in clear.
func (db *DB) Webhook(ctx context.Context, botID uuid.UUID) (Webhook, error) {
	r, err := scanWebhook(botID, db.reader.row(ctx, webhookByBot, idBytes(botID)))
	if err != nil {
		return Webhook{}, err
	}
	return db.openWebhook(botID, r)
}

func (tx *tx) webhook(botID uuid.UUID) (Webhook, error) {
	r, err := scanWebhook(botID, tx.row(webhookByBot, idBytes(botID)))
	if err != nil {
		return Webhook{}, err
	}
	return tx.db.openWebhook(botID, r)
}

// webhookRow is a webhook as it stands in the database, sealed.
type webhookRow struct {
	version                                                  int64
	enabled                                                  bool
	url, headers, names, secret, previous, fields, offReason string
	undo                                                     string
	rateLimit                                                sql.NullFloat64
	offAt, previousUntil, settles, changed, heldLeft         int64
}

func scanWebhook(botID uuid.UUID, row *sql.Row) (r webhookRow, err error) {
	err = row.Scan(&r.version, &r.enabled, &r.offReason, &r.offAt, &r.url, &r.headers, &r.names, &r.rateLimit,
		&r.secret, &r.previous, &r.previousUntil, &r.settles, &r.changed, &r.fields, &r.heldLeft, &r.undo)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("webhook of bot %s: %w", botID, ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("reading the webhook of bot %s: %w", botID, err)
	}
	return r, nil
}

func (db *DB) openWebhook(botID uuid.UUID, r webhookRow) (w Webhook, err error) {
	w = Webhook{
		BotID: botID, Version: r.version, PreviousUntil: fromMillis(r.previousUntil), HeldLeftAt: fromMillis(r.heldLeft),
		WebhookState: WebhookState{Enabled: r.enabled, URL: r.url, SettlesAt: fromMillis(r.settles), ChangedAt: fromMillis(r.changed)},
	}
	if r.rateLimit.Valid {
		w.RateLimit = &r.rateLimit.Float64
	}
	if r.offReason != "" {
		w.SwitchedOff = &SwitchedOff{Reason: r.offReason, At: fromMillis(r.offAt)}
	}
	db.openSealed(&w, r)
	return w, w.readJSON(r.names, r.fields)
}

// openSealed opens each sealed value by itself: one that is damaged costs the others nothing. Without its old secret a
// webhook signs with the new one, and without its undo an edit is made by hand.
func (db *DB) openSealed(w *Webhook, r webhookRow) {
	var err error
	if w.Headers, err = db.openHeaders(webhookPlace(w.BotID, "headers"), r.headers); err != nil {
		w.Damaged.Headers, w.Damaged.headers = true, r.headers
	}
	if w.Secret, err = db.cfg.Keys.opened(webhookPlace(w.BotID, "secret"), r.secret); err != nil || w.Secret == "" { // every webhook has one
		w.Damaged.Secret = true
	}
	w.PreviousSecret, _ = db.cfg.Keys.opened(webhookPlace(w.BotID, "previous_secret"), r.previous)
	w.Undo, _ = db.openUndo(w.BotID, r.undo)
}

// sealedHeaders are the headers as they are written: damaged ones stay as they stand.
func (db *DB) sealedHeaders(p place, w Webhook) string {
	if w.Damaged.Headers {
		return w.Damaged.headers
	}
	return db.sealHeaders(p, w.Headers)
}

func (w *Webhook) readJSON(names, fields string) error {
	var err error
	if w.EventNames, err = chosenNames(names); err != nil {
		return fmt.Errorf("webhook of bot %s: event names: %w", w.BotID, err)
	}
	var changes map[Field]fieldChange
	if err := json.Unmarshal([]byte(fields), &changes); err != nil {
		return fmt.Errorf("webhook of bot %s: fields: %w", w.BotID, err)
	}
	w.FieldVersions, w.FieldChanges = map[Field]int64{}, map[Field]Change{}
	for f, c := range changes {
		w.FieldVersions[f] = c.Version
		w.FieldChanges[f] = Change{
			By: Actor{ID: c.ByID, Name: c.ByName}, At: fromMillis(c.At), Edit: Edit{Tab: c.Tab, Seq: c.Seq, Run: c.Run},
		}
	}
	return nil
}

func (w Webhook) fieldsJSON() string {
	changes := map[Field]fieldChange{}
	for f, c := range w.FieldChanges {
		changes[f] = fieldChange{
			Version: w.FieldVersions[f], ByID: c.By.ID, ByName: c.By.Name, At: millis(c.At), Tab: c.Edit.Tab, Seq: c.Edit.Seq, Run: c.Edit.Run,
		}
	}
	return mustJSON(changes)
}

func (db *DB) sealHeaders(p place, headers []Header) string {
	if len(headers) == 0 {
		return ""
	}
	return db.cfg.Keys.sealed(p, mustJSON(headers))
}

func (db *DB) openHeaders(p place, envelope string) ([]Header, error) {
	plain, err := db.cfg.Keys.opened(p, envelope)
	if err != nil || plain == "" {
		return nil, err
	}
	var headers []Header
	if err := json.Unmarshal([]byte(plain), &headers); err != nil {
		return nil, fmt.Errorf("opening %s.%s: %w", p.table, p.field, err)
	}
	return headers, nil
}

// mustJSON encodes values of our own types, which cannot fail.
func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func namesJSON(names []string) string {
	if names == nil {
		names = []string{}
	}
	return mustJSON(names)
}

// insertWebhook writes a bot's first settings and their history entry.
func (tx *tx) insertWebhook(w Webhook, by Actor) error {
	keys := tx.db.cfg.Keys
	_, err := tx.exec(`INSERT INTO webhooks (bot_id, version, enabled, url, headers, event_names, secret, changed_at, fields)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}')`,
		idBytes(w.BotID), w.Version, w.Enabled, w.URL, tx.db.sealHeaders(webhookPlace(w.BotID, "headers"), w.Headers),
		namesJSON(w.EventNames), keys.sealed(webhookPlace(w.BotID, "secret"), w.Secret), millis(w.ChangedAt))
	if err != nil {
		return fmt.Errorf("adding the webhook of bot %s: %w", w.BotID, err)
	}
	return tx.insertVersion(w, by)
}

// updateWebhook writes changed settings and their history entry, replacing the entry of a version that
// nothing was sent with.
func (tx *tx) updateWebhook(w Webhook, by Actor) error {
	var offReason string
	var offAt time.Time
	if w.SwitchedOff != nil {
		offReason, offAt = w.SwitchedOff.Reason, w.SwitchedOff.At
	}
	tx.ungate(w.BotID)
	_, err := tx.exec(`UPDATE webhooks SET version = ?, enabled = ?, off_reason = ?, off_at = ?, url = ?, headers = ?,
			event_names = ?, rate_limit = ?, settles_at = ?, changed_at = ?, fields = ?, undo = ? WHERE bot_id = ?`,
		w.Version, w.Enabled, offReason, millis(offAt), w.URL, tx.db.sealedHeaders(webhookPlace(w.BotID, "headers"), w),
		namesJSON(w.EventNames), w.RateLimit, millis(w.SettlesAt), millis(w.ChangedAt), w.fieldsJSON(), tx.sealUndo(w), idBytes(w.BotID))
	if err != nil {
		return fmt.Errorf("saving the webhook of bot %s: %w", w.BotID, err)
	}
	tx.changed(w.BotID, Settings)
	if _, err := tx.exec(`DELETE FROM webhook_versions WHERE bot_id = ? AND version = ? AND used = 0`,
		idBytes(w.BotID), w.Version-1); err != nil {
		return err
	}
	return tx.insertVersion(w, by)
}

func (tx *tx) insertVersion(w Webhook, by Actor) error {
	_, err := tx.exec(`INSERT INTO webhook_versions
			(bot_id, version, at, by_id, by_name, enabled, url, headers, event_names, rate_limit)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(w.BotID), w.Version, millis(tx.now), idBytes(by.ID), by.Name, w.Enabled, w.URL,
		tx.db.sealedHeaders(versionPlace(w.BotID, w.Version), w), namesJSON(w.EventNames), w.RateLimit)
	if err != nil {
		return fmt.Errorf("keeping version %d of the webhook of bot %s: %w", w.Version, w.BotID, err)
	}
	return nil
}

// useVersion makes a version's history entry immutable: something is about to be sent with it.
func (tx *tx) useVersion(botID uuid.UUID, version int64) error {
	_, err := tx.exec(`UPDATE webhook_versions SET used = 1 WHERE bot_id = ? AND version = ? AND used = 0`, idBytes(botID), version)
	return err
}
