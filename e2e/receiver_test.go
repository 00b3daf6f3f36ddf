package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// arrival is one request as an endpoint sees it.
type arrival struct {
	header http.Header
	body   string
}

// receiver is an endpoint of our own that remembers everything.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	arrivals []arrival
	came     chan struct{}              // gets a token, if there is room, with every arrival
	hold     chan struct{}              // answers wait until it is closed
	release  func()                     // closes it
	refuse   func(delivery string) bool // 503, and not remembered
	open     int                        // requests that wait for their answer
	most     int                        // of them at once
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{came: make(chan struct{}, 1)}
	r.holdAnswers()()
	r.Server = httptest.NewServer(r)
	t.Cleanup(func() { r.release(); r.Close() }) // a test that failed may not have come to it
	return r
}

// ServeHTTP remembers the request, then answers 200.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // cut off before it was whole: it did not arrive
	}
	r.mu.Lock()
	if r.refuse != nil && r.refuse(req.Header.Get("webhook-id")) {
		r.mu.Unlock()
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.arrivals = append(r.arrivals, arrival{header: req.Header, body: string(body)})
	hold := r.hold
	r.open++
	r.most = max(r.most, r.open)
	r.mu.Unlock()
	defer func() { r.mu.Lock(); r.open--; r.mu.Unlock() }()
	select {
	case r.came <- struct{}{}:
	default:
	}
	<-hold
}

// holdAnswers makes the answers wait until release is called.
func (r *receiver) holdAnswers() (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	hold := make(chan struct{})
	r.hold, r.release = hold, sync.OnceFunc(func() { close(hold) })
	return r.release
}

// all returns what has arrived so far.
func (r *receiver) all() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]arrival(nil), r.arrivals...)
}
