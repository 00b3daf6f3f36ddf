package views

import "time"

// Secret is the state of a webhook's signing secrets. They come masked, but for the answer to Reveal.
type Secret struct {
	BotID    string
	Editable bool

	Damaged bool   // what is stored cannot be read
	Current string // "" while it is hidden
	Old     string // the same of the one that was rotated
	Changed bool   // just rotated, or the old one just ended: says so

	Overlap   bool // the old one signs too, until OldUntil
	OldUntil  time.Time
	NextUntil time.Time // until when the present one would sign too if it were rotated now
}
