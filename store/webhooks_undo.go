package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Undo is what the field that an open page changed last was before the person began to edit it: an edit is one, in
// however many saves it came. It lasts until the next change, whoever makes it, and holds header values in clear.
type Undo struct {
	Field      Field
	Edit       Edit // the last save of the edit
	Enabled    bool
	URL        string
	Headers    []Header
	EventNames []string
	RateLimit  *float64
}

// WebhookUndo takes back the last edit of an open page.
type WebhookUndo struct {
	Version int64 // of the settings after the edit; others have changed nothing since
	Edit    Edit
	Settle  time.Duration
	By      Actor
}

// UndoWebhook takes back the last edit of a page and tells which field it was. It fails with *StaleError when the
// settings have changed since, and with ErrNotFound when there is nothing of this page to undo.
func (db *DB) UndoWebhook(ctx context.Context, botID uuid.UUID, u WebhookUndo) (w Webhook, field Field, err error) {
	err = db.write(ctx, func(tx *tx) error {
		if w, err = tx.webhook(botID); err != nil {
			return err
		}
		if w.Version != u.Version {
			return &StaleError{Current: w}
		}
		if w.Undo == nil || w.Undo.Edit.Tab != u.Edit.Tab {
			return fmt.Errorf("undoing in the webhook of bot %s: %w", botID, ErrNotFound)
		}
		field = w.Undo.Field
		w, err = tx.saveWebhook(botID, w.Undo.change(u))
		return err
	})
	return w, field, err
}

// change is the way back. Its edit has a run of its own, so that it can be undone in turn.
func (u Undo) change(by WebhookUndo) WebhookChange {
	c := WebhookChange{Edit: &by.Edit, Settle: by.Settle, By: by.By, undoing: true}
	switch u.Field {
	case FieldEnabled:
		c.Enabled = &u.Enabled
	case FieldURL:
		c.URL = &u.URL
	case FieldHeaders:
		headers := withValues(u.Headers)
		c.Headers = &headers
	case FieldEventNames:
		names := boundedNames(u.EventNames)
		c.EventNames = &names
	case FieldRateLimit:
		limit := limitOf(u.RateLimit)
		c.RateLimit = &limit
	}
	return c
}

// undo is the way back from a change: of the whole edit, if this save only goes on with it.
func (c WebhookChange) undo(before, after Webhook, changed []Field) *Undo {
	if c.Edit == nil || c.Edit.Tab == "" || len(changed) != 1 {
		return nil
	}
	u := undoTo(before, changed[0])
	if last := before.Undo; last != nil && last.Field == changed[0] && last.Edit.SameRun(*c.Edit) {
		u = *last
	}
	u.Edit = *c.Edit
	if _, differs, _ := u.change(WebhookUndo{}).apply(after, time.Time{}); len(differs) == 0 {
		return nil // typed back to what it was
	}
	return &u
}

func undoTo(before Webhook, field Field) Undo {
	return Undo{
		Field:   field,
		Enabled: before.Enabled && before.SwitchedOff == nil, URL: before.URL, Headers: slices.Clone(before.Headers),
		EventNames: slices.Clone(before.EventNames), RateLimit: before.RateLimit,
	}
}

// SameRun says whether two saves belong to one edit.
func (e Edit) SameRun(other Edit) bool { return e.Tab == other.Tab && e.Run == other.Run }

// undone are the headers that a page has just taken out: a line may be cut in one save and put back in the next.
func (w Webhook) undone(c WebhookChange) []Header {
	if w.Undo == nil || c.Edit == nil || w.Undo.Field != FieldHeaders || !w.Undo.Edit.SameRun(*c.Edit) {
		return nil
	}
	return w.Undo.Headers
}

func (tx *tx) sealUndo(w Webhook) string {
	if w.Undo == nil {
		return ""
	}
	return tx.db.cfg.Keys.sealed(webhookPlace(w.BotID, "undo"), mustJSON(w.Undo))
}

func (db *DB) openUndo(botID uuid.UUID, envelope string) (*Undo, error) {
	plain, err := db.cfg.Keys.opened(webhookPlace(botID, "undo"), envelope)
	if err != nil || plain == "" {
		return nil, err
	}
	var u Undo
	if err := json.Unmarshal([]byte(plain), &u); err != nil {
		return nil, fmt.Errorf("opening the undo of bot %s: %w", botID, err)
	}
	return &u, nil
}
