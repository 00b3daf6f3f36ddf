package store

import (
	"time"

	"github.com/google/uuid"
)

// AlertState says whether an alert holds for a bot, as the last look at the bot found. The kinds are those of package alert.
type AlertState struct {
	BotID uuid.UUID
	Kind  string
	Holds bool
	Since time.Time // when the alert last began or ended
}

// AlertChange is an alert that begins or ends.
type AlertChange struct {
	BotID   uuid.UUID
	BotName string
	Kind    string
	Holds   bool
	// Notify is the kind of the notification about it; "": none. Title is for a subject line, Text holds the sentences.
	Notify, Title, Text string
}
