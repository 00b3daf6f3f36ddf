package store

import "github.com/google/uuid"

// handedOut is what the writer knows of the claims that were handed out and not ended, so that ending one needs not
// read its row. Tokens fence: a row whose token is still the claim's is as it was when it was claimed.
type handedOut map[uuid.UUID]handed

type handed struct {
	token    int64
	attempts int // made before the claim
	round    int
}

func (h handedOut) note(claims []Claim) {
	for _, c := range claims {
		h[c.ID] = handed{token: c.Token, attempts: c.Attempts, round: c.Round}
	}
}

// end forgets a claim, unless the delivery was claimed again since.
func (h handedOut) end(id uuid.UUID, token int64) {
	if h[id].token == token {
		delete(h, id)
	}
}
