package store

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Job is an act on more rows than one transaction takes. It does a few at a time, shows its progress, and ends with an
// outcome. It does not depend on a request: it goes on when a tab is closed, and after a restart.
type Job struct {
	ID      uuid.UUID
	Kind    JobKind
	BotID   uuid.UUID      // uuid.Nil: of all bots
	Webhook int            // the number of the one that it is about; 0: of all that its bot, or every bot, has
	Filter  DeliveryFilter // of a resend: what it takes
	Person  Person         // of an erasure: who is erased; nobody once that is done
	State   JobState
	Reason  string // why a job stopped by itself (Reason… of a held delivery, or ReasonDeleted), or ReasonNotWiped; else ""
	Total   int    // found at its start; negative while not counted yet
	Done    int    // put back, released or erased so far
	By      Actor

	StartedAt time.Time
	EndedAt   time.Time // zero while running

	Reached uuid.UUID // the last delivery that was looked at; an erasure does not need it: it does not find again what it has erased
}

// WebhookID is the webhook of a job that is about one.
func (j Job) WebhookID() WebhookID { return WebhookID{BotID: j.BotID, N: j.Webhook} }

// JobKind is what a job does.
type JobKind string

// The kinds of jobs.
const (
	JobResend  JobKind = "resend"  // puts the deliveries of a filter back into the queue at a limited rate, the oldest first
	JobRelease JobKind = "release" // queues what was held while a webhook was off, the oldest first
	JobErase   JobKind = "erase"   // takes a person out of the log
)

// JobState is the state of a job.
type JobState string

// The states of a job.
const (
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobStopped JobState = "stopped"
)

// Reasons of jobs.
const (
	ReasonDeleted   = "deleted"    // the bot was deleted meanwhile
	ReasonTakenBack = "taken_back" // a person took it back
	ReasonNotWiped  = "not_wiped"  // everything is erased but the last traces in a file that somebody is reading
)

// CanStop says whether a person may stop the job. An erasure goes on to its end: half an erasure would break the promise,
// and nobody could say which half was done.
func (j Job) CanStop() bool { return j.State == JobRunning && j.Kind != JobErase }

// ForResend narrows a filter to what a resend of all that it shows takes: failed deliveries, or those of the statuses that
// were chosen. Delivered ones go twice only if somebody chose just that; what is on its way is sent anyway; a test is sent
// by Test Connection only. A filter with no status left finds nothing.
func (f DeliveryFilter) ForResend() DeliveryFilter {
	chosen := f.Status
	if len(chosen) == 0 {
		chosen = []Status{Failed}
	}
	f.Status = nil
	for _, s := range chosen {
		if !s.OnItsWay() {
			f.Status = append(f.Status, s)
		}
	}
	if f.Test != nil && *f.Test {
		f.Status = nil
	}
	no := false
	f.Test, f.Cursor, f.Limit = &no, "", 0
	return f
}

// Takes says whether a resend still takes a delivery that was found for it a moment ago.
func (j Job) Takes(d Delivery) bool {
	return slices.Contains(j.Filter.Status, d.Status) && d.Resendable() == nil && !d.NeedsAnswer()
}

// WithoutSearch is what is kept of a filter when its job has ended: without the person that it searched for.
func (f DeliveryFilter) WithoutSearch() DeliveryFilter {
	f.Query, f.Cursor = "", ""
	return f
}

// LooksFor says whether the search term of a filter matches the person.
func (f DeliveryFilter) LooksFor(p Person) bool {
	forms := p.Forms()
	for _, known := range PeopleOf(f.Query, f.Query, f.Query) {
		if slices.ContainsFunc(known.Forms(), func(form string) bool { return slices.Contains(forms, form) }) {
			return true
		}
	}
	return false
}

// About is what a job is about, in its sealed column: it may name a person.
func (j Job) About() any {
	switch j.Kind {
	case JobErase:
		return j.Person
	case JobRelease:
		return struct{}{}
	}
	return j.Filter
}

// ReadAbout reads what About gave, as JSON.
func (j *Job) ReadAbout(plain string) error {
	switch j.Kind {
	case JobErase:
		return json.Unmarshal([]byte(plain), &j.Person)
	case JobRelease:
		return nil
	}
	return json.Unmarshal([]byte(plain), &j.Filter)
}

// StopEntry and endEntry are what the audit log says of the end of a job that sends: that a person stopped it, or that it
// finished.
func (j Job) StopEntry() AuditEntry {
	if j.Kind == JobRelease {
		return AuditEntry{Action: "held.send_stop"}
	}
	return AuditEntry{Action: "delivery.resend_stop"}
}

// EndEntry is the audit entry of a resend or a release that has ended.
func (j Job) EndEntry() AuditEntry {
	if j.Kind == JobRelease {
		return AuditEntry{Action: "held.send_end"}
	}
	return AuditEntry{Action: "delivery.resend_end"}
}

// JobFilter chooses jobs of a list.
type JobFilter struct {
	BotID      uuid.UUID // with those of all bots; uuid.Nil: every one
	Kinds      []JobKind
	EndedAfter time.Time // those that run are always there
}

// TakeBackFor is how long a resend or a release can be taken back: afterwards it is not known any more what its deliveries
// were before.
const TakeBackFor = 10 * time.Minute

// TakenBack is what came of taking a resend or a release back.
type TakenBack struct {
	Of   int // deliveries that the act had queued
	Back int // of these, those that are as they were before it
	// Open are those of Back, taken back a moment ago, whose requests may have left: the engine knows. The oldest come first, as
	// they are sent.
	Open []uuid.UUID
	// Late are those that were taken back and whose request had left: they are not in Back.
	Late []uuid.UUID
}

// Resent is what came of a resend of deliveries that somebody selected.
type Resent struct {
	Act  uuid.UUID // by which it can be taken back
	Done int
}
