package attempt

import (
	"sync"
	"time"
)

const (
	// briefly is how soon after an answer an endpoint closes a connection that it had not said it would close. A request
	// sent at that moment fails, and may have been handled.
	briefly = time.Second
	// notKeptFor is how long no connection to such an endpoint is kept.
	notKeptFor = time.Minute
	// maxNotKept bounds the endpoints that are remembered.
	maxNotKept = 1024
)

// notKept remembers the endpoints, as host:port, whose connections are used for one request only.
type notKept struct {
	mu    sync.Mutex
	since map[string]time.Time
}

func (k *notKept) add(endpoint string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.since == nil || len(k.since) >= maxNotKept {
		k.since = map[string]time.Time{}
	}
	k.since[endpoint] = time.Now()
}

func (k *notKept) has(endpoint string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	since, ok := k.since[endpoint]
	if ok && time.Since(since) > notKeptFor {
		delete(k.since, endpoint)
		return false
	}
	return ok
}

// noteEnd remembers an endpoint that ends kept connections soon after an answer, or instead of one.
func (c *tracedConn) noteEnd() {
	if c.broken && c.used && c.requests == 0 && time.Since(c.freeAt) < briefly {
		c.noteNotKept()
	}
}

// noteClose remembers an endpoint whose connection we close although nothing is left to be read from it: it sent more than
// its answer, or said that it will close.
func (c *tracedConn) noteClose() {
	if c.used && !c.reading && !c.closed && !c.single {
		c.noteNotKept()
	}
}

func (c *tracedConn) noteNotKept() {
	if !c.shared && c.notKept != nil {
		c.notKept.add(c.endpoint)
	}
}
