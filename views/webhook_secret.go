package views

import "time"

// Secret is the state of a webhook's signing secrets. They are masked, except in the answer to Reveal.
type Secret struct {
	WebhookRef
	Editable bool

	Damaged bool   // the stored secret cannot be read
	Current string // "" while it is hidden
	Old     string // likewise, of the rotated secret
	Changed bool   // just rotated, or the old one just ended, which the page says

	Overlap   bool // the old secret signs too, until OldUntil
	OldUntil  time.Time
	NextUntil time.Time // until when the present secret would sign too, if it were rotated now
}

// masked is the same when it is hidden again.
func (s Secret) masked() Secret {
	s.Current, s.Old, s.Changed = "", "", false
	return s
}
