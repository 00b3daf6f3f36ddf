package store

import (
	"errors"
	"fmt"
	"time"
)

// LaneDue says that a webhook has deliveries waiting, the first one due at DueAt.
type LaneDue struct {
	WebhookID
	DueAt time.Time
}

// Claim is one delivery that the caller alone may attempt until the lease ends.
type Claim struct {
	Delivery
	Token int64 // fencing: a settlement with another token than the row's is refused
}

// Claimed is the answer to a claim: the current settings, and the deliveries to send with them.
type Claimed struct {
	Webhook Webhook // without FieldVersions, FieldChanges and Undo
	Claims  []Claim
	// NextDue is when the next delivery to the webhook is due (the end of a lease counts; of one that another claim began, Lanes
	// tells if this does not); zero: nothing waits.
	NextDue time.Time
	// Failing says that the webhook's last attempt with this URL and these headers failed, so that a process that has
	// just started knows.
	Failing bool
	// Hold says that the webhook does not send now (off, switched off, no URL): what waits is to be held.
	Hold bool
}

// Reservation keeps places for deliveries that are about to be accepted: so many of them are claimed as they are accepted.
type Reservation struct {
	Places int
	Lease  time.Duration
	// End is called once: in the order of the commits, before the change feed tells of this one, with what was claimed; or
	// with nothing when nothing was accepted. It neither writes nor waits for anybody who does. Nil: nobody reserves.
	End func(Claimed)
}

// Settlement ends one claim: the attempt that was made and the state that follows from it.
type Settlement struct {
	Token   int64
	Attempt Attempt
	Status  Status    // Delivered, Failed or Retrying
	DueAt   time.Time // next attempt when Retrying
}

// Check refuses a state that no attempt can end in. Waiting deliveries are found by their time alone, so with a wrong one a
// delivery would be sent again, or never.
func (s Settlement) Check() error {
	switch s.Status {
	case Delivered, Failed:
		if !s.DueAt.IsZero() {
			return fmt.Errorf("%s, yet due at %s", s.Status, s.DueAt)
		}
		return nil
	case Retrying:
		if s.DueAt.IsZero() {
			return errors.New("retrying, but never due")
		}
		return nil
	}
	return fmt.Errorf("an attempt does not end in %q", s.Status)
}

// DeliveryState is a delivery as the settlement of its open claim finds it.
type DeliveryState struct {
	Status   Status
	Reason   string
	Token    int64
	Attempts int
	Round    int
}

// Late is the result of a settlement whose delivery is no longer as it was claimed.
type Late struct {
	Status  Status // of the delivery afterwards
	Content bool   // the attempt is recorded with what was answered
}

// LateFor says what a settlement makes of a delivery that an act has changed while its request was under way: a 2xx makes
// it delivered, whatever it was made meanwhile, because the endpoint has it; after a failure it stays as the act made it.
// An erased delivery stays erased, and its attempt is recorded without content. If another claim was made since, that
// claim's attempt decides (ErrLeaseLost).
func (s Settlement) LateFor(d DeliveryState) (Late, error) {
	switch {
	case d.Token != s.Token:
		return Late{}, ErrLeaseLost
	case d.Reason == ReasonErased:
		return Late{Status: d.Status}, nil
	case s.Status == Delivered:
		return Late{Status: Delivered, Content: true}, nil
	}
	return Late{Status: d.Status, Content: true}, nil
}
