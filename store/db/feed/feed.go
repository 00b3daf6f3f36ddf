// Package feed tells of commits: to subscribers what each changed, and to watchers of a bot that something did.
//
// It keeps no history, and nobody can keep the writer waiting.
package feed

import (
	"sync"

	"iozen/store"
)

// Feed notifies its subscribers of every commit, in the order of the commits, before any caller of the commit is answered.
// So whoever is answered that something was taken back can rely on every subscriber knowing it. The zero value is ready.
type Feed struct {
	mu          sync.RWMutex
	last        int
	subscribers map[int]func([]store.Notice)
}

// Subscribe has notify called after each commit with what it changed, until end is called. Once end has returned, notify is
// not called again; calling end twice is harmless.
func (f *Feed) Subscribe(notify func([]store.Notice)) (end func()) {
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

// Notify tells all subscribers.
func (f *Feed) Notify(notices []store.Notice) {
	if len(notices) == 0 {
		return
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, notify := range f.subscribers {
		notify(notices)
	}
}
