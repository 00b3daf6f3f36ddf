package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"
)

// AddAudit appends to the audit log. ID and At are made here.
func (db *DB) AddAudit(ctx context.Context, e AuditEntry) error {
	return db.write(ctx, func(tx *tx) error { return tx.addAudit(e) })
}

func (tx *tx) addAudit(e AuditEntry) error {
	id, err := tx.db.newAuditID(tx.now)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO audit (`+auditColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(id), millis(tx.now), idBytes(e.By.ID), e.By.Name, e.By.IP, e.Action, idBytes(e.BotID), e.Target, e.Note)
	return err
}

// newAuditID counts in the twelve bits after the milliseconds: acts of one moment stay in their order.
func (db *DB) newAuditID(at time.Time) (uuid.UUID, error) {
	id, err := db.newID(at)
	n := db.audited.Add(1)
	id[6], id[7] = 0x70|byte(n>>8)&0x0f, byte(n)
	return id, err
}

const auditColumns = `id, at, by_id, by_name, ip, action, bot_id, target, note`

func scanAudit(rows *sql.Rows) ([]AuditEntry, error) {
	defer rows.Close()
	var entries []AuditEntry
	for rows.Next() {
		var e AuditEntry
		var at int64
		if err := rows.Scan(&e.ID, &at, &e.By.ID, &e.By.Name, &e.By.IP, &e.Action, &e.BotID, &e.Target, &e.Note); err != nil {
			return nil, err
		}
		e.At = fromMillis(at)
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
