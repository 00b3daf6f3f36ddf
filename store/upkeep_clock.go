package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

const (
	// leapSlack is how far the clock may be ahead of what passed since the last round before deletion stops counting by it.
	leapSlack = 2 * time.Hour
	// leapConfirmed is how long it has to stay ahead, while this process runs, to be believed: long enough for somebody to
	// read the log, or for the machine to find the right time.
	leapConfirmed = 6 * time.Hour
)

// upkeepClock is the moment from which deletion counts back. It never leaps: a clock that is wrong for a while, at a start
// too, must not delete what was promised to be kept. Elapsed times are of one process.
type upkeepClock struct {
	at       time.Time     // kept in the database
	seen     time.Duration // when at was last looked at; elapsed
	known    bool          // seen is of this process
	leaping  bool
	leapFrom time.Duration // since when; elapsed
}

// step takes what the clock says now and returns how far that leaps ahead of what has passed; 0: it does not.
func (c *upkeepClock) step(now time.Time, elapsed time.Duration) (leap time.Duration) {
	expected := c.at
	if c.known && !c.leaping {
		expected = expected.Add(elapsed - c.seen)
	}
	c.seen, c.known = elapsed, true
	switch leap = now.Sub(expected); {
	case leap <= leapSlack:
		c.at, c.leaping = now, false
		return 0
	case !c.leaping:
		c.leaping, c.leapFrom = true, elapsed
	case elapsed-c.leapFrom >= leapConfirmed:
		c.at, c.leaping = now, false
		return 0
	}
	return leap
}

// UpkeepTimes are what the last round of housekeeping has left: the moment it counted from, and when rows stamped in
// the future were last made (zero: there are none). Without a round before, the newest event says how late it is at least.
func (db *DB) UpkeepTimes(ctx context.Context) (trusted, future time.Time, err error) {
	var trustedAt, futureAt int64
	if err := db.reader.row(ctx, `SELECT trusted_at, future_at FROM heartbeat`).Scan(&trustedAt, &futureAt); err != nil {
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
	var id []byte
	err := db.reader.row(ctx, `SELECT id FROM deliveries ORDER BY id DESC LIMIT 1`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return db.cfg.Now(), nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for the newest event: %w", err)
	}
	return timeOf(uuid.UUID(id)), nil
}

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
	rows, err := db.reader.rows(ctx, `SELECT bot_id, id, status, NULL FROM deliveries
		WHERE id > ? AND due_at IS NULL AND status <> 'held' ORDER BY id LIMIT ?`, idBytes(firstID(after)), limit)
	if err != nil {
		return 0, fmt.Errorf("looking for deliveries from the future: %w", err)
	}
	victims, err := scanVictims(rows)
	if err != nil || len(victims) > 0 {
		return len(victims), errors.Join(err, db.deleteVictims(ctx, victims))
	}
	if left, err := db.AnyAfter(ctx, after); err != nil || left {
		return 0, err
	}
	err = db.write(ctx, func(tx *tx) error {
		gone, err := tx.exec(`DELETE FROM people WHERE (run, hash, bot_id, delivery_id) IN (
			SELECT run, hash, bot_id, delivery_id FROM people WHERE run > ? LIMIT ?)`, runOf(firstID(after))+1, limit)
		n = int(gone)
		return err
	})
	return n, err
}
