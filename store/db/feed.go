package db

import (
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/google/uuid"

	"iozen/store"
)

// feed notifies its subscribers of every commit, in the order of the commits, before any caller of the commit is answered.
// So whoever is answered that something was taken back can rely on every subscriber knowing it.
type feed struct {
	mu          sync.RWMutex
	last        int
	subscribers map[int]func([]store.Notice)
}

// Subscribe has notify called after each commit with what it changed, one notice for each webhook, until end is called. notify
// runs while the writer waits: it must return at once, and must not write. Once end has returned, notify is not called
// again; calling end twice is harmless.
func (db *DB) Subscribe(notify func([]store.Notice)) (end func()) { return db.feed.subscribe(notify) }

func (f *feed) subscribe(notify func([]store.Notice)) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subscribers == nil {
		f.subscribers = map[int]func([]store.Notice){}
	}
	f.last++
	id := f.last
	f.subscribers[id] = notify
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subscribers, id)
	}
}

func (f *feed) notify(notices []store.Notice) {
	if len(notices) == 0 {
		return
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, notify := range f.subscribers {
		notify(notices)
	}
}

// changed notes what the transaction changes of a webhook; the feed announces it once it is on disk. Without any What it
// is news for pages only.
func (tx *tx) changed(id store.WebhookID, what store.What) {
	tx.news[id] |= what
	tx.wrote = true
}

// changedBot is changed for what concerns a bot, or (uuid.Nil) all bots, and none of the webhooks.
func (tx *tx) changedBot(botID uuid.UUID, what store.What) {
	tx.changed(store.WebhookID{BotID: botID}, what)
}

// changedAll is changed for all webhooks of a bot, those that are being deleted too.
func (tx *tx) changedAll(botID uuid.UUID, what store.What) error {
	all, err := tx.allGates(botID)
	for _, g := range all {
		tx.changed(g.id, what)
	}
	return err
}

// notices are what the transaction has to announce, in the order of the ids.
func (tx *tx) notices() []store.Notice {
	if len(tx.news) == 0 {
		return nil
	}
	notices := make([]store.Notice, 0, len(tx.news))
	for _, id := range sortedWebhooks(tx.news) {
		notices = append(notices, store.Notice{WebhookID: id, What: tx.news[id]})
	}
	return notices
}

// sortedWebhooks are the keys of a map in their order: every process writes and announces them in the same order.
func sortedWebhooks[V any](m map[store.WebhookID]V) []store.WebhookID {
	return slices.SortedFunc(maps.Keys(m), store.WebhookID.Compare)
}

// watches signals news of a bot to those who wait for it. It holds no goroutine and no history: a watcher has room for one
// signal, and looks up what is new when it reads the signal. So nobody can keep the writer waiting.
type watches struct {
	boot string // distinguishes the counts of this process from those of the one before

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

// News names the state that is on disk now: as long as it stays the same, nothing that Watch signals has happened.
// Take it before reading, and compare it before relying on what was read.
func (db *DB) News() string {
	w := &db.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.boot + "-" + strconv.FormatUint(w.count, 10)
}

// signal wakes the watchers of these bots, and those of all.
func (w *watches) signal(notices []store.Notice) {
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

func (w *watches) wake(botID uuid.UUID) {
	for signal := range w.byBot[botID] {
		select {
		case signal <- struct{}{}:
		default: // one is waiting already
		}
	}
}
