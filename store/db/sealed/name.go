package sealed

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// Named says whether a database names its key already. It fails with a store.MissingKeyError if that is not in the ring.
func Named(ctx context.Context, q *statement.Statements, keys *secret.Keyring) (bool, error) {
	var value string
	err := q.Row(ctx, `SELECT value FROM key_check`).Scan(&value)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	}
	if id := keyOf(value); id != "" {
		if _, ok := keys.Key(id); !ok {
			return true, &store.MissingKeyError{IDs: []string{id}}
		}
	}
	return true, nil
}

// Name has a database name the newest key, unless it names one already.
func Name(ctx context.Context, q *statement.Statements, keys *secret.Keyring) error {
	_, err := q.Exec(ctx, `INSERT INTO key_check (id, value) VALUES (1, ?) ON CONFLICT DO NOTHING`, keys.Sealed(secret.KeyCheck, "ioZen"))
	return err
}

// keyOf is the id of the key that an envelope names; a damaged one names none.
func keyOf(envelope string) string {
	parts := strings.SplitN(envelope, ":", 3)
	if len(parts) != 3 || parts[0] != "v1" || len(parts[1]) != 8 || strings.Trim(parts[1], "0123456789abcdef") != "" {
		return ""
	}
	return parts[1]
}
