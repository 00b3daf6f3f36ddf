package handlers

import (
	"context"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// hashSlots bounds how many passwords are hashed at once: each takes 19 MiB and a core.
	hashSlots = 2
	// memoryAfter is when the memory of hashes goes back to the system: once nobody has signed in for a moment.
	memoryAfter = time.Second
	// hashPatience is how long a request waits for its turn: a flood of sign-ins must not pile up.
	hashPatience = 10 * time.Second
)

// hasher makes and checks password hashes, never more than a few at once.
type hasher struct {
	slots chan struct{}
	// tidy gives the memory of the last hashes back. The collector alone would keep it for minutes.
	tidy *time.Timer
	// nobody is checked when the account does not exist, so that the time taken does not tell.
	nobody func() string
}

func newHasher() *hasher {
	tidy := time.AfterFunc(memoryAfter, debug.FreeOSMemory)
	tidy.Stop()
	return &hasher{
		slots:  make(chan struct{}, hashSlots),
		tidy:   tidy,
		nobody: sync.OnceValue(func() string { return HashPassword("nobody has this password") }),
	}
}

// hash makes the stored form of a new password, when it is its turn.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	return HashPassword(password), nil
}

// matches checks a password against a stored hash, "" for an account that does not exist.
func (h *hasher) matches(ctx context.Context, phc, password string) (bool, error) {
	if err := h.acquire(ctx); err != nil {
		return false, err
	}
	defer h.release()
	if phc == "" {
		_, err := samePassword(h.nobody(), password)
		return false, err
	}
	return samePassword(phc, password)
}

func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}: // before anything else: a free slot needs no timer
		return nil
	default:
	}
	patience := time.NewTimer(hashPatience)
	defer patience.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return &Problem{Status: http.StatusServiceUnavailable, Title: "Busy", Detail: "Too many people sign in right now.", RetryAfter: hashPatience}
	}
}

func (h *hasher) release() {
	<-h.slots
	h.tidy.Reset(memoryAfter)
}
