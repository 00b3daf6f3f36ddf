package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// SaveWebhook changes settings and returns what they are then. A change that changes nothing makes no version.
// It fails with *StaleError or *KeepError, and then nothing is changed.
func (db *DB) SaveWebhook(ctx context.Context, botID uuid.UUID, c WebhookChange) (Webhook, error) {
	saved, err := db.ChangeWebhook(ctx, botID, c)
	return saved.Webhook, err
}

// ChangeWebhook is SaveWebhook for who must know where the change leads stored header values.
func (db *DB) ChangeWebhook(ctx context.Context, botID uuid.UUID, c WebhookChange) (SavedWebhook, error) {
	var saved SavedWebhook
	err := db.write(ctx, func(tx *tx) (err error) {
		saved, err = tx.changeWebhook(botID, c)
		return err
	})
	return saved, err
}

func (tx *tx) saveWebhook(botID uuid.UUID, c WebhookChange) (Webhook, error) {
	saved, err := tx.changeWebhook(botID, c)
	return saved.Webhook, err
}

func (tx *tx) changeWebhook(botID uuid.UUID, c WebhookChange) (SavedWebhook, error) {
	w, err := tx.webhook(botID)
	if err != nil {
		return SavedWebhook{Webhook: w}, err
	}
	same := SavedWebhook{Webhook: w}
	if c.IfVersion != nil && *c.IfVersion != w.Version {
		return same, &StaleError{Current: w}
	}
	c = c.withoutSuperseded(w)
	if err := c.refuseMove(w); err != nil {
		return same, err
	}
	next, changed, err := c.apply(w, tx.now)
	if err != nil {
		return same, err
	}
	if stale := c.stale(w, changed); len(stale) > 0 {
		return same, &StaleError{Current: w, Fields: stale}
	}
	if len(changed) == 0 {
		err := tx.noteEdit(&same.Webhook, c)
		return same, err
	}
	if err := tx.forgive(botID, changed); err != nil {
		return same, err
	}
	if err := tx.auditChange(w, c, changed); err != nil {
		return same, err
	}
	saved := c.movesTo(w, next)
	if err := tx.auditMove(w, saved, c.By); err != nil {
		return same, err
	}
	return saved, tx.updateWebhook(next, c.By)
}

// stale lists the changed fields that someone else changed after the version the change was based on.
func (c WebhookChange) stale(current Webhook, changed []Field) (stale []Field) {
	if c.Base == nil {
		return nil
	}
	for _, f := range changed {
		if current.FieldVersions[f] > *c.Base && !c.samePage(current, f) {
			stale = append(stale, f)
		}
	}
	return stale
}

// withoutSuperseded takes out the fields of which the same page has already saved something newer: its saves may
// arrive in another order than they were made.
func (c WebhookChange) withoutSuperseded(current Webhook) WebhookChange {
	late := func(f Field) bool { return c.samePage(current, f) && c.Edit.Seq < current.FieldChanges[f].Edit.Seq }
	if late(FieldEnabled) {
		c.Enabled = nil
	}
	if late(FieldURL) {
		c.URL = nil
	}
	if late(FieldHeaders) {
		c.Headers = nil
	}
	if late(FieldEventNames) {
		c.EventNames = nil
	}
	if late(FieldRateLimit) {
		c.RateLimit = nil
	}
	return c
}

// fields are those that the change gives, changed or not.
func (c WebhookChange) fields() (given []Field) {
	for f, is := range map[Field]bool{
		FieldEnabled: c.Enabled != nil, FieldURL: c.URL != nil, FieldHeaders: c.Headers != nil,
		FieldEventNames: c.EventNames != nil, FieldRateLimit: c.RateLimit != nil,
	} {
		if is {
			given = append(given, f)
		}
	}
	return given
}

func (c WebhookChange) samePage(current Webhook, f Field) bool {
	return c.Edit != nil && c.Edit.Tab != "" && c.Edit.Tab == current.FieldChanges[f].Edit.Tab
}

// noteEdit remembers the number of a page's save that changed nothing: what the same page typed before it, and undid,
// may still be on its way. Who changed the field last, and when, stays.
func (tx *tx) noteEdit(w *Webhook, c WebhookChange) error {
	if c.Edit == nil || c.Edit.Tab == "" || len(c.fields()) == 0 {
		return nil
	}
	changes := maps.Clone(w.FieldChanges)
	for _, f := range c.fields() {
		change := changes[f]
		change.Edit = *c.Edit
		changes[f] = change
	}
	w.FieldChanges = changes
	_, err := tx.exec(`UPDATE webhooks SET fields = ? WHERE bot_id = ?`, w.fieldsJSON(), idBytes(w.BotID))
	return err
}

// apply works out the settings after the change, as the next version, and which fields differ.
func (c WebhookChange) apply(w Webhook, now time.Time) (next Webhook, changed []Field, err error) {
	next = w
	if c.Enabled != nil && (*c.Enabled != w.Enabled || *c.Enabled && w.SwitchedOff != nil) {
		next.Enabled, next.SwitchedOff = *c.Enabled, nil
		changed = append(changed, FieldEnabled)
	}
	if c.URL != nil && *c.URL != w.URL {
		next.URL = *c.URL
		changed = append(changed, FieldURL)
	}
	if c.Headers != nil {
		if next.Headers, err = keepValues(*c.Headers, w.Headers, w.undone(c)); err != nil {
			return w, nil, err
		}
		if !slices.Equal(next.Headers, w.Headers) || w.Damaged.Headers {
			changed = append(changed, FieldHeaders)
		}
		next.Damaged.Headers, next.Damaged.headers = false, ""
	}
	if c.EventNames != nil && !slices.Equal(*c.EventNames, w.EventNames) {
		next.EventNames = *c.EventNames
		changed = append(changed, FieldEventNames)
	}
	if c.RateLimit != nil && !sameLimit(w.RateLimit, *c.RateLimit) {
		next.RateLimit = nil
		if *c.RateLimit > 0 {
			next.RateLimit = c.RateLimit
		}
		changed = append(changed, FieldRateLimit)
	}
	if len(changed) > 0 {
		next.Version = w.Version + 1
		change := Change{By: c.By, At: now}
		if c.Edit != nil {
			change.Edit = *c.Edit
		}
		next.note(changed, change, c.Settle)
		next.Undo = c.undo(w, next, changed)
	}
	return next, changed, nil
}

// note writes down who changed the fields, and when the new settings count.
func (w *Webhook) note(changed []Field, by Change, settle time.Duration) {
	versions, changes := map[Field]int64{}, map[Field]Change{}
	for f, v := range w.FieldVersions {
		versions[f], changes[f] = v, w.FieldChanges[f]
	}
	for _, f := range changed {
		versions[f], changes[f] = w.Version, by
		if f == FieldURL || f == FieldHeaders {
			w.ChangedAt, w.SettlesAt = by.At, by.At.Add(settle)
		}
	}
	w.FieldVersions, w.FieldChanges = versions, changes
}

func sameLimit(stored *float64, given float64) bool {
	if stored == nil {
		return given <= 0
	}
	return *stored == given
}

// keepValues fills in the stored value of each header that came without one; what the same edit took out before
// counts as stored.
func keepValues(changes []HeaderChange, stored, undone []Header) ([]Header, error) {
	known := slices.Concat(stored, undone)
	var headers []Header
	for i, c := range changes {
		if c.Value != nil {
			headers = append(headers, Header{Name: c.Name, Value: *c.Value})
			continue
		}
		j := slices.IndexFunc(known, func(h Header) bool { return strings.EqualFold(h.Name, c.Name) })
		if j < 0 {
			return nil, &KeepError{Index: i, Name: c.Name}
		}
		headers = append(headers, Header{Name: c.Name, Value: known[j].Value})
	}
	return headers, nil
}

func withValues(headers []Header) []HeaderChange {
	changes := make([]HeaderChange, len(headers))
	for i, h := range headers {
		changes[i] = HeaderChange{Name: h.Name, Value: &h.Value}
	}
	return changes
}

// UseWebhook returns the settings for who is about to send with them by hand: an edit that settles counts at once
// (who presses Test Connection has finished typing), and their history entry stays, however they are edited meanwhile.
func (db *DB) UseWebhook(ctx context.Context, botID uuid.UUID) (Webhook, error) {
	var w Webhook
	err := db.write(ctx, func(tx *tx) (err error) {
		w, err = tx.useWebhook(botID)
		return err
	})
	return w, err
}

func (tx *tx) useWebhook(botID uuid.UUID) (Webhook, error) {
	w, err := tx.webhook(botID)
	if err != nil {
		return w, err
	}
	if tx.now.Before(w.SettlesAt) {
		w.SettlesAt = tx.now
		tx.changed(botID, Settings)
		tx.ungate(botID)
		if _, err := tx.exec(`UPDATE webhooks SET settles_at = ? WHERE bot_id = ?`, millis(tx.now), idBytes(botID)); err != nil {
			return w, err
		}
	}
	if w.URL == "" {
		return w, nil
	}
	if err := w.whole(); err != nil {
		return w, err
	}
	return w, tx.useVersion(botID, w.Version)
}

// SwitchOff notes that ioZen switched a webhook off; an earlier reason stays. What waits is held by the engine.
func (db *DB) SwitchOff(ctx context.Context, botID uuid.UUID, reason string) error {
	return db.write(ctx, func(tx *tx) error { return tx.switchOff(botID, reason) })
}

func (tx *tx) switchOff(botID uuid.UUID, reason string) error {
	if err := tx.requireBot(botID); err != nil {
		return err
	}
	tx.ungate(botID)
	n, err := tx.exec(`UPDATE webhooks SET off_reason = ?, off_at = ? WHERE bot_id = ? AND off_reason = '' AND enabled = 1`,
		reason, millis(tx.now), idBytes(botID))
	if err != nil || n == 0 {
		return err
	}
	tx.changed(botID, Settings)
	return tx.addAudit(AuditEntry{By: Actor{Name: "ioZen"}, Action: "webhook.switch_off", BotID: botID, Target: reason})
}
