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

// SecondFactor is the secret that an account's authenticator app shares with us.
type SecondFactor struct {
	Secret    string // base32, sealed in the database
	Confirmed bool   // a code of it was typed once: signing in asks for one
	LastStep  int64  // of the last code used; a code of this step or an earlier one is no longer accepted
	Codes     int    // recovery codes left
}

// Session is a browser in which somebody has signed in. The data inside is opaque to the store, and the caller hashes the
// token. Only a new token makes a row, so that a late write cannot bring back an ended session.
type Session struct {
	ID        uuid.UUID
	AccountID uuid.UUID // uuid.Nil: the second factor is still to come
	CreatedAt time.Time
	SeenAt    time.Time // to a few minutes
	IP        string    // last seen from
	Agent     string    // the browser's User-Agent
	Note      SessionNote

	// Given by the caller that begins it, and not stored.
	Mark   string // PowersMark of the account when it signed in
	SignIn bool   // somebody signs in; otherwise a session goes on after its account changed something about itself
}
