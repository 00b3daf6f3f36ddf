package engine

import (
	"github.com/google/uuid"

	"iozen/store"
)

// custody is every delivery that this process has claimed and not yet settled or handed back, with the token of its
// newest claim. When a clock jumps, or the database was away for long, leases end while requests are under way and
// the store hands the same deliveries out again: what is in custody is then not sent a second time, and its result is
// recorded with the new token.
type custody map[uuid.UUID]int64

// take notes claims and returns those that are not in custody already, in the same slice.
func (m custody) take(claims []store.Claim) []store.Claim {
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

// release ends custody of claims, and gives them their newest token.
func (m custody) release(claims []store.Claim) {
	for i := range claims {
		claims[i].Token = m[claims[i].ID]
		delete(m, claims[i].ID)
	}
}
