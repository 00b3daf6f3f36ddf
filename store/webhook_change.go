package store

import (
	"slices"
	"strings"
	"time"

	"iozen/store/option"
)

// Stale lists the changed fields that someone else changed after the version the change was based on.
func (c WebhookChange) Stale(current Webhook, changed []Field) (stale []Field) {
	if c.Base == nil {
		return nil
	}
	for _, f := range changed {
		if current.FieldVersions[f] > *c.Base && !c.SamePage(current, f) {
			stale = append(stale, f)
		}
	}
	return stale
}

// On works out what the change makes of the current settings, and which fields it changes; or why it is refused.
func (c WebhookChange) On(w Webhook, now time.Time) (saved SavedWebhook, changed []Field, err error) {
	same := SavedWebhook{Webhook: w}
	if c.IfVersion != nil && *c.IfVersion != w.Version {
		return same, nil, &StaleError{Current: w}
	}
	c = c.WithoutSuperseded(w)
	if err := c.refuseMove(w); err != nil {
		return same, nil, err
	}
	next, changed, err := c.Apply(w, now)
	if err != nil || len(changed) == 0 {
		return same, nil, err
	}
	if stale := c.Stale(w, changed); len(stale) > 0 {
		return same, nil, &StaleError{Current: w, Fields: stale}
	}
	return c.movesTo(w, next), changed, nil
}

// WithoutSuperseded takes out the fields of which the same page has already saved something newer: its saves may
// arrive in another order than they were made.
func (c WebhookChange) WithoutSuperseded(current Webhook) WebhookChange {
	return c.without(func(f Field) bool {
		return c.SamePage(current, f) && c.Edit.Seq < current.FieldChanges[f].Edit.Seq
	})
}

// without leaves some of the fields as they are.
func (c WebhookChange) without(leave func(Field) bool) WebhookChange {
	if leave(FieldEnabled) {
		c.Enabled = nil
	}
	if leave(FieldURL) {
		c.URL = nil
	}
	if leave(FieldHeaders) {
		c.Headers = nil
	}
	if leave(FieldEventNames) {
		c.EventNames = nil
	}
	if leave(FieldRateLimit) {
		c.RateLimit = nil
	}
	for _, name := range option.Names() {
		if leave(Field(name)) {
			c.Change = c.Change.Without(name)
		}
	}
	return c
}

// Fields are those that the change gives, changed or not.
func (c WebhookChange) Fields() (given []Field) {
	for f, is := range map[Field]bool{
		FieldEnabled: c.Enabled != nil, FieldURL: c.URL != nil, FieldHeaders: c.Headers != nil,
		FieldEventNames: c.EventNames != nil, FieldRateLimit: c.RateLimit != nil,
	} {
		if is {
			given = append(given, f)
		}
	}
	for _, name := range c.Given() {
		given = append(given, Field(name))
	}
	return given
}

// SamePage says whether a field was last changed by the page, in the tab, that this change comes from.
func (c WebhookChange) SamePage(current Webhook, f Field) bool {
	return c.Edit != nil && c.Edit.Tab != "" && c.Edit.Tab == current.FieldChanges[f].Edit.Tab
}

// Apply works out the settings after the change, as the next version, and which fields differ.
func (c WebhookChange) Apply(w Webhook, now time.Time) (next Webhook, changed []Field, err error) {
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
		next.Damaged.Headers, next.Damaged.SealedHeaders = false, ""
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
	var chosen []option.Name
	next.Set, chosen = c.Change.Apply(w.Set)
	for _, name := range chosen {
		changed = append(changed, Field(name))
	}
	if len(changed) > 0 {
		next.Version = w.Version + 1
		change := Change{By: c.By, At: now}
		if c.Edit != nil {
			change.Edit = *c.Edit
		}
		next.note(changed, change, c.QuietFor)
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
			w.ChangedAt, w.QuietUntil = by.At, by.At.Add(settle)
		}
		if until := by.At.Add(settle); f == FieldFormat && until.After(w.QuietUntil) { // a half-typed template may be valid
			w.QuietUntil = until
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

func limitOf(rateLimit *float64) float64 {
	if rateLimit == nil {
		return 0
	}
	return *rateLimit
}

// AsChange is the change that restores a version.
func (v WebhookVersion) AsChange(by Actor) WebhookChange {
	c := changeTo(v.URL, v.Headers, v.EventNames, v.RateLimit, v.Set)
	c.By = by
	return c
}

// changeTo is the change that leads to settings, whatever they are now; the switch stays.
func changeTo(url string, headers []Header, names []string, rateLimit *float64, options option.Set) WebhookChange {
	values, limit := withValues(headers), limitOf(rateLimit)
	return WebhookChange{URL: &url, Headers: &values, EventNames: &names, RateLimit: &limit, Change: options.Change()}
}
