package db

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"iozen/store"
	"iozen/store/secret"
)

// auditChange records which settings a save changed; the history of versions has the values. A page saves with every pause
// in typing: the first save of a field by an open page stands for those that follow.
func (tx *tx) auditChange(before store.Webhook, c store.WebhookChange, changed []store.Field) error {
	var names []string
	for _, f := range changed {
		switch {
		case f == store.FieldEnabled && *c.Enabled:
			if err := tx.addAudit(store.AuditEntry{By: c.By, Action: "webhook.enable", BotID: before.BotID, N: before.N}); err != nil {
				return err
			}
		case f == store.FieldEnabled:
			if err := tx.addAudit(store.AuditEntry{By: c.By, Action: "webhook.disable", BotID: before.BotID, N: before.N}); err != nil {
				return err
			}
		case c.TakesBack != "" || !c.SamePage(before, f):
			names = append(names, string(f))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return tx.addAudit(changeEntry(before.WebhookID, c, strings.Join(names, ", ")))
}

func changeEntry(id store.WebhookID, c store.WebhookChange, fields string) store.AuditEntry {
	switch {
	case c.Copied != nil:
		return store.AuditEntry{By: c.By, Action: "webhook.copy", BotID: id.BotID, N: id.N, Target: c.Copied.Name, Note: fields}
	case c.TakesBack != "":
		return store.AuditEntry{By: c.By, Action: "webhook.copy_undo", BotID: id.BotID, N: id.N, Target: c.TakesBack, Note: fields}
	}
	return store.AuditEntry{By: c.By, Action: "webhook.change", BotID: id.BotID, N: id.N, Note: fields}
}

// auditMove records in words that hidden values now go to another host, in the transaction that allows it.
func (tx *tx) auditMove(id store.WebhookID, c store.WebhookChange, saved store.SavedWebhook) error {
	if saved.LeakTo == "" {
		return nil
	}
	names := strings.Join(saved.Leaked, ", ")
	if c.Copied != nil && c.Headers != nil {
		return tx.addAudit(store.AuditEntry{By: c.By, Action: "webhook.copy_origin", BotID: id.BotID, N: id.N, Target: saved.LeakTo, Note: saved.LeakFrom + ": " + names})
	}
	return tx.addAudit(store.AuditEntry{
		By: c.By, Action: "webhook.origin_change", BotID: id.BotID, N: id.N, Target: saved.LeakTo,
		Note: "from " + saved.LeakFrom + ", and kept the hidden headers: " + names,
	})
}

// SaveWebhook changes settings and returns the result. A change that changes nothing makes no version. It fails with
// *StaleError or *KeepError, and then changes nothing.
func (db *DB) SaveWebhook(ctx context.Context, id store.WebhookID, c store.WebhookChange) (store.Webhook, error) {
	saved, err := db.ChangeWebhook(ctx, id, c)
	return saved.Webhook, err
}

// ChangeWebhook is SaveWebhook for a caller that must know where the change leads stored header values.
func (db *DB) ChangeWebhook(ctx context.Context, id store.WebhookID, c store.WebhookChange) (store.SavedWebhook, error) {
	var saved store.SavedWebhook
	err := db.write(ctx, func(tx *tx) (err error) {
		if saved, err = tx.changeWebhook(id, c); err != nil || c.Name == nil {
			return err
		}
		err = tx.renameWebhook(saved.Webhook, *c.Name, c.By)
		saved.Name = *c.Name
		return err
	})
	return saved, err
}

func (tx *tx) saveWebhook(id store.WebhookID, c store.WebhookChange) (store.Webhook, error) {
	saved, err := tx.changeWebhook(id, c)
	return saved.Webhook, err
}

func (tx *tx) changeWebhook(id store.WebhookID, c store.WebhookChange) (store.SavedWebhook, error) {
	w, err := tx.webhook(id)
	if err != nil {
		return store.SavedWebhook{Webhook: w}, err
	}
	saved, _, err := tx.change(w, c)
	return saved, err
}

// change saves a change of a webhook's current settings, and says which fields it changed.
func (tx *tx) change(w store.Webhook, c store.WebhookChange) (saved store.SavedWebhook, changed []store.Field, err error) {
	c = c.WithoutSuperseded(w)
	if saved, changed, err = c.On(w, tx.now); err != nil {
		return saved, nil, err
	}
	if len(changed) == 0 {
		return saved, nil, tx.noteEdit(&saved.Webhook, c)
	}
	if err := tx.forgive(w.WebhookID, changed); err != nil {
		return saved, nil, err
	}
	if err := tx.auditChange(w, c, changed); err != nil {
		return saved, nil, err
	}
	if err := tx.auditMove(w.WebhookID, c, saved); err != nil {
		return saved, nil, err
	}
	return saved, changed, tx.updateWebhook(saved.Webhook, c.By)
}

// noteEdit remembers the number of a page's save that changed nothing: what the same page typed before it, and undid,
// may still be on its way. Who changed the field last, and when, stays.
func (tx *tx) noteEdit(w *store.Webhook, c store.WebhookChange) error {
	if c.Edit == nil || c.Edit.Tab == "" || c.Copied != nil || len(c.Fields()) == 0 {
		return nil
	}
	changes := maps.Clone(w.FieldChanges)
	for _, f := range c.Fields() {
		change := changes[f]
		change.Edit = *c.Edit
		changes[f] = change
	}
	w.FieldChanges = changes
	_, err := tx.exec(`UPDATE webhooks SET fields = ? WHERE `+ofWebhook, fieldsJSON(*w), idBytes(w.BotID), w.N)
	return err
}

// UseWebhook returns the settings for sending by hand: an edit counts at once, its quiet time ends (who presses Test
// Connection has finished typing), and their history entry stays, however they are edited meanwhile.
func (db *DB) UseWebhook(ctx context.Context, id store.WebhookID) (store.Webhook, error) {
	var w store.Webhook
	err := db.write(ctx, func(tx *tx) (err error) {
		w, err = tx.useWebhook(id)
		return err
	})
	return w, err
}

func (tx *tx) useWebhook(id store.WebhookID) (store.Webhook, error) {
	w, err := tx.webhook(id)
	if err != nil {
		return w, err
	}
	if tx.now.Before(w.QuietUntil) {
		w.QuietUntil = tx.now
		tx.changed(id, store.Settings)
		tx.ungate(id.BotID)
		if _, err := tx.exec(`UPDATE webhooks SET settles_at = ? WHERE `+ofWebhook, millis(tx.now), idBytes(id.BotID), id.N); err != nil {
			return w, err
		}
	}
	if w.URL == "" {
		return w, nil
	}
	if err := w.Whole(); err != nil {
		return w, err
	}
	g, err := tx.gate(id)
	if err != nil {
		return w, err
	}
	_, err = tx.useVersion(g, w.Version)
	return w, err
}

// SwitchOff records that ioZen switched a webhook off; an earlier reason stays. The engine then holds what waits.
func (db *DB) SwitchOff(ctx context.Context, id store.WebhookID, reason string) error {
	return db.write(ctx, func(tx *tx) error { return tx.switchOff(id, reason) })
}

func (tx *tx) switchOff(id store.WebhookID, reason string) error {
	if _, err := tx.readBot(id.BotID); err != nil {
		return err
	}
	tx.ungate(id.BotID)
	n, err := tx.exec(`UPDATE webhooks SET off_reason = ?, off_at = ? WHERE `+ofWebhook+` AND off_reason = '' AND enabled`,
		reason, millis(tx.now), idBytes(id.BotID), id.N)
	if err != nil || n == 0 {
		return err
	}
	tx.changed(id, store.Settings)
	return tx.addAudit(store.AuditEntry{By: store.Actor{Name: "ioZen"}, Action: "webhook.switch_off", BotID: id.BotID, N: id.N, Target: reason})
}

// UndoWebhook takes back the last edit of a page, or a copy of settings, and returns which fields that was about. It fails with
// *StaleError when the settings have changed since, and with ErrNotFound when there is nothing of this page, or copy, to undo.
func (db *DB) UndoWebhook(ctx context.Context, id store.WebhookID, u store.WebhookUndo) (w store.Webhook, fields []store.Field, err error) {
	err = db.write(ctx, func(tx *tx) error {
		if w, err = tx.webhook(id); err != nil {
			return err
		}
		if w.Version != u.Version {
			return &store.StaleError{Current: w}
		}
		if w.Undo == nil || w.Undo.Edit.Tab != u.Edit.Tab {
			return fmt.Errorf("undoing in the webhook of %s: %w", id, store.ErrNotFound)
		}
		fields = w.Undo.Fields
		w, err = tx.saveWebhook(id, w.Undo.AsChange(u))
		return err
	})
	return w, fields, err
}

func (tx *tx) sealUndo(w store.Webhook) string {
	if w.Undo == nil {
		return ""
	}
	return tx.db.cfg.Keys.Sealed(secret.WebhookPlace(w.WebhookID, "undo"), mustJSON(w.Undo))
}

func (db *DB) openUndo(id store.WebhookID, envelope string) (*store.Undo, error) {
	plain, err := db.cfg.Keys.Opened(secret.WebhookPlace(id, "undo"), envelope)
	if err != nil || plain == "" {
		return nil, err
	}
	var u store.Undo
	if err := json.Unmarshal([]byte(plain), &u); err != nil {
		return nil, fmt.Errorf("opening the undo of %s: %w", id, err)
	}
	return &u, nil
}
