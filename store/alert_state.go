package store

import (
	"time"

	"github.com/google/uuid"
)

// Condition is something that holds, or held, for a bot, as the last look at it found. The kinds are those of package
// sender's concerns.
type Condition struct {
	BotID uuid.UUID
	Kind  string
	Holds bool
	Since time.Time // when it last began or ended
}

// ConditionChange is a condition that begins or ends.
type ConditionChange struct {
	BotID   uuid.UUID
	BotName string
	Kind    string
	Holds   bool
	// Tell is what people are told of it; "" nothing. Title is for a subject line, Text are the sentences.
	Tell, Title, Text string
}
