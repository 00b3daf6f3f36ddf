package store

import (
	"time"

	"github.com/google/uuid"
)

// LaneDue says that a bot has deliveries waiting, the first one due at DueAt.
type LaneDue struct {
	BotID uuid.UUID
	DueAt time.Time
}

// Claim is one delivery that the caller alone may attempt until the lease ends.
type Claim struct {
	Delivery
	Token int64 // fencing: a settlement with another token than the row's is refused
}

// Claimed is the answer to a claim: the settings of this moment and the deliveries to send with them.
type Claimed struct {
	Webhook Webhook // without FieldVersions, FieldChanges and Undo
	Claims  []Claim
	// NextDue is when the next delivery of the bot is due (a lease's end counts); zero: nothing waits.
	NextDue time.Time
	// Failing says that the bot's last attempt with this URL and these headers failed, so that a process that has
	// just started knows.
	Failing bool
	// Hold says that the webhook does not send now (off, switched off, no URL): what waits is to be held.
	Hold bool
}

// Settlement ends one claim: the attempt that was made and the state that follows from it.
type Settlement struct {
	Token   int64
	Attempt Attempt
	Status  Status    // Delivered, Failed or Retrying
	DueAt   time.Time // next attempt when Retrying
}
