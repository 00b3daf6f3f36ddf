package feed

import (
	"strconv"
	"sync"

	"github.com/google/uuid"

	"iozen/store"
)

// Watches signals news of a bot to those who wait for it. It holds no goroutine and no history: a watcher has room for one
// signal, and looks up what is new when it reads the signal. So nobody can keep the writer waiting.
type Watches struct {
	Boot string // distinguishes the counts of this process from those of the one before

	mu    sync.Mutex
	count uint64 // commits that changed something
	byBot map[uuid.UUID]map[chan struct{}]struct{}
}

// Watch returns a channel that gets a signal after each commit that changed deliveries, settings or jobs of a bot
// (uuid.Nil: of any bot). Signals that nobody has taken yet are one. The function ends the watch; calling it twice is harmless.
func (w *Watches) Watch(botID uuid.UUID) (<-chan struct{}, func()) {
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

func (w *Watches) end(botID uuid.UUID, signal chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.byBot[botID], signal)
	if len(w.byBot[botID]) == 0 {
		delete(w.byBot, botID)
	}
}

// News names the state that is on disk now: as long as it stays the same, nothing that Watch signals has happened.
// Take it before reading, and compare it before relying on what was read.
func (w *Watches) News() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Boot + "-" + strconv.FormatUint(w.count, 10)
}

// Signal wakes the watchers of these bots, and those of all.
func (w *Watches) Signal(notices []store.Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	w.wake(uuid.Nil)
	var last uuid.UUID // those of one bot follow each other
	for _, n := range notices {
		if n.BotID != last {
			last = n.BotID
			w.wake(last)
		}
	}
}

func (w *Watches) wake(botID uuid.UUID) {
	for signal := range w.byBot[botID] {
		select {
		case signal <- struct{}{}:
		default: // one is waiting already
		}
	}
}

// Watching says whether anybody watches.
func (w *Watches) Watching() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.byBot) > 0
}
