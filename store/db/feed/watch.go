package feed

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"

	"iozen/store"
)

// Watches signals news of a bot to those who wait for it. It holds no goroutine and no history: a watcher has room for one
// signal, and looks up what is new when it reads the signal. So nobody can keep the writer waiting.
type Watches struct {
	Name string // of this process; no other has it, nor the process before it

	mu     sync.Mutex
	counts map[string]uint64 // commits that changed something, by the name of the process that made them
	byBot  map[uuid.UUID]map[chan struct{}]struct{}
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

// News names the state that this process knows of: how many commits of each process that serves the database it has heard of. Take
// it before reading what is shown with it.
func (w *Watches) News() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.Name + ":" + strconv.FormatUint(w.counts[w.Name], 36)
	for _, name := range slices.Sorted(maps.Keys(w.counts)) {
		if name != w.Name {
			text += "," + name + ":" + strconv.FormatUint(w.counts[name], 36)
		}
	}
	return text
}

// Since says whether there may be a commit that this process knows of and that is not in the news which some process has named.
// It does not matter which one: a page that comes back to another has missed nothing that this one has yet to hear of. Of a
// process that is gone nobody can tell.
func (w *Watches) Since(seen string) bool {
	known := map[string]uint64{}
	for part := range strings.SplitSeq(seen, ",") {
		name, count, _ := strings.Cut(part, ":")
		if n, err := strconv.ParseUint(count, 36, 64); err == nil {
			known[name] = n
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, count := range w.counts {
		if count > known[name] {
			return true
		}
	}
	for name := range known {
		if _, met := w.counts[name]; !met && name != w.Name {
			return true
		}
	}
	return len(known) == 0
}

// Commit wakes the watchers of what this process has changed, and returns how many of its commits have changed something.
func (w *Watches) Commit(notices []store.Notice) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(w.Name, w.counts[w.Name]+1)
	w.signal(notices)
	return w.counts[w.Name]
}

// Heard wakes the watchers of what another process has changed; count is how many commits it has told of, 0 if that is not
// known.
func (w *Watches) Heard(from string, count uint64, notices []store.Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if from != "" {
		w.note(from, max(count, w.counts[from]))
	}
	if len(notices) == 0 {
		return
	}
	if notices[0].BotID == uuid.Nil { // of any bot
		for bot := range w.byBot {
			w.wake(bot)
		}
		return
	}
	w.signal(notices)
}

// Gone forgets a process.
func (w *Watches) Gone(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.counts, name)
}

func (w *Watches) note(name string, count uint64) {
	if w.counts == nil {
		w.counts = map[string]uint64{}
	}
	w.counts[name] = count
}

// signal wakes the watchers of these bots, and those of all.
func (w *Watches) signal(notices []store.Notice) {
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
