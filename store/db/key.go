package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// API keys are what programs sign in with.

const keyColumns = `id, name, role, bot_id, secret_hash, by_id, by_name, created_at, last_used_at, revoked_at`

const keyByID = `SELECT ` + keyColumns + ` FROM api_keys WHERE id = ?`

// CreateKey adds an API key. The caller made its id and secret, only whose hash is stored. It fails with ErrNotFound if the
// key is for a bot that does not exist.
func (db *DB) CreateKey(ctx context.Context, k store.Key) error {
	return db.write(ctx, func(tx *tx) error {
		if k.BotID != uuid.Nil {
			if _, err := tx.readBot(k.BotID); err != nil {
				return err
			}
		}
		_, err := tx.exec(`INSERT INTO api_keys (id, name, role, bot_id, secret_hash, by_id, by_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			idBytes(k.ID), k.Name, string(k.Role), idBytes(k.BotID), k.SecretHash[:], idBytes(k.CreatedBy.ID), k.CreatedBy.Name, millis(tx.now))
		if err != nil {
			return fmt.Errorf("adding API key %s: %w", k.ID, err)
		}
		return tx.addAudit(store.AuditEntry{By: k.CreatedBy, Action: "key.create", BotID: k.BotID, Target: k.Name, Note: string(k.Role)})
	})
}

// Keys lists all keys, newest first, revoked ones too.
func (db *DB) Keys(ctx context.Context) ([]store.Key, error) {
	rows, err := db.reader.Rows(ctx, `SELECT `+keyColumns+` FROM api_keys ORDER BY id DESC`)
	if err != nil {
		return nil, err
	}
	return statement.CollectBy(rows, scanKey)
}

// Key finds a key by id, a revoked one too. Every call of the API asks, so a key in use is answered from memory.
func (db *DB) Key(ctx context.Context, id uuid.UUID) (store.Key, error) {
	k, ok, generation := db.keys.Get(id, db.cfg.Now())
	if ok {
		return k, nil
	}
	k, err := scanKey(db.reader.Row(ctx, keyByID, idBytes(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return k, fmt.Errorf("API key %s: %w", id, store.ErrNotFound)
	}
	if err == nil {
		db.keys.Put(k, db.cfg.Now(), generation)
	}
	return k, err
}

func scanKey(scan func(...any) error) (store.Key, error) {
	var k store.Key
	var hash []byte
	var created, used, revoked int64
	err := scan(&k.ID, &k.Name, &k.Role, &k.BotID, &hash, &k.CreatedBy.ID, &k.CreatedBy.Name, &created, &used, &revoked)
	copy(k.SecretHash[:], hash)
	k.CreatedAt, k.LastUsedAt, k.RevokedAt = fromMillis(created), fromMillis(used), fromMillis(revoked)
	return k, err
}

// RevokeKey ends a key forever.
func (db *DB) RevokeKey(ctx context.Context, id uuid.UUID, by store.Actor) error {
	defer db.keys.Forget(id)
	return db.write(ctx, func(tx *tx) error {
		k, err := scanKey(tx.row(keyByID, idBytes(id)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("API key %s: %w", id, store.ErrNotFound)
		}
		if err != nil || !k.RevokedAt.IsZero() {
			return err
		}
		if _, err := tx.exec(`UPDATE api_keys SET revoked_at = ? WHERE id = ?`, millis(tx.now), idBytes(id)); err != nil {
			return err
		}
		tx.changedBot(uuid.Nil, store.Keys)
		return tx.addAudit(store.AuditEntry{By: by, Action: "key.revoke", BotID: k.BotID, Target: k.Name})
	})
}

// TouchKey records that a key was used, to the minute, so that a busy key does not write with each request.
func (db *DB) TouchKey(ctx context.Context, k store.Key) error {
	if !db.keys.Touch(k, db.cfg.Now()) {
		return nil
	}
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`UPDATE api_keys SET last_used_at = ? WHERE id = ?`, millis(tx.now), idBytes(k.ID))
		return err
	})
}
