package handlers

import (
	"context"
	"sync"
	"time"
)

const (
	freeTries   = 5 // wrong passwords for one account from one address before anyone has to wait
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
	// maxTracked bounds the memory that a flood of wrong sign-ins can take; past it the oldest knowledge goes.
	maxTracked = 10_000
	// hashSlots bounds how many passwords are hashed at once: each takes 19 MiB and a core.
	hashSlots = 2
)

// signer checks passwords: never more than a few at once, and never as fast as a guesser would like.
type signer struct {
	now   func() time.Time
	slots chan struct{}
	// nobody is checked when the account does not exist, so that the time taken does not tell.
	nobody func() string

	mu     sync.Mutex
	misses map[string]misses // by account and address
}

// misses are the wrong tries in a row, and until when no further one is looked at.
type misses struct {
	count int
	until time.Time
}

func newSigner(now func() time.Time) *signer {
	return &signer{
		now: now, slots: make(chan struct{}, hashSlots), misses: map[string]misses{},
		nobody: sync.OnceValue(func() string { return HashPassword("nobody has this password") }),
	}
}

// hash makes the stored form of a new password, when it is its turn.
func (s *signer) hash(ctx context.Context, password string) (string, error) {
	if err := s.acquire(ctx); err != nil {
		return "", err
	}
	defer s.release()
	return HashPassword(password), nil
}

// matches checks a password against a stored hash, "" for an account that does not exist.
func (s *signer) matches(ctx context.Context, phc, password string) (bool, error) {
	if err := s.acquire(ctx); err != nil {
		return false, err
	}
	defer s.release()
	if phc == "" {
		_, err := samePassword(s.nobody(), password)
		return false, err
	}
	return samePassword(phc, password)
}

func (s *signer) acquire(ctx context.Context) error {
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *signer) release() { <-s.slots }

// wait says how long this account and address have to wait before the next try; 0: not at all.
func (s *signer) wait(who string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, s.misses[who].until.Sub(s.now()))
}

// missed notes a wrong try. From the fifth on each costs twice the time of the one before.
func (s *signer) missed(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.misses) >= maxTracked {
		clear(s.misses)
	}
	m := s.misses[who]
	m.count++
	if over := m.count - freeTries; over >= 0 {
		m.until = s.now().Add(min(longestWait, firstWait<<min(over, 10)))
	}
	s.misses[who] = m
}

// passed forgets the wrong tries after a right one.
func (s *signer) passed(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.misses, who)
}
