package store

import (
	"fmt"
	"slices"
	"time"

	"iozen/store/option"
)

// CopyGroup names settings of a webhook that are copied to another one together.
type CopyGroup string

// The groups. The switch, the signing secret and the history are in none: they stay with their webhook.
const (
	CopyURL       CopyGroup = "url"
	CopyHeaders   CopyGroup = "headers"
	CopyEvents    CopyGroup = "event_names"
	CopyFilter    CopyGroup = "filter"
	CopyFormat    CopyGroup = "format" // and what it leaves out
	CopyConsent   CopyGroup = "consent"
	CopySuccess   CopyGroup = "success"
	CopyRateLimit CopyGroup = "rate_limit"
)

// CopyGroups are the groups in the order in which they are shown.
func CopyGroups() []CopyGroup {
	return []CopyGroup{CopyURL, CopyHeaders, CopyEvents, CopyFilter, CopyFormat, CopyConsent, CopySuccess, CopyRateLimit}
}

// Has says whether a field belongs to the group.
func (g CopyGroup) Has(f Field) bool {
	return f == Field(g) || g == CopyFormat && f == FieldLeaveOut
}

// MaxCopyTargets is how many webhooks are given settings at once.
const MaxCopyTargets = 100

// WebhookCopy gives webhooks settings of another one.
type WebhookCopy struct {
	From      WebhookID
	IfVersion *int64 // if set, what From must still be at, else StaleError
	Groups    []CopyGroup
	To        []CopyTarget

	StayWithOrigin bool   // as in WebhookChange
	Act            string // names the copy to whoever takes it back; "": it cannot be
	By             Actor
}

// CopyTarget is a webhook that is to take over settings.
type CopyTarget struct {
	WebhookID
	IfVersion *int64 // if set, what it must still be at, else StaleError
}

// CopyOutcome is what a copy made of one target, or would make of it.
type CopyOutcome struct {
	WebhookID
	Before  Webhook
	After   SavedWebhook
	Changed []Field
	Err     error // why it keeps its settings
}

// CopySource says where copied values come from.
type CopySource struct {
	Name string // of bot and webhook, for the audit log
	URL  string // that the header values were typed for
}

// Change is the change that gives another webhook the settings of source, which people know by the name.
func (c WebhookCopy) Change(source Webhook, name string) (WebhookChange, error) {
	if source.Damaged.Headers && slices.Contains(c.Groups, CopyHeaders) {
		return WebhookChange{}, fmt.Errorf("headers of %s: %w", source.WebhookID, ErrUnreadable)
	}
	change := changeTo(source.URL, source.Headers, source.EventNames, source.RateLimit, source.Set)
	change.Copied = &CopySource{Name: name, URL: source.URL}
	change.StayWithOrigin, change.By = c.StayWithOrigin, c.By
	if c.Act != "" {
		change.Edit = &Edit{Tab: c.Act, Seq: 1, Run: 1}
	}
	return change.without(func(f Field) bool {
		return !slices.ContainsFunc(c.Groups, func(g CopyGroup) bool { return g.Has(f) })
	}), nil
}

// At is the change for settings that must be at a version; nil: at any.
func (c WebhookChange) At(version *int64) WebhookChange {
	c.IfVersion = version
	return c
}

// OwnGroups are the groups in which a webhook has something of its own that can be read: what a copy takes unless a person
// chooses others.
func (w Webhook) OwnGroups() (groups []CopyGroup) {
	w.Damaged.Headers = false
	_, own, _ := changeTo("", nil, nil, nil, option.Set{}).Apply(w, time.Time{})
	for _, g := range CopyGroups() {
		if slices.ContainsFunc(own, g.Has) {
			groups = append(groups, g)
		}
	}
	return groups
}

// Beginning is the webhook whose settings new bots begin with; zero: they begin with none.
type Beginning struct {
	WebhookID
	Name string // what people know it by, as BotState.Label
	URL  string
}

// None says whether new bots begin without settings.
func (b Beginning) None() bool { return b.N == 0 }
