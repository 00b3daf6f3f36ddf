package memory

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// fullFor is how long a backlog that refused events is assumed to be full without looking: another server may have made
// room.
const fullFor = time.Second

// Backlogs remembers the backlogs that refused events (uuid.Nil: that of all bots together), and how much room the last
// commit left in them. The zero value is ready.
type Backlogs struct {
	mu   sync.RWMutex
	full map[uuid.UUID]backlog
}

type backlog struct {
	since time.Time
	room  int
}

// Refused remembers a backlog that refused events.
func (b *Backlogs) Refused(id uuid.UUID, room int, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full == nil {
		b.full = map[uuid.UUID]backlog{}
	}
	b.full[id] = backlog{since: now, room: room}
}

// Room records how much room a backlog has now, if it is one that refused events.
func (b *Backlogs) Room(id uuid.UUID, room int, now time.Time) {
	b.mu.RLock()
	known, full := b.full[id]
	b.mu.RUnlock()
	if !full {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if known.room = room; now.Sub(known.since) < fullFor {
		b.full[id] = known
	} else {
		delete(b.full, id)
	}
}

// Refuses says whether a backlog is known to have no room for n events.
func (b *Backlogs) Refuses(id uuid.UUID, n int, now time.Time) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	known, full := b.full[id]
	return full && n > known.room && now.Sub(known.since) < fullFor
}
