package store

import (
	"errors"
	"fmt"
)

// ErrUnreadable says that a sealed value that is needed cannot be opened: it was changed in the database, or sealed with a
// key that is no longer in the key file.
var ErrUnreadable = errors.New("a sealed value cannot be opened")

// Damaged are the sealed parts of settings that cannot be opened. They read as empty, so that everything else can be seen
// and saved; nothing is sent without them.
type Damaged struct {
	Headers, Secret bool

	SealedHeaders string // as it is in the database: it stays there until other headers are saved
}

// Any says whether anything is damaged that requests need.
func (d Damaged) Any() bool { return d.Headers || d.Secret }

// Whole returns an error for settings that nothing can be sent with.
func (w Webhook) Whole() error {
	if w.Damaged.Any() {
		return fmt.Errorf("settings of bot %s: %w", w.BotID, ErrUnreadable)
	}
	return nil
}
