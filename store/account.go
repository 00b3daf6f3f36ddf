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

// SecondFactor is what an account's authenticator app and ours have in common.
type SecondFactor struct {
	Secret    string // base32, sealed in the database
	Confirmed bool   // a code of it was typed once: signing in asks for one
	LastStep  int64  // of the last code taken; a code of this step or before counts no more
	Codes     int    // recovery codes left
}

// Session is a browser in which somebody has signed in. The data inside is opaque to the store, and the token
// comes hashed by the caller. Only a new token makes a row: what was ended cannot come back by a late write.
type Session struct {
	ID        uuid.UUID
	AccountID uuid.UUID // uuid.Nil: the second factor is still to come
	CreatedAt time.Time
	SeenAt    time.Time // to a few minutes
	IP        string    // last seen from
	Agent     string    // the browser's User-Agent
	Note      SessionNote

	// Said by whoever begins it, and not kept.
	Mark   string // PowersMark of the account when it showed who it is
	SignIn bool   // somebody signs in; else a session goes on after a change of the own account
}
