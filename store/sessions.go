package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Session is a browser in which somebody has signed in. The data inside is opaque to the store, and the token
// comes hashed by the caller. Only a new token makes a row: what was ended cannot come back by a late write.
type Session struct {
	ID        uuid.UUID
	AccountID uuid.UUID // uuid.Nil: the second factor is still to come
	CreatedAt time.Time
	SeenAt    time.Time // to a few minutes
	IP        string    // last seen from
	Agent     string    // the browser's User-Agent

	// Said by whoever begins it, and not kept.
	Mark   string // PowersMark of the account when it showed who it is
	SignIn bool   // somebody signs in; else a session goes on after a change of the own account
}

// PowersMark changes with all that ends an account's sessions: its password, role and second factor.
func (db *DB) PowersMark(a Account) string {
	return db.KeyedHash("powers", fmt.Sprint(a.PasswordHash, "\x00", a.Role, "\x00", a.SecondFactor))
}

// FindSession returns the data of a session that has not expired.
func (db *DB) FindSession(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = db.reader.row(ctx, `SELECT data FROM sessions WHERE token = ? AND expires_at > ?`, token, millis(db.cfg.Now())).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitSession adds the session of a new token, or replaces the data of a known one. Signing in is in the audit log in
// the same transaction. An account that is gone, or whose powers have changed since it showed who it is, gets no session:
// that change has signed it out everywhere.
func (db *DB) CommitSession(ctx context.Context, token string, data []byte, expiry time.Time, s Session) error {
	return db.write(ctx, func(tx *tx) error {
		known, err := tx.exec(`UPDATE sessions SET data = ?, expires_at = ? WHERE token = ?`, data, millis(expiry), token)
		if err != nil {
			return fmt.Errorf("keeping a session: %w", err)
		}
		if known == 0 {
			if may, err := tx.mayBegin(s); err != nil || !may {
				return err
			}
			if _, err := tx.exec(`INSERT INTO sessions (token, id, account_id, data, created_at, seen_at, expires_at, ip, agent)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				token, idBytes(s.ID), idBytes(s.AccountID), data, millis(tx.now), millis(tx.now), millis(expiry), s.IP, s.Agent); err != nil {
				return fmt.Errorf("beginning a session: %w", err)
			}
		}
		return tx.seen(s.AccountID)
	})
}

// mayBegin says whether a session may begin as it was asked for, and notes that somebody signs in.
func (tx *tx) mayBegin(s Session) (bool, error) {
	if s.AccountID == uuid.Nil {
		return true, nil
	}
	a, err := tx.account(s.AccountID)
	if errors.Is(err, ErrNotFound) || err == nil && tx.db.PowersMark(a) != s.Mark {
		return false, nil
	}
	if err == nil && s.SignIn {
		err = tx.addAudit(AuditEntry{By: Actor{ID: a.ID, Name: a.Email, IP: s.IP}, Action: "signin"})
	}
	return err == nil, err
}

// DeleteSession ends a session; one that is not there is no error.
func (db *DB) DeleteSession(ctx context.Context, token string) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`DELETE FROM sessions WHERE token = ?`, token)
		return err
	})
}

// DeleteExpiredSessions removes what FindSession no longer returns at a moment.
func (db *DB) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`DELETE FROM sessions WHERE expires_at <= ?`, millis(now))
		return err
	})
}

// SessionAccount finds a session and whose it is, as the account is now; ErrNotFound when either is gone.
func (db *DB) SessionAccount(ctx context.Context, id uuid.UUID) (Session, Account, error) {
	s, err := scanSession(db.reader.row(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE id = ?`, idBytes(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return s, Account{}, fmt.Errorf("session: %w", ErrNotFound)
	}
	if err != nil {
		return s, Account{}, err
	}
	a, err := db.Account(ctx, s.AccountID)
	return s, a, err
}

// TouchSession notes that a session is in use, and from where.
func (db *DB) TouchSession(ctx context.Context, s Session) error {
	return db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(`UPDATE sessions SET seen_at = ?, ip = ? WHERE id = ?`, millis(tx.now), s.IP, idBytes(s.ID)); err != nil {
			return err
		}
		return tx.seen(s.AccountID)
	})
}

func (tx *tx) seen(accountID uuid.UUID) error {
	_, err := tx.exec(`UPDATE accounts SET seen_at = ? WHERE id = ?`, millis(tx.now), idBytes(accountID))
	return err
}

const sessionColumns = `id, account_id, created_at, seen_at, ip, agent`

func scanSession(scan func(...any) error) (Session, error) {
	var s Session
	var created, seen int64
	err := scan(&s.ID, &s.AccountID, &created, &seen, &s.IP, &s.Agent)
	s.CreatedAt, s.SeenAt = fromMillis(created), fromMillis(seen)
	return s, err
}
