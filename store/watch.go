package store

import (
	"strconv"
	"sync"

	"github.com/google/uuid"
)

// watches tells who waits for news of a bot that there is some. It holds no goroutine and no history: a watcher has
// one place for a signal, and whoever reads it looks for himself what is new. So nobody can keep the writer waiting.
type watches struct {
	boot string // tells the counts of one process from those of the one before

	mu    sync.Mutex
	count uint64 // commits that changed something
	byBot map[uuid.UUID]map[chan struct{}]struct{}
}

// Watch returns a channel that gets a signal after each commit that changed deliveries, settings or jobs of a bot
// (uuid.Nil: of any bot). Signals that nobody has taken yet are one. The function ends the watch; calling it twice is harmless.
func (db *DB) Watch(botID uuid.UUID) (<-chan struct{}, func()) {
	w := &db.watches
	signal := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byBot == nil {
		w.byBot = map[uuid.UUID]map[chan struct{}]struct{}{}
	}
	if w.byBot[botID] == nil {
		w.byBot[botID] = map[chan struct{}]struct{}{}
	}
	w.byBot[botID][signal] = struct{}{}
	return signal, func() { w.end(botID, signal) }
}

func (w *watches) end(botID uuid.UUID, signal chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.byBot[botID], signal)
	if len(w.byBot[botID]) == 0 {
		delete(w.byBot, botID)
	}
}

// News names the state that is on disk now: as long as it stays the same, nothing that Watch tells of has happened.
// Take it before reading, and compare it before relying on what was read.
func (db *DB) News() string {
	w := &db.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.boot + "-" + strconv.FormatUint(w.count, 10)
}

// signal tells the watchers of these bots, and those of all.
func (w *watches) signal(notices []Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	w.wake(uuid.Nil)
	for _, n := range notices {
		w.wake(n.BotID)
	}
}

func (w *watches) wake(botID uuid.UUID) {
	for signal := range w.byBot[botID] {
		select {
		case signal <- struct{}{}:
		default: // one is waiting already
		}
	}
}
