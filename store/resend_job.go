package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// ResendJob puts many deliveries back into the queue, a few at a time: those that a filter found when it was
// started, the oldest first. It goes on after a restart, and each delivery is put back once.
type ResendJob struct {
	ID     uuid.UUID
	BotID  uuid.UUID // uuid.Nil: of all bots
	Filter DeliveryFilter
	State  ResendState
	Reason string // why it stopped by itself: why the webhook does not send (Reason… of a held delivery), else ""
	Total  int    // found at its start; negative while not counted yet
	Done   int    // put back so far
	By     Actor

	StartedAt time.Time
	EndedAt   time.Time // zero while running

	reached uuid.UUID // the last delivery that was looked at
}

// ResendState is where a job stands.
type ResendState string

// The states of a job.
const (
	ResendRunning ResendState = "running"
	ResendDone    ResendState = "done"
	ResendStopped ResendState = "stopped"
)

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

// takes says whether a job still takes a delivery that was found for it a moment ago.
func (j ResendJob) takes(d Delivery) bool {
	return slices.Contains(j.Filter.Status, d.Status) && d.Resendable() == nil
}
