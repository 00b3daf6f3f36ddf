package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Sessions are opaque to the store: a token, already hashed by the caller, and bytes that expire.

// FindSession returns the data of a session that has not expired.
func (db *DB) FindSession(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = db.reader.row(ctx, `SELECT data FROM sessions WHERE token = ? AND expires_at > ?`, token, millis(db.cfg.Now())).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitSession adds or replaces a session.
func (db *DB) CommitSession(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`INSERT INTO sessions (token, data, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, millis(expiry))
		return err
	})
}

// DeleteSession ends a session; one that is not there is no error.
func (db *DB) DeleteSession(ctx context.Context, token string) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`DELETE FROM sessions WHERE token = ?`, token)
		return err
	})
}

// DeleteExpiredSessions removes what FindSession no longer returns.
func (db *DB) DeleteExpiredSessions(ctx context.Context) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`DELETE FROM sessions WHERE expires_at <= ?`, millis(tx.now))
		return err
	})
}
