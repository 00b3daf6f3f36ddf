package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iozen/store"
)

// fullFor is how long the database is not ready after something found no room on its disk.
const fullFor = 5 * time.Second

// lack is when something found no room.
type lack struct {
	at  time.Time
	err error
}

// Ping says whether the database can take what comes. It changes a row each time: a statement that changes nothing writes
// nothing, and would not notice a full disk. PostgreSQL finds room for that one row where there is none for an event: what
// others were told a moment ago counts too.
func (db *DB) Ping(ctx context.Context) error {
	if db.damaged.Load() {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, store.ErrDamaged)
	}
	err := db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`UPDATE heartbeat SET beats = beats + 1`)
		return err
	})
	if lack := db.lack.Load(); err == nil && lack != nil && db.cfg.Now().Sub(lack.at).Abs() < fullFor {
		return lack.err
	}
	return err
}

// noteState remembers what an error tells of the database. A page of it is damaged: others may still be written, but it must not
// accept events that a restored backup will not have. Or its disk is full.
func (db *DB) noteState(err error) {
	err = db.at.MapError(err)
	if errors.Is(err, store.ErrDamaged) {
		db.damaged.Store(true)
	}
	if errors.Is(err, store.ErrFull) {
		db.lack.Store(&lack{db.cfg.Now(), err})
	}
}
