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
	// strangerSlots is how many of them may be for strangers at once. However many they are, who is signed in or has
	// signed in before in the same browser does not wait behind them.
	strangerSlots = 1
	// memoryAfter is when the memory of hashes goes back to the system: once nobody has signed in for a moment.
	memoryAfter = time.Second
	// hashPatience is how long a request waits for its turn: a flood of sign-ins must not pile up.
	hashPatience = 10 * time.Second
)

// hasher makes and checks password hashes, never more than a few at once.
type hasher struct {
	slots     chan struct{}
	strangers chan struct{} // taken before a slot by who is not known
	patience  time.Duration
	// tidy gives the memory of the last hashes back. The collector alone would keep it for minutes.
	tidy *time.Timer
	// nobody is checked when the account does not exist, so that the time taken does not tell.
	nobody func() string
}

func newHasher() *hasher {
	tidy := time.AfterFunc(memoryAfter, debug.FreeOSMemory)
	tidy.Stop()
	return &hasher{
		slots:     make(chan struct{}, hashSlots),
		strangers: make(chan struct{}, strangerSlots),
		patience:  hashPatience,
		tidy:      tidy,
		nobody:    sync.OnceValue(func() string { return HashPassword("nobody has this password") }),
	}
}

// hash makes the stored form of a new password, when it is its turn; known: for who is not a stranger.
func (h *hasher) hash(ctx context.Context, password string, known bool) (string, error) {
	release, err := h.acquire(ctx, known)
	if err != nil {
		return "", err
	}
	defer release()
	return HashPassword(password), nil
}

// matches checks a password against a stored hash, "" for an account that does not exist.
func (h *hasher) matches(ctx context.Context, phc, password string, known bool) (bool, error) {
	release, err := h.acquire(ctx, known)
	if err != nil {
		return false, err
	}
	defer release()
	if phc == "" {
		_, err := samePassword(h.nobody(), password)
		return false, err
	}
	return samePassword(phc, password)
}

// acquire waits for a slot and returns what gives it back.
func (h *hasher) acquire(ctx context.Context, known bool) (release func(), err error) {
	turn, end := context.WithTimeout(ctx, h.patience)
	defer end()
	queues := []chan struct{}{h.slots}
	if !known {
		queues = []chan struct{}{h.strangers, h.slots}
	}
	for i, queue := range queues {
		select {
		case queue <- struct{}{}:
		case <-turn.Done():
			for _, taken := range queues[:i] {
				<-taken
			}
			return nil, errBusy(ctx)
		}
	}
	return func() {
		for _, queue := range queues {
			<-queue
		}
		h.tidy.Reset(memoryAfter)
	}, nil
}

// errBusy is why nobody's turn came: the caller has gone, or too many others were before.
func errBusy(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return &Problem{Status: http.StatusServiceUnavailable, Title: "Busy", Detail: "Too many people sign in right now.", RetryAfter: hashPatience}
}
