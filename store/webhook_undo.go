package store

import (
	"slices"
	"time"

	"iozen/store/option"
)

// Undo is what the field that an open page changed last was before the person began to edit it (an edit is one, in
// however many saves it came), or what the settings were before others were copied over them. It lasts until the next change,
// whoever makes it, and holds header values in clear.
type Undo struct {
	Fields     []Field
	Edit       Edit   // the last save of the edit
	Copied     string // the webhook whose settings were copied; "": a page's edit
	Enabled    bool
	URL        string
	Headers    []Header
	EventNames []string
	RateLimit  *float64
	Options    option.Set
}

// Of says whether it takes a field back.
func (u Undo) Of(f Field) bool { return slices.Contains(u.Fields, f) }

// WebhookUndo takes back the last edit of an open page, or a copy of settings.
type WebhookUndo struct {
	Version  int64 // of the settings after the edit; others have changed nothing since
	Edit     Edit
	QuietFor time.Duration
	By       Actor
}

// AsChange is the way back. Its edit has a run of its own, so that it can be undone in turn.
func (u Undo) AsChange(by WebhookUndo) WebhookChange {
	c := changeTo(u.URL, u.Headers, boundedNames(u.EventNames), u.RateLimit, u.Options)
	c.Enabled, c.Edit, c.QuietFor, c.By, c.TakesBack, c.undoing = &u.Enabled, &by.Edit, by.QuietFor, by.By, u.Copied, true
	return c.without(func(f Field) bool { return !u.Of(f) })
}

// undo is the way back from a change: of the whole edit, if this save only goes on with it.
func (c WebhookChange) undo(before, after Webhook, changed []Field) *Undo {
	if c.Edit == nil || c.Edit.Tab == "" {
		return nil
	}
	u := undoTo(before, changed)
	if c.Copied != nil {
		u.Copied = c.Copied.Name
	}
	if last := before.Undo; last != nil && slices.Equal(last.Fields, changed) && last.Edit.SameRun(*c.Edit) {
		u = *last
	}
	u.Edit = *c.Edit
	if _, differs, _ := u.AsChange(WebhookUndo{}).Apply(after, time.Time{}); len(differs) == 0 {
		return nil // typed back to what it was
	}
	return &u
}

func undoTo(before Webhook, fields []Field) Undo {
	return Undo{
		Fields:  fields,
		Enabled: before.Enabled && before.SwitchedOff == nil, URL: before.URL, Headers: slices.Clone(before.Headers),
		EventNames: slices.Clone(before.EventNames), RateLimit: before.RateLimit, Options: before.Set,
	}
}

// SameRun says whether two saves belong to one edit.
func (e Edit) SameRun(other Edit) bool { return e.Tab == other.Tab && e.Run == other.Run }

// undone are the headers that a page has just taken out: a line may be cut in one save and put back in the next.
func (w Webhook) undone(c WebhookChange) []Header {
	if w.Undo == nil || c.Edit == nil || !w.Undo.Of(FieldHeaders) || !w.Undo.Edit.SameRun(*c.Edit) {
		return nil
	}
	return w.Undo.Headers
}
