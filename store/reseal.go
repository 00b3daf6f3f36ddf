package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// sealedColumn is a column of sealed values. key names the columns that find its row again; at says where a value
// stands, given those.
type sealedColumn struct {
	table, field string
	key          []string
	at           func(key []any) (place, error)
}

// sealedColumns are all there are; a test holds them against what the code seals.
var sealedColumns = []sealedColumn{
	{"webhooks", "headers", []string{"bot_id"}, ofID(webhookPlace, "headers")},
	{"webhooks", "secret", []string{"bot_id"}, ofID(webhookPlace, "secret")},
	{"webhooks", "previous_secret", []string{"bot_id"}, ofID(webhookPlace, "previous_secret")},
	{"webhooks", "undo", []string{"bot_id"}, ofID(webhookPlace, "undo")},
	{"webhook_versions", "headers", []string{"bot_id", "version"}, func(key []any) (place, error) {
		id, err := idOf(key[0])
		version, ok := key[1].(int64)
		if !ok && err == nil {
			err = fmt.Errorf("version %v", key[1])
		}
		return versionPlace(id, version), err
	}},
	{"second_factors", "secret", []string{"account_id"}, ofID(func(id uuid.UUID, _ string) place { return secondFactorPlace(id) }, "secret")},
	{"resend_jobs", "filter", []string{"id"}, ofID(func(id uuid.UUID, _ string) place { return jobPlace(id) }, "filter")},
	{"notification_webhook", "secret", []string{"id"}, func([]any) (place, error) { return notificationSecret, nil }},
}

func ofID(at func(uuid.UUID, string) place, field string) func([]any) (place, error) {
	return func(key []any) (place, error) {
		id, err := idOf(key[0])
		return at(id, field), err
	}
}

func idOf(value any) (uuid.UUID, error) {
	raw, ok := value.([]byte)
	if !ok {
		return uuid.Nil, fmt.Errorf("no id: %T", value)
	}
	return uuid.FromBytes(raw)
}

// notNewest selects the rows whose value was sealed with another key than the newest.
func (c sealedColumn) notNewest() string {
	return `SELECT ` + strings.Join(c.key, ", ") + `, ` + c.field + ` FROM ` + c.table + ` WHERE ` + c.field + ` <> '' AND ` + c.field + ` NOT LIKE ? LIMIT ?`
}

func (k *Keyring) newestPattern() string { return "v1:" + k.newest().id + ":%" }

// NeedsReseal says whether anything is sealed with another key than the newest.
func (db *DB) NeedsReseal(ctx context.Context) (bool, error) {
	for _, c := range sealedColumns {
		rows, err := db.reader.rows(ctx, c.notNewest(), db.cfg.Keys.newestPattern(), 1)
		if err != nil {
			return false, fmt.Errorf("looking through %s.%s: %w", c.table, c.field, err)
		}
		found := rows.Next()
		if err := rows.Close(); err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// Reseal seals up to limit values again with the newest key and returns how many; call it until there are none. It
// may be interrupted at any point: what is sealed with an older key of the file opens all the same.
func (db *DB) Reseal(ctx context.Context, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n = 0
		for _, c := range sealedColumns {
			done, err := tx.reseal(c, limit-n)
			if err != nil {
				return fmt.Errorf("sealing %s.%s again: %w", c.table, c.field, err)
			}
			n += done
		}
		return nil
	})
	return n, err
}

// ResealDone ends a rotation: it is in the audit log, and what older keys open is gone from the file too.
func (db *DB) ResealDone(ctx context.Context, by Actor) error {
	if err := db.AddAudit(ctx, AuditEntry{By: by, Action: "key.rotate_master", Target: db.cfg.Keys.newest().id}); err != nil {
		return err
	}
	if err := db.wipe(ctx); !errors.Is(err, ErrNotWiped) {
		return err
	}
	return nil // the server's housekeeper empties it, or the next start
}

func (tx *tx) reseal(c sealedColumn, limit int) (int, error) {
	keys := tx.db.cfg.Keys
	olds, err := tx.sealedOld(c, limit)
	if err != nil {
		return 0, err
	}
	for _, old := range olds {
		at, err := c.at(old.key)
		if err != nil {
			return 0, err
		}
		plain, err := keys.opened(at, old.envelope)
		if err != nil {
			return 0, err
		}
		args := append([]any{keys.sealed(at, plain)}, old.key...)
		if _, err := tx.exec(`UPDATE `+c.table+` SET `+c.field+` = ? WHERE `+strings.Join(c.key, " = ? AND ")+` = ?`, args...); err != nil {
			return 0, err
		}
	}
	return len(olds), nil
}

// oldValue is a value that an older key sealed, and what finds its row.
type oldValue struct {
	key      []any
	envelope string
}

func (tx *tx) sealedOld(c sealedColumn, limit int) (olds []oldValue, err error) {
	rows, err := tx.rows(c.notNewest(), tx.db.cfg.Keys.newestPattern(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		old := oldValue{key: make([]any, len(c.key))}
		into := make([]any, 0, len(c.key)+1)
		for i := range old.key {
			into = append(into, &old.key[i])
		}
		if err := rows.Scan(append(into, &old.envelope)...); err != nil {
			return nil, err
		}
		olds = append(olds, old)
	}
	return olds, rows.Err()
}
