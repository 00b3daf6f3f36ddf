package store

import (
	"bytes"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// What is what a commit changed of a bot, besides what pages show of it: any number of the constants together.
type What uint8

// What a commit can change.
const (
	Due      What = 1 << iota // a delivery may be sent now, or sooner than before
	Settings                  // where to, how or whether the bot sends: what was claimed before must not start
	Revoked                   // deliveries were taken back or ended: what was claimed before must not start
	Jobs                      // a job began
)

// Notice tells what one commit changed of a bot (uuid.Nil: of all bots together).
type Notice struct {
	BotID uuid.UUID
	What  What
}

// Is says whether any of these changed.
func (n Notice) Is(w What) bool { return n.What&w != 0 }

// feed tells its subscribers of every commit, in the order of the commits, before any of its callers is answered. So
// whoever was told that something is taken back can rely on every subscriber knowing it.
type feed struct {
	mu          sync.RWMutex
	last        int
	subscribers map[int]func([]Notice)
}

// Subscribe has tell called after each commit with what it changed, one notice for each bot, and returns what ends that.
// tell runs while the writer waits: it must return at once, and must not write. Once end has returned, tell is called no
// more; calling end twice is harmless.
func (db *DB) Subscribe(tell func([]Notice)) (end func()) { return db.feed.subscribe(tell) }

func (f *feed) subscribe(tell func([]Notice)) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subscribers == nil {
		f.subscribers = map[int]func([]Notice){}
	}
	f.last++
	id := f.last
	f.subscribers[id] = tell
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subscribers, id)
	}
}

func (f *feed) tell(notices []Notice) {
	if len(notices) == 0 {
		return
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, tell := range f.subscribers {
		tell(notices)
	}
}

// changed notes what the transaction changes of a bot; the feed tells of it once it is on disk. Without any What it is
// news for pages alone.
func (tx *tx) changed(botID uuid.UUID, what ...What) {
	all := tx.news[botID]
	for _, w := range what {
		all |= w
	}
	tx.news[botID] = all
	tx.wrote = true
}

// notices are what the transaction has to tell, in the order of the bots' ids.
func (tx *tx) notices() []Notice {
	if len(tx.news) == 0 {
		return nil
	}
	notices := make([]Notice, 0, len(tx.news))
	for _, botID := range sortedIDs(tx.news) {
		notices = append(notices, Notice{BotID: botID, What: tx.news[botID]})
	}
	return notices
}

// sortedIDs are the keys of a map in the order of their bytes: whatever is written or told for each of them is so in the
// same order by every process.
func sortedIDs[V any](m map[uuid.UUID]V) []uuid.UUID {
	return slices.SortedFunc(maps.Keys(m), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
}
