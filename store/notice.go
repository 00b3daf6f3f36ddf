package store

import (
	"github.com/google/uuid"
)

// What is what a commit changed of a bot, besides what pages show of it: any number of the constants together.
type What uint8

// What a commit can change.
const (
	Due      What = 1 << iota // a delivery may be sent now, or sooner than before
	Settings                  // where to, how or whether the bot sends: what was claimed before must not start
	Revoked                   // deliveries were taken back or ended: what was claimed before must not start
	Jobs                      // a job began
)

// Notice tells what one commit changed of a bot (uuid.Nil: of all bots together).
type Notice struct {
	BotID uuid.UUID
	What  What
}

// Is says whether any of these changed.
func (n Notice) Is(w What) bool { return n.What&w != 0 }
