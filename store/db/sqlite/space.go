package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"iozen/store/db/statement"
)

const (
	// SlackPages and slackPart are how many free pages the file keeps for what comes next, whichever is more: a log of
	// steady length frees as much as it takes.
	SlackPages = 4096 // 16 MiB
	slackPart  = 10   // a tenth of the file
)

// Spare is how many free pages the file has beyond what it will soon need.
func (d *Database) Spare(ctx context.Context, read *statement.Reader) (int, error) {
	var free, all int
	if err := read.Row(ctx, `SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count`).Scan(&free, &all); err != nil {
		return 0, fmt.Errorf("looking for free space: %w", err)
	}
	return free - max(SlackPages, (all-free)/slackPart), nil
}

// GiveBack shrinks the file by n pages, in a transaction.
func (d *Database) GiveBack(ctx context.Context, q *statement.Statements, n int) error {
	return q.RunOnce(ctx, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, n))
}

// wipePatience is how long emptying the log waits for readers, in milliseconds. Writes wait as long.
const wipePatience = "1000"

// Wipe empties the write-ahead log, so that what was erased is gone from it too: in the database itself freed bytes are
// overwritten (secure_delete). While a reader uses an older state, the log cannot be emptied, and it is not done.
func (d *Database) Wipe(ctx context.Context) (done bool, err error) {
	q := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(" + wipePatience + ")"}}
	conn, err := sql.Open("sqlite", FileURL(d.path, q))
	if err != nil {
		return false, err
	}
	var busy, pages, moved int
	err = conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err = errors.Join(err, conn.Close()); err != nil {
		return false, fmt.Errorf("emptying the write-ahead log: %w", err)
	}
	return busy == 0, nil
}
