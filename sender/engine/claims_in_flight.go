package engine

import (
	"github.com/google/uuid"

	"iozen/store"
)

// claimsInFlight holds every delivery that this process has claimed and neither settled nor handed back, with the token of
// its newest claim. When a clock jumps, or the database was unavailable for long, leases end while requests are under way
// and the same deliveries are claimed again: those in flight are then not sent a second time, and their results are
// recorded with the new token.
type claimsInFlight map[uuid.UUID]int64

// take adds claims and returns those whose deliveries were not in flight already, in the same slice.
func (m claimsInFlight) take(claims []store.Claim) []store.Claim {
	fresh := claims[:0]
	for i := range claims {
		c := &claims[i]
		if _, held := m[c.ID]; !held {
			fresh = append(fresh, *c)
		}
		m[c.ID] = c.Token
	}
	return fresh
}

// release removes claims, and gives them their newest token.
func (m claimsInFlight) release(claims []store.Claim) {
	for i := range claims {
		claims[i].Token = m[claims[i].ID]
		delete(m, claims[i].ID)
	}
}
