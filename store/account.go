package store

import (
	"time"

	"github.com/google/uuid"
)

// Role is what an account or a key may do.
type Role string

// The roles, each including the next (ingest apart: it may only post events).
const (
	RoleOwner  Role = "owner"
	RoleEditor Role = "editor"
	RoleViewer Role = "viewer"
	RoleIngest Role = "ingest"
)

// Account is a person who signs in.
type Account struct {
	ID           uuid.UUID
	Email        string // lower case
	PasswordHash string // argon2id, PHC string
	Role         Role
	CreatedAt    time.Time

	// Computed.
	SeenAt       time.Time // last signed in or at work, to a few minutes; zero: never
	SecondFactor bool      // signing in asks for a code too
}

// Invitation is an account that somebody may still make by a link. The link's token is shown once and kept as a
// SHA-256 hash.
type Invitation struct {
	ID        uuid.UUID
	TokenHash [32]byte
	Email     string // lower case
	Role      Role
	By        Actor
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Key is an API key. The secret is shown once and kept as a SHA-256 hash (it has 160 random bits or more).
type Key struct {
	ID         uuid.UUID
	Name       string
	Role       Role
	BotID      uuid.UUID // uuid.Nil: all bots
	SecretHash [32]byte
	CreatedBy  Actor
	CreatedAt  time.Time
	LastUsedAt time.Time // to the minute
	RevokedAt  time.Time // zero: valid
}

// AuditEntry is one act that someone may ask about later. Append-only.
type AuditEntry struct {
	ID     uuid.UUID
	At     time.Time
	By     Actor  // with the address
	Action string // dotted, e.g. webhook.reveal_headers
	BotID  uuid.UUID
	Target string // what it was done to, never a secret
	Note   string
}
