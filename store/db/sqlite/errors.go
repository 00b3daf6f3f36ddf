package sqlite

import (
	"errors"
	"fmt"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"iozen/store"
)

// IsUnavailable says whether an error means that the database cannot be read or written now. Writes say so with
// ErrUnavailable; what a read says comes from the driver.
func IsUnavailable(err error) bool { return errors.Is(MapError(err), store.ErrUnavailable) }

// MapError marks the errors of a database that cannot write now (full, locked, read-only, failing disk) with
// ErrUnavailable; it passes on the others.
func MapError(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, ExplainDamage(err))
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w: %w", store.ErrUnavailable, store.ErrFull, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

// ExplainDamage says what to do about a file that SQLite cannot read.
func ExplainDamage(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) || errors.Is(err, store.ErrDamaged) {
		return err
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w, without the old -wal and -shm files: %w", store.ErrDamaged, err)
	}
	return err
}
