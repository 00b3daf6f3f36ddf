package auth

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// hashSlots bounds how many passwords are hashed at once: each takes 19 MiB and a core.
	hashSlots = 2
	// strangerSlots is how many of them may be for strangers at once. However many strangers there are, somebody who is
	// signed in, or has signed in before in the same browser, does not wait behind them.
	strangerSlots = 1
	// memoryAfter is how long after the last hash its memory goes back to the system.
	memoryAfter = time.Second
)

// HashPatience is how long a request waits for its turn before ErrBusy: a flood of sign-ins must not pile up.
const HashPatience = 10 * time.Second

// ErrBusy says that too many others were waiting: nothing was hashed, and nothing is known about the password.
var ErrBusy = errors.New("too many passwords are being hashed")

// Hasher makes and checks password hashes, never more than a few at once. The zero Hasher has no slots: it is always busy.
type Hasher struct {
	slots     chan struct{}
	strangers chan struct{} // taken before a slot, for strangers
	patience  time.Duration
	// tidy gives the memory of the last hashes back. The collector alone would keep it for minutes.
	tidy *time.Timer
	// nobody is checked when the account does not exist, so that the time taken does not reveal that.
	nobody func() string
}

// NewHasher makes a Hasher. A server has only one: a second one would have slots of its own.
func NewHasher() *Hasher {
	tidy := time.AfterFunc(memoryAfter, debug.FreeOSMemory)
	tidy.Stop()
	return &Hasher{
		slots:     make(chan struct{}, hashSlots),
		strangers: make(chan struct{}, strangerSlots),
		patience:  HashPatience,
		tidy:      tidy,
		nobody:    sync.OnceValue(func() string { return HashPassword("nobody has this password") }),
	}
}

// Hash waits for a slot and makes the stored form of a new password; known says that the caller is not a stranger. The error
// is ErrBusy, or the context's.
func (h *Hasher) Hash(ctx context.Context, password string, known bool) (string, error) {
	release, err := h.acquire(ctx, known)
	if err != nil {
		return "", err
	}
	defer release()
	return HashPassword(password), nil
}

// Matches checks a password against a stored hash, "" for an account that does not exist. The error is ErrBusy, the
// context's, or says that the stored hash cannot be read.
func (h *Hasher) Matches(ctx context.Context, phc, password string, known bool) (bool, error) {
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
func (h *Hasher) acquire(ctx context.Context, known bool) (release func(), err error) {
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
			return nil, errNoTurn(ctx)
		}
	}
	return func() {
		for _, queue := range queues {
			<-queue
		}
		h.tidy.Reset(memoryAfter)
	}, nil
}

// errNoTurn is why a turn never came: the caller has gone, or too many others were waiting.
func errNoTurn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrBusy
}
