package store

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	// nearlyFull is the part of a bound that is kept free for what is under way already: a hundredth.
	nearlyFull = 100
	// fullFor is how long a full backlog is taken for full without looking: another server may have made room.
	fullFor = time.Second
)

// fullness remembers whose backlog was as good as full at the last commit (uuid.Nil: that of all bots together).
type fullness struct {
	mu    sync.RWMutex
	since map[uuid.UUID]time.Time
}

func (f *fullness) note(id uuid.UUID, waiting, bound int, now time.Time) {
	full := waiting >= bound-bound/nearlyFull
	f.mu.RLock()
	_, noted := f.since[id]
	f.mu.RUnlock()
	if !full && !noted {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !full {
		delete(f.since, id)
		return
	}
	if f.since == nil {
		f.since = map[uuid.UUID]time.Time{}
	}
	f.since[id] = now
}

func (f *fullness) is(id uuid.UUID, now time.Time) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	since, noted := f.since[id]
	return noted && now.Sub(since) < fullFor
}

// Backlog says, without asking the database, whether events of a bot need not even be read because too much waits
// (*BacklogError). Whoever posts faster than can be delivered would otherwise use up the machine by being refused.
func (db *DB) Backlog(botID uuid.UUID) error {
	now := db.cfg.Now()
	switch {
	case db.full.is(botID, now):
		return &BacklogError{RetryAfter: backlogRetry, PerBot: true}
	case db.full.is(uuid.Nil, now):
		return &BacklogError{RetryAfter: backlogRetry}
	}
	return nil
}

// noteBacklogs looks at the backlogs that a transaction has touched.
func (tx *tx) noteBacklogs() {
	for id, h := range tx.health {
		tx.db.full.note(id, h.waiting, tx.db.cfg.MaxPendingPerBot, tx.now)
	}
	tx.db.full.note(uuid.Nil, int(tx.db.waiting.Load()), tx.db.cfg.MaxPending, tx.now)
}
