package auth

import (
	"net/netip"
	"sync"
	"time"
)

const (
	freeTries   = 5 // wrong tries at one account from one place before anyone has to wait
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
	// How many passwords of one account all strangers together may try.
	passwordBurst = 20
	passwordEvery = time.Minute
	// How many codes of one account all strangers together who know its password may try: 96 of a million a day.
	codeBurst = 10
	codeEvery = 15 * time.Minute
	// maxTracked bounds the memory that a flood of wrong tries can take.
	maxTracked = 50_000
)

// Throttle makes guessing slow without locking anyone out. Each wrong try counts in three lanes:
//
//   - the account from this address: 5 are free, then each costs twice the wait of the one before, up to 15 minutes;
//   - the address, whatever the account: against trying one password on many accounts;
//   - the account, whatever the address: against guessing from many addresses.
//
// The last two let a burst through, and then one try in each interval. A stranger can keep the lane of an account busy, so
// a browser in which that account has signed in before has a lane of its own, and counts in no other (decision 0070).
type Throttle struct {
	now func() time.Time

	mu      sync.Mutex
	places  map[string]misses
	address bucket
	account bucket
}

// Visitor is who tries to sign in.
type Visitor struct {
	Account string // as typed, lower case
	Address string // IP address, without port
	Browser string // as Sessions.KnownBrowser knows it: "" unless the account has signed in in this browser before
}

// misses are the wrong tries in a row, and until when the next one is refused.
type misses struct {
	count int
	until time.Time
}

// NewPasswordThrottle is for passwords.
func NewPasswordThrottle(now func() time.Time) *Throttle {
	return newThrottle(now, passwordBurst, passwordEvery)
}

// NewCodeThrottle is for codes of second factors, of which there are far fewer than passwords.
func NewCodeThrottle(now func() time.Time) *Throttle { return newThrottle(now, codeBurst, codeEvery) }

// newThrottle makes a throttle that lets strangers try an account burst times, then once in each interval.
func newThrottle(now func() time.Time, burst int, every time.Duration) *Throttle {
	return &Throttle{
		now: now, places: map[string]misses{},
		address: bucket{burst: 20, every: 30 * time.Second, empty: map[string]time.Time{}},
		account: bucket{burst: burst, every: every, empty: map[string]time.Time{}},
	}
}

// Enter says how long the visitor has to wait; 0 lets them try, and counts as a wrong try until Passed says
// otherwise: a hundred tries at once are a hundred, not one.
func (t *Throttle) Enter(v Visitor) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	wait := t.places[v.place()].until.Sub(now)
	if v.Browser == "" {
		wait = max(wait, t.address.wait(network(v.Address), now), t.account.wait(v.Account, now))
	}
	if wait > 0 {
		return min(wait, longestWait) // a longer wait is left from a clock that was ahead
	}
	t.forget(now)
	m := t.places[v.place()]
	m.count++
	if over := m.count - freeTries; over >= 0 {
		m.until = now.Add(min(longestWait, firstWait<<min(over, 10)))
	}
	t.places[v.place()] = m
	if v.Browser == "" {
		t.address.add(network(v.Address), now)
		t.account.add(v.Account, now)
	}
	return 0
}

// EnterFrom is Enter for requests of strangers that are not a try at an account but still make us hash or compare: only the
// lane of the address counts.
func (t *Throttle) EnterFrom(address string) time.Duration {
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

// GiveBackFrom takes back what EnterFrom counted.
func (t *Throttle) GiveBackFrom(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.address.giveBack(network(address))
}

// GiveBack takes back what Enter counted: the try was not looked at, because we were busy or could not record it. The
// wrong tries before it stay.
func (t *Throttle) GiveBack(v Visitor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.places[v.place()]; m.count > 1 {
		t.places[v.place()] = misses{count: m.count - 1} // it was let in, so the wait before it was over
	} else {
		delete(t.places, v.place())
	}
	t.leave(v)
}

// Passed takes back what Enter counted, and forgets the wrong tries from this place.
func (t *Throttle) Passed(v Visitor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.places, v.place())
	t.leave(v)
}

// leave gives back to the lanes of strangers what the visitor took from them.
func (t *Throttle) leave(v Visitor) {
	if v.Browser == "" {
		t.address.giveBack(network(v.Address))
		t.account.giveBack(v.Account)
	}
}

// forget keeps the memory bounded: it drops what no longer matters, and if that is not enough, everything.
func (t *Throttle) forget(now time.Time) {
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

func (v Visitor) place() string {
	if v.Browser != "" {
		return v.Account + " browser " + v.Browser
	}
	return v.Account + " " + network(v.Address)
}

// network is what one visitor has: an IPv4 address, or the /64 that every IPv6 connection gets.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
