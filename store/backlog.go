package store

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// fullFor is how long a backlog that refused events is believed to be full without looking: another server may have
// made room.
const fullFor = time.Second

// fullness remembers the backlogs that had to refuse events (uuid.Nil: that of all bots together), and what room the
// last commit left in them.
type fullness struct {
	mu    sync.RWMutex
	noted map[uuid.UUID]fullBacklog
}

type fullBacklog struct {
	since time.Time
	room  int
}

func (f *fullness) refused(id uuid.UUID, room int, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noted == nil {
		f.noted = map[uuid.UUID]fullBacklog{}
	}
	f.noted[id] = fullBacklog{since: now, room: room}
}

// room notes what room a backlog has now, if it is of interest at all.
func (f *fullness) room(id uuid.UUID, room int, now time.Time) {
	f.mu.RLock()
	known, noted := f.noted[id]
	f.mu.RUnlock()
	if !noted {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if known.room = room; now.Sub(known.since) < fullFor {
		f.noted[id] = known
	} else {
		delete(f.noted, id)
	}
}

func (f *fullness) refuses(id uuid.UUID, n int, now time.Time) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	known, noted := f.noted[id]
	return noted && n > known.room && now.Sub(known.since) < fullFor
}

// Backlog says, without asking the database, whether about n events of a bot need not even be read because too much
// waits (*BacklogError). Whoever posts faster than can be delivered would otherwise use up the machine by being refused.
func (db *DB) Backlog(botID uuid.UUID, n int) error {
	now := db.cfg.Now()
	switch {
	case db.full.refuses(botID, n, now):
		return &BacklogError{RetryAfter: backlogRetry, PerBot: true}
	case db.full.refuses(uuid.Nil, n, now):
		return &BacklogError{RetryAfter: backlogRetry}
	}
	return nil
}

// checkBacklog refuses n events that would wait beyond a bound.
func (tx *tx) checkBacklog(h *healthRow, n int) error {
	c := tx.db.cfg
	inAll := int(tx.db.waiting.Load()) + tx.waiting
	switch {
	case n == 0:
		return nil
	case h.waiting+n > c.MaxPendingPerBot:
		return &BacklogError{RetryAfter: backlogRetry, PerBot: true, room: c.MaxPendingPerBot - h.waiting}
	case inAll+n > c.MaxPending:
		return &BacklogError{RetryAfter: backlogRetry, room: c.MaxPending - inAll}
	}
	return nil
}

// noteFull remembers a backlog that refused events.
func (db *DB) noteFull(botID uuid.UUID, refused *BacklogError) {
	if !refused.PerBot {
		botID = uuid.Nil
	}
	db.full.refused(botID, refused.room, db.cfg.Now())
}

// noteRoom looks at the backlogs that a committed transaction has changed.
func (tx *tx) noteRoom() {
	for id, h := range tx.health {
		tx.db.full.room(id, tx.db.cfg.MaxPendingPerBot-h.waiting, tx.now)
	}
	tx.db.full.room(uuid.Nil, tx.db.cfg.MaxPending-int(tx.db.waiting.Load()), tx.now)
}
