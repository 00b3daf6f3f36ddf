package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// AddAudit appends to the audit log. ID and At are made here.
func (db *DB) AddAudit(ctx context.Context, e store.AuditEntry) error {
	return db.write(ctx, func(tx *tx) error { return tx.addAudit(e) })
}

func (tx *tx) addAudit(e store.AuditEntry) error {
	id, err := tx.db.newAuditID(tx.now)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO audit (`+auditColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(id), millis(tx.now), idBytes(e.By.ID), e.By.Name, e.By.IP, e.Action, idBytes(e.BotID), e.N, e.Target, e.Note)
	return err
}

// newAuditID counts in the twelve bits after the milliseconds, so that acts of one millisecond stay in order.
func (db *DB) newAuditID(at time.Time) (uuid.UUID, error) {
	id, err := db.newID(at)
	n := db.audited.Add(1)
	id[6], id[7] = 0x70|byte(n>>8)&0x0f, byte(n)
	return id, err
}

const auditColumns = `id, at, by_id, by_name, ip, action, bot_id, n, target, note`

func scanAudit(e *store.AuditEntry, scan func(...any) error) error {
	var at int64
	err := scan(&e.ID, &at, &e.By.ID, &e.By.Name, &e.By.IP, &e.Action, &e.BotID, &e.N, &e.Target, &e.Note)
	e.At = fromMillis(at)
	return err
}

// Audit reads a page of the audit log.
func (db *DB) Audit(ctx context.Context, f store.AuditFilter) (store.AuditPage, error) {
	at, started, err := store.ParseCursor(f.Cursor)
	if err != nil {
		return store.AuditPage{}, err
	}
	size := store.PageSize(f.Limit)
	query, args := auditQuery(f, at, started, size+1)
	rows, err := db.reader.RowsOnce(ctx, query, args...)
	if err != nil {
		return store.AuditPage{}, fmt.Errorf("reading the audit log: %w", err)
	}
	entries, err := statement.Collect(rows, scanAudit)
	if err != nil {
		return store.AuditPage{}, fmt.Errorf("reading the audit log: %w", err)
	}
	var out store.AuditPage
	out.Entries, out.Next, out.Prev = store.Page(entries, size, at, started, func(e store.AuditEntry) uuid.UUID { return e.ID })
	return out, nil
}

// auditQuery reads up to limit entries from a place on. There is an index for who did something, and one for whom it was done
// to: a page of each is read, and the two are merged. One condition with OR would read and sort everything that an account
// ever did.
func auditQuery(f store.AuditFilter, at store.Cursor, started bool, limit int) (string, []any) {
	where, args := auditWhere(f)
	order := " ORDER BY id DESC LIMIT ?"
	if started && at.Newer {
		where, args, order = append(where, "id > ?"), append(args, idBytes(at.ID)), " ORDER BY id LIMIT ?"
	} else if started {
		where, args = append(where, "id < ?"), append(args, idBytes(at.ID))
	}
	args = append(args, limit)
	part := func(extra ...string) string {
		return `SELECT ` + auditColumns + ` FROM audit WHERE ` + strings.Join(append(extra, where...), " AND ") + order
	}
	if f.Account == "" {
		return part(), args
	}
	one := append([]any{f.Account}, args...)
	query := `SELECT ` + auditColumns + ` FROM (SELECT * FROM (` + part("by_name = ?") + `) a UNION SELECT * FROM (` + part("target = ?") + `) b) c` + order
	return query, append(slices.Concat(one, one), limit)
}

func auditWhere(f store.AuditFilter) (where []string, args []any) {
	where = []string{"1 = 1"}
	if len(f.Actions) > 0 {
		where = append(where, "action IN (?"+strings.Repeat(", ?", len(f.Actions)-1)+")")
		for _, action := range f.Actions {
			args = append(args, action)
		}
	}
	if f.BotID != uuid.Nil {
		where, args = append(where, "bot_id = ?"), append(args, idBytes(f.BotID))
	}
	if !f.From.IsZero() {
		where, args = append(where, "id >= ?"), append(args, idBytes(firstID(f.From)))
	}
	if !f.To.IsZero() {
		where, args = append(where, "id < ?"), append(args, idBytes(firstID(f.To)))
	}
	return where, args
}

// EachAudit calls do with every entry of the filter, newest first, reading a page at a time.
func (db *DB) EachAudit(ctx context.Context, f store.AuditFilter, do func(store.AuditEntry) error) error {
	f.Limit, f.Cursor = store.MaxLimit, ""
	for {
		read, err := db.Audit(ctx, f)
		if err != nil {
			return err
		}
		for _, e := range read.Entries {
			if err := do(e); err != nil {
				return err
			}
		}
		if read.Next == "" {
			return nil
		}
		f.Cursor = read.Next
	}
}

// DeleteOldAudit removes up to limit entries past AuditKept and returns how many. It counts from the newest entry, as
// the trigger does: a clock that is wrong deletes nothing.
func (db *DB) DeleteOldAudit(ctx context.Context, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		var newest int64
		err := tx.row(`SELECT at FROM audit ORDER BY id DESC LIMIT 1`).Scan(&newest)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		gone, err := tx.exec(`DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)`,
			idBytes(firstID(fromMillis(newest).Add(-store.AuditKept))), limit)
		n = int(gone)
		return err
	})
	return n, err
}
