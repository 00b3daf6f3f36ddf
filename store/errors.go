package store

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors that callers decide on.
var (
	ErrNotFound      = errors.New("not found")
	ErrExists        = errors.New("exists already")
	ErrCodeUsed      = errors.New("the code was used before")
	ErrOtherName     = errors.New("the bot is not called so")
	ErrTooMany       = errors.New("there are as many as there may be")
	ErrFirstWebhook  = errors.New("the first webhook of a bot stays")
	ErrOtherWebhooks = errors.New("the bot has other webhooks")
	ErrSourceChanged = errors.New("the settings to be copied have changed meanwhile")
	ErrOldPassword   = errors.New("the password was changed meanwhile")
	ErrLastOwner     = errors.New("the last owner stays an owner")
	ErrTest          = errors.New("a test event is not sent again")
	ErrErased        = errors.New("its person was erased")
	ErrNoConsent     = errors.New("its visitor has not consented")
	ErrTooLate       = errors.New("it cannot be taken back any more")
	ErrNoStop        = errors.New("an erasure goes on to its end")
	ErrOff           = errors.New("the webhook does not send now")
	ErrLeaseLost     = errors.New("the lease has ended and another claim was made")
	ErrBadCursor     = errors.New("not a cursor of this list")
	ErrUnavailable   = errors.New("the database cannot write now")
	ErrNewer         = errors.New("the database was made by a newer version of ioZen")
	ErrFull          = errors.New("its disk is full")
	ErrClosed        = errors.New("the store is closed")
	ErrLocked        = errors.New("another iozen serve is using this database")
	ErrDamaged       = errors.New("the database is damaged. Stop the server and restore the newest backup (docs/operating.md, Backups)")
)

// ErrUnreadable says that a sealed value that is needed cannot be opened: it was changed in the database, or sealed with a
// key that is no longer in the key file.
var ErrUnreadable = errors.New("a sealed value cannot be opened")

// MissingKeyError says that values in a database were sealed with keys that the key file does not hold. Values saved with
// another key could not be read once the right one is back, and no person would be found.
type MissingKeyError struct {
	IDs  []string // as in the envelopes
	File string   // that is not there; "" if it is, and holds other keys
}

func (e *MissingKeyError) Error() string {
	ids := strings.Join(e.IDs, ", ")
	if e.File != "" {
		return fmt.Sprintf("there is no key file %s, and the database holds values sealed with key %s. Set IOZEN_KEY_FILE to the key file of this database, or put it back there; no new one is made, because it would open nothing", e.File, ids)
	}
	return fmt.Sprintf("the key file does not hold key %s, with which values in this database are sealed. Set IOZEN_KEY_FILE to the key file of this database, or put the missing line back before the others", ids)
}

// StaleError says that the settings have changed since the version that a change was based on. Fields is empty for
// IfVersion.
type StaleError struct {
	Current Webhook
	Fields  []Field
}

func (e *StaleError) Error() string {
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = string(f)
	}
	return fmt.Sprintf("the webhook is at version %d; changed meanwhile: [%s]", e.Current.Version, strings.Join(names, " "))
}

// KeepError says that a header was to keep its stored value, and there is none under that name, or it was stored for
// another origin than the new URL's.
type KeepError struct {
	Index int // in WebhookChange.Headers
	Name  string
	Moved bool // there is a value, and it stays with the origin that it was stored for
}

func (e *KeepError) Error() string {
	if e.Moved {
		return fmt.Sprintf("the value of header %q was stored for another origin", e.Name)
	}
	return fmt.Sprintf("no value is stored for header %q", e.Name)
}

// EventConflictError says that an event id was used before for other content.
type EventConflictError struct {
	Index   int // in the list given to Accept
	EventID string
}

func (e *EventConflictError) Error() string {
	return fmt.Sprintf("event_id %q was used before for another event", e.EventID)
}

// BacklogError says that too many deliveries wait already.
type BacklogError struct {
	RetryAfter time.Duration
	PerBot     bool
	Room       int // how many more events there was room for
}

func (e *BacklogError) Error() string { return "too many deliveries wait" }
