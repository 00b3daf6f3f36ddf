package replica

import (
	"context"
	"maps"
	"slices"
	"time"
)

// tickets are the acts that take something back and wait for the others to have heard of it.
type tickets map[uint64]*ticket

type ticket struct {
	madeAt    time.Time
	confirmed map[string]bool
	changed   chan struct{} // closed, and made anew, when somebody confirms or leaves
}

// Ask makes a ticket for a transaction that takes something back: its message names it, and Await waits for it.
func (l *Link) Ask() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.tickets[l.asked] = &ticket{madeAt: time.Now(), confirmed: map[string]bool{}, changed: make(chan struct{})}
	return l.asked
}

// Await waits until every replica that is there has confirmed a ticket, after the commit, and says whether all have. A
// replica that has not by then does not hear, and starts nothing.
func (l *Link) Await(ctx context.Context, number uint64) bool {
	over := time.NewTimer(l.times.Patience)
	defer over.Stop()
	look := time.NewTicker(l.times.Beat)
	defer look.Stop()
	for {
		done, changed := l.isConfirmed(number)
		if done {
			return true
		}
		select {
		case <-changed:
		case <-look.C: // somebody may be silent by now
		case <-over.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

func (l *Link) isConfirmed(number uint64) (bool, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tickets[number]
	if t == nil {
		return false, nil
	}
	for name, p := range l.peers {
		if time.Since(p.heardAt) < l.times.Silent && !t.confirmed[name] {
			return false, t.changed
		}
	}
	return l.isFresh(), t.changed // a deaf replica does not know who is there
}

// Others are the replicas that are there besides this one, by name.
func (l *Link) Others() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(l.peers)) {
		if time.Since(l.peers[name].heardAt) < l.times.Silent {
			names = append(names, name)
		}
	}
	return names
}

func (l *Link) confirmed(number uint64, by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.tickets[number]; t != nil {
		t.confirmed[by] = true
		t.wake()
	}
}

func (t *ticket) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// without wakes those who wait for a replica that has left.
func (all tickets) without(string) {
	for _, t := range all {
		t.wake()
	}
}

// forgetOld forgets what nobody waits for any more: a transaction that was rolled back leaves its ticket behind.
func (all tickets) forgetOld(now time.Time, times Times) {
	maps.DeleteFunc(all, func(_ uint64, t *ticket) bool { return now.Sub(t.madeAt) > 4*times.Patience })
}
