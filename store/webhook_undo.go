package store

import (
	"slices"
	"time"

	"iozen/store/option"
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
	Options    option.Set
}

// WebhookUndo takes back the last edit of an open page.
type WebhookUndo struct {
	Version  int64 // of the settings after the edit; others have changed nothing since
	Edit     Edit
	QuietFor time.Duration
	By       Actor
}

// AsChange is the way back. Its edit has a run of its own, so that it can be undone in turn.
func (u Undo) AsChange(by WebhookUndo) WebhookChange {
	c := WebhookChange{Edit: &by.Edit, QuietFor: by.QuietFor, By: by.By, undoing: true}
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
	default:
		c.Change = u.Options.Only(option.Name(u.Field))
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
	if _, differs, _ := u.AsChange(WebhookUndo{}).Apply(after, time.Time{}); len(differs) == 0 {
		return nil // typed back to what it was
	}
	return &u
}

func undoTo(before Webhook, field Field) Undo {
	return Undo{
		Field:   field,
		Enabled: before.Enabled && before.SwitchedOff == nil, URL: before.URL, Headers: slices.Clone(before.Headers),
		EventNames: slices.Clone(before.EventNames), RateLimit: before.RateLimit, Options: before.Set,
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
