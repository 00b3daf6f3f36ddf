package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Job is an act on more rows than one transaction takes. It does a few at a time, shows how far it has got, and ends with an
// outcome. It belongs to nobody's request: it goes on when a tab is closed, and after a restart.
type Job struct {
	ID     uuid.UUID
	Kind   JobKind
	BotID  uuid.UUID      // uuid.Nil: of all bots
	Filter DeliveryFilter // of a resend: what it takes
	Person Person         // of an erasure: who is erased; nobody once that is done
	State  JobState
	Reason string // why a job stopped by itself (Reason… of a held delivery, or ReasonDeleted), or ReasonNotWiped; else ""
	Total  int    // found at its start; negative while not counted yet
	Done   int    // put back, released or erased so far
	By     Actor

	StartedAt time.Time
	EndedAt   time.Time // zero while running

	reached uuid.UUID // the last delivery that was looked at; an erasure finds no more what it has erased
}

// JobKind is what a job does.
type JobKind string

// The kinds of jobs.
const (
	JobResend  JobKind = "resend"  // puts the deliveries of a filter back into the queue, at a pace, the oldest first
	JobRelease JobKind = "release" // queues what was held while a webhook was off, the oldest first
	JobErase   JobKind = "erase"   // takes a person out of the log
)

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobStopped JobState = "stopped"
)

// Reasons of jobs.
const (
	ReasonDeleted  = "deleted"   // the bot was deleted meanwhile
	ReasonNotWiped = "not_wiped" // all is erased but the last traces in a file that somebody is reading (see ErrNotWiped)
)

// CanStop says whether a person may stop the job. An erasure goes on to its end: half of it would be a promise broken, and
// nobody could tell which half.
func (j Job) CanStop() bool { return j.State == JobRunning && j.Kind != JobErase }

// ForResend narrows a filter to what a resend of all that it shows takes: failed deliveries, or those of the statuses
// that were chosen. Delivered ones go twice only if somebody chose just that; what is on its way needs no help; a
// test is sent by Test Connection only. A filter with no status left finds nothing.
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

// takes says whether a resend still takes a delivery that was found for it a moment ago.
func (j Job) takes(d Delivery) bool {
	return slices.Contains(j.Filter.Status, d.Status) && d.Resendable() == nil
}
