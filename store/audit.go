package store

import (
	"context"

	"github.com/google/uuid"
)

// AddAudit appends to the audit log. ID and At are made here.
func (db *DB) AddAudit(ctx context.Context, e AuditEntry) error {
	return db.write(ctx, func(tx *tx) error { return tx.addAudit(e) })
}

func (tx *tx) addAudit(e AuditEntry) error {
	id, err := tx.db.newID(tx.now)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO audit (id, at, by_id, by_name, ip, action, bot_id, target, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(id), millis(tx.now), idBytes(e.By.ID), e.By.Name, e.IP, e.Action, idBytes(e.BotID), e.Target, e.Note)
	return err
}

// AuditEntries reads the newest entries, of one bot or (uuid.Nil) of all.
func (db *DB) AuditEntries(ctx context.Context, botID uuid.UUID, limit int) ([]AuditEntry, error) {
	query := `SELECT id, at, by_id, by_name, ip, action, bot_id, target, note FROM audit ORDER BY id DESC LIMIT ?`
	args := []any{limit}
	if botID != uuid.Nil {
		query = `SELECT id, at, by_id, by_name, ip, action, bot_id, target, note FROM audit WHERE bot_id = ? ORDER BY id DESC LIMIT ?`
		args = []any{idBytes(botID), limit}
	}
	rows, err := db.reader.rows(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []AuditEntry
	for rows.Next() {
		var e AuditEntry
		var at int64
		if err := rows.Scan(&e.ID, &at, &e.By.ID, &e.By.Name, &e.IP, &e.Action, &e.BotID, &e.Target, &e.Note); err != nil {
			return nil, err
		}
		e.At = fromMillis(at)
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
