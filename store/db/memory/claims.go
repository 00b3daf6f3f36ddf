package memory

import (
	"maps"

	"github.com/google/uuid"

	"iozen/store"
)

// Claims are the claims in flight: made by this process, and neither settled nor handed back. What is known of them here
// saves a settlement from reading the row. Tokens fence: while a row still has the claim's token, nobody else has claimed it.
//
// They are the writer's alone.
type Claims map[uuid.UUID]Claim

// Claim is what is remembered of a claim.
type Claim struct {
	Webhook  store.WebhookID
	Token    int64
	Attempts int // made before the claim
	Round    int
}

// Note remembers claims.
func (m Claims) Note(claims []store.Claim) {
	for _, c := range claims {
		m[c.ID] = Claim{Webhook: c.WebhookID(), Token: c.Token, Attempts: c.Attempts, Round: c.Round}
	}
}

// End forgets a claim, unless the delivery was claimed again since.
func (m Claims) End(id uuid.UUID, token int64) {
	if m[id].Token == token {
		delete(m, id)
	}
}

// EndAll forgets the claims of a bot.
func (m Claims) EndAll(botID uuid.UUID) {
	maps.DeleteFunc(m, func(_ uuid.UUID, c Claim) bool { return c.Webhook.BotID == botID })
}
