package store

import (
	"time"

	"github.com/google/uuid"
)

// AuditFilter selects a page of the audit log, newest first. Zero values mean "any"; Limit 1–200, 0 means 50.
type AuditFilter struct {
	Account  string // who did it, or whom it was done to: an email, or the name of an API key
	Actions  []string
	BotID    uuid.UUID
	From, To time.Time
	Cursor   string
	Limit    int
}

// AuditPage is one page of entries. Next leads to older ones, Prev to newer ones; "" where there are none.
type AuditPage struct {
	Entries    []AuditEntry
	Next, Prev string
}

// AuditKept is how long an entry is kept before the newest: long enough to investigate what came to light late. The table
// itself refuses to lose a younger row (a trigger of migration 4, which must be kept in step).
const AuditKept = 730 * 24 * time.Hour

// AuditEntry is one act that someone may ask about later. Entries are only ever added.
type AuditEntry struct {
	ID     uuid.UUID
	At     time.Time
	By     Actor  // with the address
	Action string // dotted, e.g. webhook.reveal_headers
	BotID  uuid.UUID
	N      int    // the webhook's number; 0: it was done to none, or to all of the bot's
	Target string // what it was done to, never a secret
	Note   string
}
