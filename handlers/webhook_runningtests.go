package handlers

import (
	"context"
	"sync"

	"github.com/google/uuid"
)

// runningTests are the tests under way, at most one of a bot and a person at a time: a second press must not make
// a second contact. Whoever started one can end it from any of their pages.
type runningTests struct {
	mu      sync.Mutex
	cancels map[testKey]context.CancelFunc
}

type testKey struct{ bot, person uuid.UUID }

func newRunningTests() *runningTests { return &runningTests{cancels: map[testKey]context.CancelFunc{}} }

// begin returns the context of a new test and what to call at its end; ok is false while another one runs.
func (r *runningTests) begin(ctx context.Context, key testKey) (_ context.Context, end func(), ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancels[key] != nil {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	r.cancels[key] = cancel
	return ctx, func() {
		cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.cancels, key)
	}, true
}

// cancel cuts the test that runs, and tells whether one did.
func (r *runningTests) cancel(key testKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	cancel := r.cancels[key]
	if cancel != nil {
		cancel()
	}
	return cancel != nil
}
