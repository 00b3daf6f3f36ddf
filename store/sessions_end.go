package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Sessions lists where an account is signed in and was seen since a moment, the latest first.
func (db *DB) Sessions(ctx context.Context, accountID uuid.UUID, seenSince time.Time) ([]Session, error) {
	rows, err := db.reader.rows(ctx, `SELECT `+sessionColumns+` FROM sessions
		WHERE account_id = ? AND seen_at >= ? AND expires_at > ? ORDER BY seen_at DESC, id DESC`,
		idBytes(accountID), millis(seenSince), millis(db.cfg.Now()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var sessions []Session
	for rows.Next() {
		s, err := scanSession(rows.Scan)
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, s)
	}
	return sessions, rows.Err()
}

// SignOut ends a session where it is; one that has ended already is no error.
func (db *DB) SignOut(ctx context.Context, s Session, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM sessions WHERE id = ?`, idBytes(s.ID))
		if err != nil || n == 0 {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "signout"})
	})
}

// EndSession signs an account out in one browser; ErrNotFound when it has no such session.
func (db *DB) EndSession(ctx context.Context, accountID, id uuid.UUID, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM sessions WHERE account_id = ? AND id = ?`, idBytes(accountID), idBytes(id))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("session: %w", ErrNotFound)
		}
		return tx.addAudit(AuditEntry{By: by, Action: "session.end"})
	})
}

// EndOtherSessions signs an account out everywhere but in the session that is kept.
func (db *DB) EndOtherSessions(ctx context.Context, accountID, keep uuid.UUID, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM sessions WHERE account_id = ? AND id <> ?`, idBytes(accountID), idBytes(keep))
		if err != nil || n == 0 {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "session.end_others"})
	})
}

// endSessions signs an account out everywhere: its password, role or second factor is no longer what it was.
func (tx *tx) endSessions(accountID uuid.UUID) error {
	_, err := tx.exec(`DELETE FROM sessions WHERE account_id = ?`, idBytes(accountID))
	return err
}
