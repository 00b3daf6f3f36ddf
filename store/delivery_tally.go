package store

import "time"

// DeliveryTally is how the deliveries that a filter shows fare, without their pages: what charts and counts are made of.
type DeliveryTally struct {
	Marks []DeliveryMark // the newest first
	// SearchedTo is set when there are more than were looked at: what is older is not in Marks.
	SearchedTo time.Time
}

// Whole says whether nothing that the filter shows is missing.
func (t DeliveryTally) Whole() bool { return t.SearchedTo.IsZero() }

// DeliveryMark is as much of a delivery as a chart draws.
type DeliveryMark struct {
	At       time.Time // of its acceptance
	Status   Status
	Answered bool          // its last attempt was answered
	Duration time.Duration // of its last attempt
	Resends  bool          // a resend of all takes it, whatever its status
}

// JobOutcome is what has become of the deliveries that a job put back; those that it does not count were delivered.
type JobOutcome struct {
	Waiting int // on their way, or held again
	Failed  int // did not get through, whether they are tried again or not
	// Known is false when there was too much beside them to tell.
	Known bool
}
