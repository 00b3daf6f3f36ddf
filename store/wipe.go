package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// ErrNotWiped says that what was erased is gone from the database, but that its last traces are still in the
// write-ahead log, because somebody was reading. The housekeeper tries again until they are gone.
var ErrNotWiped = errors.New("somebody is reading the database, so that its write-ahead log cannot be emptied yet")

// wipePatience is how long emptying the log waits for readers, in milliseconds. Whoever writes waits as long.
const wipePatience = "1000"

// wipe empties the write-ahead log, so that what was erased is gone from it too: in the database itself freed bytes
// are overwritten (secure_delete). While somebody reads an older state the log cannot be emptied: ErrNotWiped.
func (db *DB) wipe(ctx context.Context) error {
	db.unwiped.Store(true)
	q := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(" + wipePatience + ")"}}
	conn, err := sql.Open("sqlite", sqliteFile(db.path, q))
	if err != nil {
		return err
	}
	var busy, pages, moved int
	err = conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("emptying the write-ahead log: %w", err)
	}
	if busy != 0 {
		return ErrNotWiped
	}
	db.unwiped.Store(false)
	return nil
}

// WipeAgain empties the log if that is still to be done: after an erasure beside a reader, and once after each start, because
// nobody knows what the process before was kept from.
func (db *DB) WipeAgain(ctx context.Context) error {
	if !db.unwiped.Load() {
		return nil
	}
	err := db.wipe(ctx)
	if errors.Is(err, ErrNotWiped) {
		return nil // in the next round
	}
	return err
}
