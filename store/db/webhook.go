package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/option"
	"iozen/store/secret"
)

const webhookColumns = `name, version, enabled, off_reason, off_at, url, headers, event_names, rate_limit,
	filter, format, leave_out, consent, success, secret, previous_secret, previous_until, settles_at, changed_at, fields, held_left_at, undo`

// liveWebhook is the condition on a webhook, by its bot's id and its number, that neither of them was deleted.
const liveWebhook = `bot = (SELECT number FROM bots WHERE id = ? AND deleted_at = 0) AND n = ? AND deleted_at = 0`

const webhookByID = `SELECT ` + webhookColumns + ` FROM webhooks WHERE ` + liveWebhook

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
func (db *DB) Webhook(ctx context.Context, id store.WebhookID) (store.Webhook, error) {
	r, err := scanWebhook(id, db.reader.Row(ctx, webhookByID, idBytes(id.BotID), id.N))
	if err != nil {
		return store.Webhook{}, err
	}
	return db.openWebhook(id, r)
}

func (tx *tx) webhook(id store.WebhookID) (store.Webhook, error) {
	r, err := scanWebhook(id, tx.row(webhookByID, idBytes(id.BotID), id.N))
	if err != nil {
		return store.Webhook{}, err
	}
	return tx.db.openWebhook(id, r)
}

// webhookRow is a webhook as the database holds it, sealed.
type webhookRow struct {
	version                                                        int64
	enabled                                                        bool
	name, url, headers, names, secret, previous, fields, offReason string
	undo                                                           string
	rateLimit                                                      sql.NullFloat64
	options                                                        option.Stored
	offAt, previousUntil, settles, changed, heldLeft               int64
}

func scanWebhook(id store.WebhookID, row statement.Row) (r webhookRow, err error) {
	err = row.Scan(&r.name, &r.version, &r.enabled, &r.offReason, &r.offAt, &r.url, &r.headers, &r.names, &r.rateLimit,
		&r.options.Filter, &r.options.Format, &r.options.LeaveOut, &r.options.Consent, &r.options.Success,
		&r.secret, &r.previous, &r.previousUntil, &r.settles, &r.changed, &r.fields, &r.heldLeft, &r.undo)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("webhook of %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("reading the webhook of %s: %w", id, err)
	}
	return r, nil
}

func (db *DB) openWebhook(id store.WebhookID, r webhookRow) (w store.Webhook, err error) {
	w = store.Webhook{
		WebhookID: id, Name: r.name, Version: r.version, PreviousUntil: fromMillis(r.previousUntil), HeldLeftAt: fromMillis(r.heldLeft),
		WebhookState: store.WebhookState{Enabled: r.enabled, URL: r.url, QuietUntil: fromMillis(r.settles), ChangedAt: fromMillis(r.changed)},
	}
	if r.rateLimit.Valid {
		w.RateLimit = &r.rateLimit.Float64
	}
	if r.offReason != "" {
		w.SwitchedOff = &store.SwitchedOff{Reason: r.offReason, At: fromMillis(r.offAt)}
	}
	if w.Set, err = r.options.Set(); err != nil {
		return w, fmt.Errorf("webhook of %s: %w", id, err)
	}
	db.openSealed(&w, r)
	return w, readWebhookJSON(&w, r.names, r.fields)
}

// openSealed opens each sealed value by itself, so that a damaged one does not affect the others. Without its old secret a
// webhook signs with the new one only, and without its undo an edit has to be reverted by hand.
func (db *DB) openSealed(w *store.Webhook, r webhookRow) {
	var err error
	if w.Headers, err = db.openHeaders(secret.WebhookPlace(w.WebhookID, "headers"), r.headers); err != nil {
		w.Damaged.Headers, w.Damaged.SealedHeaders = true, r.headers
	}
	if w.Secret, err = db.cfg.Keys.Opened(secret.WebhookPlace(w.WebhookID, "secret"), r.secret); err != nil || w.Secret == "" { // every webhook has one
		w.Damaged.Secret = true
	}
	w.PreviousSecret, _ = db.cfg.Keys.Opened(secret.WebhookPlace(w.WebhookID, "previous_secret"), r.previous)
	w.Undo, _ = db.openUndo(w.WebhookID, r.undo)
}

// sealedHeaders are the headers as they are written; damaged ones stay as they are.
func (db *DB) sealedHeaders(p secret.Place, w store.Webhook) string {
	if w.Damaged.Headers {
		return w.Damaged.SealedHeaders
	}
	return db.sealHeaders(p, w.Headers)
}

func readWebhookJSON(w *store.Webhook, names, fields string) error {
	var err error
	if w.EventNames, err = store.ChosenNames(names); err != nil {
		return fmt.Errorf("webhook of %s: event names: %w", w.WebhookID, err)
	}
	var changes map[store.Field]fieldChange
	if err := json.Unmarshal([]byte(fields), &changes); err != nil {
		return fmt.Errorf("webhook of %s: fields: %w", w.WebhookID, err)
	}
	w.FieldVersions, w.FieldChanges = map[store.Field]int64{}, map[store.Field]store.Change{}
	for f, c := range changes {
		w.FieldVersions[f] = c.Version
		w.FieldChanges[f] = store.Change{
			By: store.Actor{ID: c.ByID, Name: c.ByName}, At: fromMillis(c.At), Edit: store.Edit{Tab: c.Tab, Seq: c.Seq, Run: c.Run},
		}
	}
	return nil
}

func fieldsJSON(w store.Webhook) string {
	changes := map[store.Field]fieldChange{}
	for f, c := range w.FieldChanges {
		changes[f] = fieldChange{
			Version: w.FieldVersions[f], ByID: c.By.ID, ByName: c.By.Name, At: millis(c.At), Tab: c.Edit.Tab, Seq: c.Edit.Seq, Run: c.Edit.Run,
		}
	}
	return mustJSON(changes)
}

func (db *DB) sealHeaders(p secret.Place, headers []store.Header) string {
	if len(headers) == 0 {
		return ""
	}
	return db.cfg.Keys.Sealed(p, mustJSON(headers))
}

func (db *DB) openHeaders(p secret.Place, envelope string) ([]store.Header, error) {
	plain, err := db.cfg.Keys.Opened(p, envelope)
	if err != nil || plain == "" {
		return nil, err
	}
	var headers []store.Header
	if err := json.Unmarshal([]byte(plain), &headers); err != nil {
		return nil, fmt.Errorf("opening %s.%s: %w", p.Table, p.Field, err)
	}
	return headers, nil
}

func namesJSON(names []string) string {
	if names == nil {
		names = []string{}
	}
	return mustJSON(names)
}

// insertWebhook writes a bot's first settings and their history entry.
func (tx *tx) insertWebhook(w store.Webhook, by store.Actor) error {
	keys := tx.db.cfg.Keys
	_, err := tx.exec(`INSERT INTO webhooks (bot, n, name, place, version, enabled, url, headers, event_names, secret, changed_at, fields)
		VALUES (`+theBot+`, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}')`,
		idBytes(w.BotID), w.N, w.Name, w.N, w.Version, w.Enabled, w.URL, tx.db.sealHeaders(secret.WebhookPlace(w.WebhookID, "headers"), w.Headers),
		namesJSON(w.EventNames), keys.Sealed(secret.WebhookPlace(w.WebhookID, "secret"), w.Secret), millis(w.ChangedAt))
	if err != nil {
		return fmt.Errorf("adding the webhook of %s: %w", w.WebhookID, err)
	}
	return tx.insertVersion(w, by)
}

// updateWebhook writes changed settings and their history entry, replacing the entry of a version that
// nothing was sent with.
func (tx *tx) updateWebhook(w store.Webhook, by store.Actor) error {
	var offReason string
	var offAt time.Time
	if w.SwitchedOff != nil {
		offReason, offAt = w.SwitchedOff.Reason, w.SwitchedOff.At
	}
	tx.ungate(w.BotID)
	options := w.Set.Stored()
	_, err := tx.exec(`UPDATE webhooks SET version = ?, enabled = ?, off_reason = ?, off_at = ?, url = ?, headers = ?,
			event_names = ?, rate_limit = ?, filter = ?, format = ?, leave_out = ?, consent = ?, success = ?, settles_at = ?, changed_at = ?, fields = ?, undo = ? WHERE `+ofWebhook,
		w.Version, w.Enabled, offReason, millis(offAt), w.URL, tx.db.sealedHeaders(secret.WebhookPlace(w.WebhookID, "headers"), w),
		namesJSON(w.EventNames), w.RateLimit, options.Filter, options.Format, options.LeaveOut, options.Consent, options.Success, millis(w.QuietUntil), millis(w.ChangedAt), fieldsJSON(w), tx.sealUndo(w), idBytes(w.BotID), w.N)
	if err != nil {
		return fmt.Errorf("saving the webhook of %s: %w", w.WebhookID, err)
	}
	tx.changed(w.WebhookID, store.Settings)
	if _, err := tx.exec(`DELETE FROM webhook_versions WHERE `+ofWebhook+` AND version = ? AND NOT used`,
		idBytes(w.BotID), w.N, w.Version-1); err != nil {
		return err
	}
	return tx.insertVersion(w, by)
}

// maxOpened bounds the webhooks that the writer remembers.
const maxOpened = 20_000

// openedWebhooks are webhooks with their secrets in clear, for the writer alone: every claim needs its webhook, and
// unsealing it costs more than all else that a claim of one delivery does. One is used only while its row still reads
// the same.
type openedWebhooks map[store.WebhookID]openedWebhook

type openedWebhook struct {
	row     webhookRow
	webhook store.Webhook
	used    bool // the version's history entry is immutable, and need not be made so with every claim
}

// sending reads the current settings of a webhook for sending: without the history of its fields, which takes more memory than
// all the rest. They are shared, and must not be changed.
func (tx *tx) sending(g *gate) (store.Webhook, error) {
	r, err := scanWebhook(g.id, tx.rowBeside(`SELECT `+webhookColumns+` FROM webhooks WHERE bot = ? AND n = ?`, g.bot, g.id.N))
	if err != nil {
		return store.Webhook{}, err
	}
	r.fields, r.undo = "{}", ""
	if known, ok := tx.db.opened[g.id]; ok && known.row == r {
		return known.webhook, nil
	}
	w, err := tx.db.openWebhook(g.id, r)
	if err == nil {
		err = w.Whole()
	}
	if err != nil {
		return store.Webhook{}, err
	}
	tx.onCommit(func() {
		if len(tx.db.opened) >= maxOpened {
			clear(tx.db.opened)
		}
		tx.db.opened[g.id] = openedWebhook{row: r, webhook: w}
	})
	return w, nil
}
