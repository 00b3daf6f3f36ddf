// Package feed tells of commits: to subscribers what each changed, and to watchers of a bot that something did.
//
// It keeps no history, and nobody can keep the writer waiting.
package feed

import "sync"

// Feed tells its subscribers all that it is told, in that order; when Notify returns, every subscriber knows it. The zero value
// is ready.
type Feed[T any] struct {
	mu          sync.RWMutex
	last        int
	subscribers map[int]func(T)
}

// Subscribe has notify called with all that the feed is told, until end is called. Once end has returned, notify is not called
// again; calling end twice is harmless.
func (f *Feed[T]) Subscribe(notify func(T)) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subscribers == nil {
		f.subscribers = map[int]func(T){}
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
func (f *Feed[T]) Notify(news T) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, notify := range f.subscribers {
		notify(news)
	}
}
