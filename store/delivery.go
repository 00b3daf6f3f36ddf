package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Status is the state of a delivery. docs/states.md draws the states.
type Status string

// The states of a delivery.
const (
	Queued    Status = "queued"    // first attempt is due
	Sending   Status = "sending"   // claimed: an attempt is under way
	Retrying  Status = "retrying"  // failed before, next attempt is scheduled
	Delivered Status = "delivered" // answered with 2xx
	Failed    Status = "failed"    // no more automatic attempts; may be resent
	Held      Status = "held"      // webhook off or without URL: waits for a person
	Skipped   Status = "skipped"   // "Not sent": event not chosen, or held for too long; may be resent
	Duplicate Status = "duplicate" // only as an answer to Accept: nothing was stored
)

// OnItsWay says whether a delivery in this state is sent as soon as possible anyway, so that resending it would change
// nothing.
func (s Status) OnItsWay() bool { return s == Queued || s == Sending }

// Resendable says why a delivery is never sent again (ErrTest, ErrErased), or nil.
func (d Delivery) Resendable() error {
	switch {
	case d.Test:
		return ErrTest
	case d.Reason == ReasonErased:
		return ErrErased
	}
	return nil
}

// NeedsAnswer says whether a delivery is sent again only one by one and after a question: consent held it back. The answer
// counts for one resend.
func (d Delivery) NeedsAnswer() bool {
	return d.Reason == ReasonConsent || d.Reason == ReasonSentAnyway
}

// DetailFilter is the key of LastDetail under which the words of a filter stand that did not let an event through.
const DetailFilter = "filter_words"

// Counted is how a delivery in this state counts among those that wait and those that are held.
func (s Status) Counted() (waiting, held int) {
	switch s {
	case Queued, Sending, Retrying:
		return 1, 0
	case Held:
		return 0, 1
	}
	return 0, 0
}

// Reasons of Skipped and Held, kept in Delivery.Reason.
const (
	ReasonNotChosen   = "not_chosen"    // the webhook did not choose this event name
	ReasonHeldTooLong = "held_too_long" // held for 7 days
	ReasonOff         = "off"           // the webhook is off
	ReasonNoURL       = "no_url"        // the webhook has no URL
	ReasonSwitchedOff = "switched_off"  // ioZen switched the webhook off
	ReasonErased      = "erased"        // its person was erased; also in other final states
	ReasonFilter      = "filter"        // the webhook's filter does not let it through; LastDetail says why
	ReasonConsent     = "consent"       // its visitor has not consented, and the webhook asks for that
	ReasonSentAnyway  = "sent_anyway"   // in any other state: a person chose to send it without consent

	ReasonWebhookDeleted = "webhook_deleted" // its webhook was deleted before it was sent
)

// Delivery is one event on its way to a webhook: one row from acceptance to the end of retention.
type Delivery struct {
	BotID     uuid.UUID
	Webhook   int       // its number in the bot
	ID        uuid.UUID // UUIDv7; the webhook-id header of every attempt
	BotName   string    // filled by lists over all bots and by Delivery
	EventID   string
	EventName string
	EventTime time.Time
	Test      bool
	Payload   []byte // the exact bytes of every attempt; nil in lists
	Person    string // masked email or phone for lists, "" when there is none
	Warnings  []Warning

	Status   Status
	Reason   string // why Held or Skipped; ReasonErased in any state; else ""
	Attempts int    // made in all
	Round    int    // made since the schedule last started (accept, resend)
	// DueAt is when the engine looks at it next: the next attempt, or the end of the lease while Sending.
	// Zero in a final state.
	DueAt     time.Time
	CreatedAt time.Time
	UpdatedAt time.Time

	// Of the last attempt; zero before the first.
	LastCode     int
	LastDuration time.Duration
	LastOutcome  string            // diagnosis code, "" when clean
	LastDetail   map[string]string // evidence for the words of the diagnosis
}

// WebhookID is the webhook that it goes to.
func (d Delivery) WebhookID() WebhookID { return WebhookID{BotID: d.BotID, N: d.Webhook} }

// Warning is something odd about an event that was accepted anyway.
type Warning struct {
	Pointer string `json:"pointer"` // RFC 6901
	Message string `json:"message"`
}

// NewDelivery is an event to accept: checked, with its payload already made.
type NewDelivery struct {
	ID          uuid.UUID
	EventID     string
	EventName   string
	EventTime   time.Time
	Payload     []byte
	Fingerprint [32]byte // of what was given, to recognize a repeat; stored as a keyed hash only
	Warnings    []Warning
	Email       string // hashed for search, masked for lists; not stored outside the payload
	Phone       string
	ExternalID  string
}

// Accepted is the answer to one NewDelivery. Status is Queued, Held, Skipped or Duplicate;
// DeliveryID of a duplicate is the first one's.
type Accepted struct {
	EventID    string
	Status     Status
	DeliveryID uuid.UUID
	Warnings   []Warning // what only the webhook's settings reveal; the delivery has them too
	// Deliveries are all that the event became, if the bot has several webhooks; of a duplicate, those that there are. Status
	// and DeliveryID are those of the first.
	Deliveries []AcceptedDelivery
}

// At is what a new event became at one webhook.
func (a Accepted) At(webhook int) Accepted {
	for _, d := range a.Deliveries {
		if d.Webhook == webhook {
			a.Status, a.DeliveryID = d.Status, d.DeliveryID
		}
	}
	return a
}

// AcceptedDelivery is an event's delivery to one of several webhooks.
type AcceptedDelivery struct {
	Webhook    int // its number
	Status     Status
	DeliveryID uuid.UUID
}

// DeliveryFilter selects a page of deliveries, newest first. Zero values mean "any"; Limit 1–200, 0 means 50.
type DeliveryFilter struct {
	BotID     uuid.UUID // uuid.Nil: of all bots
	Webhook   int       // its number in the bot; 0: any
	Status    []Status
	EventName string
	Test      *bool
	Code      string // "401", "4xx", "none"
	From, To  time.Time
	Query     string // a whole event id, delivery id, external id, email or phone
	Cursor    string
	Limit     int
}

// DeliveryPage is one page of deliveries. Next leads to older ones, Prev to newer ones; "" where there are none.
type DeliveryPage struct {
	Deliveries []Delivery
	Next, Prev string
	// SearchedTo is set when the filter found so little that the page ends before it is full, though there may be more:
	// the search came to what was accepted then, and goes on from there on the page after (Next) or before it (Prev).
	SearchedTo time.Time
}

// HeldCount is how many events wait for a person, and since when.
type HeldCount struct {
	Count int
	Since time.Time
}

// Success is an attempt that got a real event through: when, and with which settings.
type Success struct {
	At      time.Time
	Version int64 // of the webhook
}

// Shows says whether a status is among the chosen ones.
func (f DeliveryFilter) Shows(s Status) bool { return slices.Contains(f.Status, s) }
