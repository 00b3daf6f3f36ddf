package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// PowersMark changes with everything that ends an account's sessions: its password, role and second factor.
func (db *DB) PowersMark(a store.Account) string {
	return db.KeyedHash("powers", fmt.Sprint(a.PasswordHash, "\x00", a.Role, "\x00", a.SecondFactor))
}

// FindSession returns the data of a session that has not expired.
func (db *DB) FindSession(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = db.reader.Row(ctx, `SELECT data FROM sessions WHERE token = ? AND expires_at > ?`, token, millis(db.cfg.Now())).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitSession adds the session of a new token, or replaces the data of a known one. Signing in is in the audit log in the
// same transaction. An account that is gone, or whose powers have changed since it signed in, gets no session: that change
// has signed it out everywhere.
func (db *DB) CommitSession(ctx context.Context, token string, data []byte, expiry time.Time, s store.Session) error {
	return db.write(ctx, func(tx *tx) error {
		known, err := tx.exec(`UPDATE sessions SET data = ?, expires_at = ? WHERE token = ?`, data, millis(expiry), token)
		if err != nil {
			return fmt.Errorf("keeping a session: %w", err)
		}
		if known == 0 {
			if may, err := tx.mayBegin(s); err != nil || !may {
				return err
			}
			note, until, err := tx.db.sealedNote(s.ID, s.Note, tx.now)
			if err != nil {
				return err
			}
			if _, err := tx.exec(`INSERT INTO sessions (token, id, account_id, data, created_at, seen_at, expires_at, ip, agent, note, note_until)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				token, idBytes(s.ID), idBytes(s.AccountID), data, millis(tx.now), millis(tx.now), millis(expiry), s.IP, s.Agent, note, until); err != nil {
				return fmt.Errorf("beginning a session: %w", err)
			}
		}
		return tx.seen(s.AccountID)
	})
}

// mayBegin says whether a session may begin as requested, and records the sign-in.
func (tx *tx) mayBegin(s store.Session) (bool, error) {
	if s.AccountID == uuid.Nil {
		return true, nil
	}
	a, err := tx.account(s.AccountID)
	if errors.Is(err, store.ErrNotFound) || err == nil && tx.db.PowersMark(a) != s.Mark {
		return false, nil
	}
	if err == nil && s.SignIn {
		err = tx.addAudit(store.AuditEntry{By: store.Actor{ID: a.ID, Name: a.Email, IP: s.IP}, Action: "signin"})
	}
	return err == nil, err
}

// DeleteSession ends a session; ending one that does not exist is not an error.
func (db *DB) DeleteSession(ctx context.Context, token string) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`DELETE FROM sessions WHERE token = ?`, token)
		return err
	})
}

// DeleteExpiredSessions removes what FindSession no longer returns at a moment, and wipes the notes whose time is over.
func (db *DB) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	return db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(`DELETE FROM sessions WHERE expires_at <= ?`, millis(now)); err != nil {
			return err
		}
		_, err := tx.exec(`UPDATE sessions SET note = '', note_until = 0 WHERE note_until > 0 AND note_until <= ?`, millis(now))
		return err
	})
}

// SessionAccount finds a session with its note, and whose it is, as the account is now; ErrNotFound when either is gone.
func (db *DB) SessionAccount(ctx context.Context, id uuid.UUID) (store.Session, store.Account, error) {
	var note string
	var until int64
	row := db.reader.Row(ctx, `SELECT `+sessionColumns+`, note, note_until FROM sessions WHERE id = ?`, idBytes(id))
	s, err := scanSession(func(to ...any) error { return row.Scan(append(to, &note, &until)...) })
	if errors.Is(err, sql.ErrNoRows) {
		return s, store.Account{}, fmt.Errorf("session: %w", store.ErrNotFound)
	}
	if err != nil {
		return s, store.Account{}, err
	}
	s.Note = db.openedNote(s.ID, note, until, db.cfg.Now())
	a, err := db.Account(ctx, s.AccountID)
	return s, a, err
}

// TouchSession records that a session is in use, and from where.
func (db *DB) TouchSession(ctx context.Context, s store.Session) error {
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

func scanSession(scan func(...any) error) (store.Session, error) {
	var s store.Session
	var created, seen int64
	err := scan(&s.ID, &s.AccountID, &created, &seen, &s.IP, &s.Agent)
	s.CreatedAt, s.SeenAt = fromMillis(created), fromMillis(seen)
	return s, err
}

// Sessions lists where an account is signed in and was seen since a moment, the latest first.
func (db *DB) Sessions(ctx context.Context, accountID uuid.UUID, seenSince time.Time) ([]store.Session, error) {
	rows, err := db.reader.Rows(ctx, `SELECT `+sessionColumns+` FROM sessions
		WHERE account_id = ? AND seen_at >= ? AND expires_at > ? ORDER BY seen_at DESC, id DESC`,
		idBytes(accountID), millis(seenSince), millis(db.cfg.Now()))
	if err != nil {
		return nil, err
	}
	return statement.CollectBy(rows, scanSession)
}

// SignOut ends a session where it is; ending it twice is not an error.
func (db *DB) SignOut(ctx context.Context, s store.Session, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM sessions WHERE id = ?`, idBytes(s.ID))
		if err != nil || n == 0 {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "signout"})
	})
}

// EndSession signs an account out in one browser; ErrNotFound when it has no such session.
func (db *DB) EndSession(ctx context.Context, accountID, id uuid.UUID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM sessions WHERE account_id = ? AND id = ?`, idBytes(accountID), idBytes(id))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("session: %w", store.ErrNotFound)
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "session.end"})
	})
}

// EndOtherSessions signs an account out everywhere but in the session that is kept.
func (db *DB) EndOtherSessions(ctx context.Context, accountID, keep uuid.UUID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM sessions WHERE account_id = ? AND id <> ?`, idBytes(accountID), idBytes(keep))
		if err != nil || n == 0 {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "session.end_others"})
	})
}

// endSessions signs an account out everywhere: its password, role or second factor is no longer what it was.
func (tx *tx) endSessions(accountID uuid.UUID) error {
	_, err := tx.exec(`DELETE FROM sessions WHERE account_id = ?`, idBytes(accountID))
	return err
}

// ChangeSessionNote changes what acts have left in a session's row for the pages after them. A session that has ended has
// no page to come: that is no error.
func (db *DB) ChangeSessionNote(ctx context.Context, id uuid.UUID, change func(*store.SessionNote)) error {
	return db.write(ctx, func(tx *tx) error {
		var sealed string
		var until int64
		err := tx.row(`SELECT note, note_until FROM sessions WHERE id = ?`, idBytes(id)).Scan(&sealed, &until)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		note := tx.db.openedNote(id, sealed, until, tx.now)
		change(&note)
		sealed, until, err = tx.db.sealedNote(id, note, tx.now)
		if err != nil {
			return err
		}
		_, err = tx.exec(`UPDATE sessions SET note = ?, note_until = ? WHERE id = ?`, sealed, until, idBytes(id))
		return err
	})
}

// openedNote reads a note. One that cannot be opened is as good as none: it must not keep anybody from working.
func (db *DB) openedNote(id uuid.UUID, sealed string, until int64, now time.Time) (note store.SessionNote) {
	if sealed == "" || until <= millis(now) {
		return note
	}
	text, err := db.cfg.Keys.Opened(secret.SessionPlace(id), sealed)
	if err != nil || json.Unmarshal([]byte(text), &note) != nil {
		return store.SessionNote{}
	}
	return note.At(now)
}

// sealedNote is what is kept of a note, and until when.
func (db *DB) sealedNote(id uuid.UUID, note store.SessionNote, now time.Time) (sealed string, until int64, err error) {
	ends := note.Until(now)
	if ends.IsZero() {
		return "", 0, nil
	}
	text, err := json.Marshal(note)
	if err != nil {
		return "", 0, fmt.Errorf("writing a session's note: %w", err)
	}
	return db.cfg.Keys.Sealed(secret.SessionPlace(id), string(text)), millis(ends), nil
}
