package store

import (
	"errors"
	"fmt"
)

// ErrUnreadable says that a sealed value is needed which does not open: it was changed in the database, or sealed with a key
// that the key file does not hold any more.
var ErrUnreadable = errors.New("a sealed value cannot be opened")

// Damaged are the sealed parts of settings that do not open. They read as empty, so that everything else can be seen and
// saved; nothing is sent without them.
type Damaged struct {
	Headers, Secret bool

	SealedHeaders string // as it stands in the database: it stays there until other headers are saved
}

// Any says whether something is damaged that requests are made with.
func (d Damaged) Any() bool { return d.Headers || d.Secret }

// Whole refuses settings that nothing can be sent with.
func (w Webhook) Whole() error {
	if w.Damaged.Any() {
		return fmt.Errorf("settings of bot %s: %w", w.BotID, ErrUnreadable)
	}
	return nil
}
