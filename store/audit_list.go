package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// AuditFilter selects a page of the audit log, newest first. Zero values mean "any"; Limit 1–200, 0 means 50.
type AuditFilter struct {
	Account  string // who did it, or whom it was done to: an e-mail, or the name of an API key
	Actions  []string
	BotID    uuid.UUID
	From, To time.Time
	Cursor   string
	Limit    int
}

// AuditPage is one page of entries. Next leads to older ones, Prev to newer ones; "" where there are none.
type AuditPage struct {
	Entries    []AuditEntry
	Next, Prev string
}

// Audit reads a page of the audit log.
func (db *DB) Audit(ctx context.Context, f AuditFilter) (AuditPage, error) {
	at, started, err := parseCursor(f.Cursor)
	if err != nil {
		return AuditPage{}, err
	}
	size := pageSize(f.Limit)
	query, args := f.query(at, started, size+1)
	rows, err := db.reader.db.QueryContext(ctx, query, args...)
	if err != nil {
		return AuditPage{}, fmt.Errorf("reading the audit log: %w", err)
	}
	entries, err := scanAudit(rows)
	if err != nil {
		return AuditPage{}, fmt.Errorf("reading the audit log: %w", err)
	}
	var out AuditPage
	out.Entries, out.Next, out.Prev = page(entries, size, at, started, func(e AuditEntry) uuid.UUID { return e.ID })
	return out, nil
}

// query reads up to limit entries from a place on. Who did something and whom it was done to have an index each: a page
// of either is read, and the two are put together. One condition with OR would read and sort all that an account did.
func (f AuditFilter) query(at cursor, started bool, limit int) (string, []any) {
	where, args := f.where()
	order := " ORDER BY id DESC LIMIT ?"
	if started && at.newer {
		where, args, order = append(where, "id > ?"), append(args, idBytes(at.id)), " ORDER BY id LIMIT ?"
	} else if started {
		where, args = append(where, "id < ?"), append(args, idBytes(at.id))
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

func (f AuditFilter) where() (where []string, args []any) {
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
func (db *DB) EachAudit(ctx context.Context, f AuditFilter, do func(AuditEntry) error) error {
	f.Limit, f.Cursor = MaxLimit, ""
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

// AuditKept is how long an entry is kept before the newest: long enough to look into what came to light late. The
// table itself refuses to lose a younger row (a trigger of migration 4, which must be kept in step).
const AuditKept = 730 * 24 * time.Hour

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
			idBytes(firstID(fromMillis(newest).Add(-AuditKept))), limit)
		n = int(gone)
		return err
	})
	return n, err
}
