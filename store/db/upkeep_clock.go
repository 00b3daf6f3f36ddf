package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"iozen/store/db/number"
)

// UpkeepTimes are what the last round of maintenance has left: the moment it counted from, and when rows stamped in the
// future were last made (zero: there are none). Before the first round, the newest event shows how late it is at least.
func (db *DB) UpkeepTimes(ctx context.Context) (trusted, future time.Time, err error) {
	var trustedAt, futureAt int64
	if err := db.reader.Row(ctx, `SELECT trusted_at, future_at FROM heartbeat`).Scan(&trustedAt, &futureAt); err != nil {
		return trusted, future, fmt.Errorf("reading the clock of the last round: %w", err)
	}
	trusted, future = fromMillis(trustedAt), fromMillis(futureAt)
	if trusted.IsZero() {
		trusted, err = db.newestEvent(ctx)
	}
	return trusted, future, err
}

// newestEvent is when the newest event was accepted; now, without any.
func (db *DB) newestEvent(ctx context.Context) (time.Time, error) {
	var newest sql.NullInt64
	err := db.reader.Row(ctx, `SELECT MAX(number) FROM deliveries`).Scan(&newest)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for the newest event: %w", err)
	}
	if !newest.Valid {
		return db.cfg.Now(), nil
	}
	return number.Time(newest.Int64), nil
}

// NoteUpkeep keeps what UpkeepTimes returns to the next round.
func (db *DB) NoteUpkeep(ctx context.Context, trusted, future time.Time) error {
	err := db.writeLazily(ctx, func(tx *tx) error {
		_, err := tx.exec(`UPDATE heartbeat SET trusted_at = ?, future_at = ?`, millis(trusted), millis(future))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the clock of this round: %w", err)
	}
	return nil
}

// AnyAfter says whether a delivery is stamped later than a moment.
func (db *DB) AnyAfter(ctx context.Context, at time.Time) (bool, error) {
	newest, err := db.newestEvent(ctx)
	return newest.After(at), err
}

// DeleteFuture removes up to limit deliveries stamped after a moment that neither wait nor are held, and the hashes of
// people in their runs once none is left.
func (db *DB) DeleteFuture(ctx context.Context, after time.Time, limit int) (n int, err error) {
	if n, err = db.deleteWhere(ctx, `d.number > ?`, number.First(after), limit); err != nil || n > 0 {
		return n, err
	}
	if left, err := db.AnyAfter(ctx, after); err != nil || left {
		return 0, err
	}
	err = db.write(ctx, func(tx *tx) (err error) {
		n, err = tx.deletePeople(`run > ?`, runOf(number.First(after))+1, limit)
		return err
	})
	return n, err
}
