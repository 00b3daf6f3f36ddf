package member

// Share is one member's part of what all may do together.
type Share struct {
	Place int // among the living, in an order that all of them agree on, from 0
	Of    int // how many live; 0 and 1: there is nobody to share with
}

// Part is the member's part of a bound. The parts of all members add up to the bound; key spreads what is left over, so that
// not one member gets it of everything. It is 0 for some members when there are more of them than the bound has places.
func (s Share) Part(bound int, key uint64) int {
	if s.Of <= 1 {
		return bound
	}
	part := bound / s.Of
	if of := uint64(s.Of); (uint64(s.Place)+key%of)%of < uint64(bound%s.Of) {
		part++
	}
	return part
}
