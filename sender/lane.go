package sender

import (
	"container/heap"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// lane is one bot's way out: what is claimed and not started, what is under way, and when the store
// should next be asked. A lane stands in at most one place: a ring (something to do now), or the heap
// (something to do later), or nowhere (nothing waits, or every slot is taken and an answer will bring it back).
type lane struct {
	botID      uuid.UUID
	dueAt      time.Time // when the store should be asked for more; zero: nothing waits there
	heapIndex  int       // -1: not in the heap
	ring       *ring     // nil: in no ring
	claiming   bool
	generation int // grows with every change of settings: a claim made before it is handed back

	webhook    store.Webhook // what claims were claimed with
	claims     []store.Claim
	claimedAt  time.Time
	inFlight   int
	pace       pace
	lastAnswer time.Time
	nextSend   time.Time // the rate limit's next free moment
}

// stallAfter is how long an endpoint may be silent, with requests under way, before it gets no more of them.
const stallAfter = 2 * time.Second

// mayStart says whether a claimed delivery may leave now; otherwise later tells when to look again
// (zero: an answer will bring the lane back).
func (l *lane) mayStart(now time.Time) (ok bool, later time.Time) {
	if l.inFlight >= l.pace.bound || l.stalled(now) {
		return false, time.Time{}
	}
	if now.Before(l.nextSend) {
		return false, l.nextSend
	}
	return true, time.Time{}
}

// stalled says that requests are under way and none has been answered for a while.
func (l *lane) stalled(now time.Time) bool {
	return l.inFlight > 0 && now.Sub(l.lastAnswer) > stallAfter
}

// spend books one request against the rate limit.
func (l *lane) spend(now time.Time) {
	if r := l.webhook.RateLimit; r != nil && *r > 0 {
		l.nextSend = now.Add(time.Duration(float64(time.Second) / *r))
	}
}

// wants is how many more deliveries the lane could use soon: its free slots, and as many again once
// its endpoint has proved quick, so that a claim's commit does not leave slots empty.
func (l *lane) wants() int {
	n := l.pace.bound - l.inFlight - len(l.claims)
	if l.pace.standing() == proven {
		n += l.pace.bound
	}
	return n
}

// laneHeap orders lanes by due time.
type laneHeap []*lane

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].wakeAt().Before(h[j].wakeAt()) }
func (h laneHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].heapIndex, h[j].heapIndex = i, j
}
func (h *laneHeap) Push(x any) { l := x.(*lane); l.heapIndex = len(*h); *h = append(*h, l) }
func (h *laneHeap) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	l.heapIndex = -1
	return l
}

// wakeAt is when a lane in the heap has something to do: the rate limit's next moment while
// deliveries are claimed, else the time its next delivery is due.
func (l *lane) wakeAt() time.Time {
	if len(l.claims) > 0 && !l.nextSend.IsZero() {
		return l.nextSend
	}
	return l.dueAt
}

func (h *laneHeap) put(l *lane) {
	if l.heapIndex >= 0 {
		heap.Fix(h, l.heapIndex)
		return
	}
	heap.Push(h, l)
}

func (h *laneHeap) remove(l *lane) {
	if l.heapIndex >= 0 {
		heap.Remove(h, l.heapIndex)
	}
}

// ring is a queue of lanes served in turn.
type ring struct{ lanes []*lane }

func (r *ring) push(l *lane) {
	if l.ring == nil {
		l.ring = r
		r.lanes = append(r.lanes, l)
	}
}

func (r *ring) pop() *lane {
	if len(r.lanes) == 0 {
		return nil
	}
	l := r.lanes[0]
	r.lanes[0] = nil
	r.lanes = r.lanes[1:]
	l.ring = nil
	return l
}
