package feed

import "sync"

// Words passes on what other processes say that is not about a commit. The zero value is ready.
type Words struct {
	mu      sync.RWMutex
	last    int
	hearers map[int]func(string)
}

// Hear has notify called with what is said, until end is called.
func (w *Words) Hear(notify func(string)) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hearers == nil {
		w.hearers = map[int]func(string){}
	}
	w.last++
	id := w.last
	w.hearers[id] = notify
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.hearers, id)
	}
}

// Say passes words on.
func (w *Words) Say(words string) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, notify := range w.hearers {
		notify(words)
	}
}
