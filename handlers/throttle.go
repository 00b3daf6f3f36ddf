package handlers

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	freeTries   = 5 // wrong tries at one account from one place before anyone has to wait
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
	// What all strangers together may try of the passwords of one account.
	passwordBurst = 20
	passwordEvery = time.Minute
	// maxTracked bounds the memory that a flood of wrong tries can take.
	maxTracked = 50_000
)

// throttle makes guessing slow without locking anyone out. Each wrong try counts in three lanes:
//
//   - the account from this address: 5 are free, then each costs twice the wait of the one before, up to 15 minutes;
//   - the address, whatever the account: for who tries one password on many accounts;
//   - the account, whatever the address: for who guesses from many addresses.
//
// The last two let a burst through and then one try in a while. A stranger can keep the lane of an account busy, so
// a browser in which that account has signed in before stands in a lane of its own, and in no other (decision 0070).
type throttle struct {
	now func() time.Time

	mu      sync.Mutex
	places  map[string]misses
	address bucket
	account bucket
}

// visitor is who tries to sign in.
type visitor struct {
	account string // as typed, lower case
	address string
	browser string // "" unless the account has signed in in this browser before
}

// misses are the wrong tries in a row, and until when no further one is looked at.
type misses struct {
	count int
	until time.Time
}

// bucket lets burst tries through at once and one in each interval after that. What is kept of a key is when its
// bucket is empty again.
type bucket struct {
	burst int
	every time.Duration
	empty map[string]time.Time
}

// newThrottle makes one whose lane of strangers at an account takes burst tries, then one in each interval.
func newThrottle(now func() time.Time, burst int, every time.Duration) *throttle {
	return &throttle{
		now: now, places: map[string]misses{},
		address: bucket{burst: 20, every: 30 * time.Second, empty: map[string]time.Time{}},
		account: bucket{burst: burst, every: every, empty: map[string]time.Time{}},
	}
}

// enter says how long the visitor has to wait; 0 lets them try, and counts as a wrong try until passed says
// otherwise: a hundred tries at once are a hundred, not one.
func (t *throttle) enter(v visitor) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	wait := t.places[v.place()].until.Sub(now)
	if v.browser == "" {
		wait = max(wait, t.address.wait(network(v.address), now), t.account.wait(v.account, now))
	}
	if wait > 0 {
		return min(wait, longestWait) // more is only what a clock that was ahead has left
	}
	t.forget(now)
	m := t.places[v.place()]
	m.count++
	if over := m.count - freeTries; over >= 0 {
		m.until = now.Add(min(longestWait, firstWait<<min(over, 10)))
	}
	t.places[v.place()] = m
	if v.browser == "" {
		t.address.add(network(v.address), now)
		t.account.add(v.account, now)
	}
	return 0
}

// enterFrom is enter for what is no try at an account but makes us hash or compare for strangers all the same: only
// the lane of the address counts.
func (t *throttle) enterFrom(address string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	wait := t.address.wait(network(address), now)
	if wait <= 0 {
		t.address.forget(now)
		t.address.add(network(address), now)
	}
	return min(max(0, wait), longestWait)
}

// giveBackFrom takes back what enterFrom counted.
func (t *throttle) giveBackFrom(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.address.giveBack(network(address))
}

// giveBack takes back what enter counted: the try was not looked at, because we were busy or could not record it. The
// wrong tries before it stay.
func (t *throttle) giveBack(v visitor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.places[v.place()]; m.count > 1 {
		t.places[v.place()] = misses{count: m.count - 1} // it was let in, so the wait before it was over
	} else {
		delete(t.places, v.place())
	}
	t.leave(v)
}

// passed takes back what enter counted, and forgets the wrong tries from this place.
func (t *throttle) passed(v visitor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.places, v.place())
	t.leave(v)
}

// leave gives the lanes of strangers back what the visitor took of them.
func (t *throttle) leave(v visitor) {
	if v.browser == "" {
		t.address.giveBack(network(v.address))
		t.account.giveBack(v.account)
	}
}

// forget keeps the memory bounded: first what no longer matters goes, then everything.
func (t *throttle) forget(now time.Time) {
	if len(t.places) >= maxTracked {
		for key, m := range t.places {
			if m.until.Before(now) {
				delete(t.places, key)
			}
		}
		if len(t.places) >= maxTracked {
			clear(t.places)
		}
	}
	t.address.forget(now)
	t.account.forget(now)
}

func (v visitor) place() string {
	if v.browser != "" {
		return v.account + " browser " + v.browser
	}
	return v.account + " " + network(v.address)
}

// network is what one visitor has: an IPv4 address, or the /64 that every IPv6 line gets.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

func (b bucket) wait(key string, now time.Time) time.Duration {
	return b.empty[key].Add(-time.Duration(b.burst-1) * b.every).Sub(now)
}

func (b bucket) add(key string, now time.Time) {
	from := now
	if b.empty[key].After(now) {
		from = b.empty[key]
	}
	b.empty[key] = from.Add(b.every)
}

func (b bucket) giveBack(key string) { b.empty[key] = b.empty[key].Add(-b.every) }

func (b bucket) forget(now time.Time) {
	if len(b.empty) < maxTracked {
		return
	}
	for key, empty := range b.empty {
		if empty.Before(now) {
			delete(b.empty, key)
		}
	}
	if len(b.empty) >= maxTracked {
		clear(b.empty)
	}
}

// giveBackUnseen gives a try back that ended in an error of ours, of which the visitor has learnt nothing. One whose
// caller hung up counts: hanging up must not make guessing free.
func (t *throttle) giveBackUnseen(v visitor, err error) {
	if problemOf(err).Status >= http.StatusInternalServerError {
		t.giveBack(v)
	}
}
