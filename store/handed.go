package store

import (
	"maps"

	"github.com/google/uuid"
)

// handedOut are the claims that are open: handed out by this process, and neither settled nor handed back. What it knows
// of them spares a settlement reading the row. Tokens fence: a row whose token is still the claim's was claimed by no
// one else since.
type handedOut map[uuid.UUID]handed

type handed struct {
	bot      uuid.UUID
	token    int64
	attempts int // made before the claim
	round    int
}

func (h handedOut) note(claims []Claim) {
	for _, c := range claims {
		h[c.ID] = handed{bot: c.BotID, token: c.Token, attempts: c.Attempts, round: c.Round}
	}
}

// end forgets a claim, unless the delivery was claimed again since.
func (h handedOut) end(id uuid.UUID, token int64) {
	if h[id].token == token {
		delete(h, id)
	}
}

// endAll forgets the claims of a bot.
func (h handedOut) endAll(bot uuid.UUID) {
	maps.DeleteFunc(h, func(_ uuid.UUID, c handed) bool { return c.bot == bot })
}

// ended forgets a claim once that is on disk.
func (tx *tx) ended(id uuid.UUID, token int64) {
	tx.onCommit(func() { tx.db.handed.end(id, token) })
}
