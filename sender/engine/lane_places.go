package engine

import (
	"container/heap"
	"time"
)

// laneHeap orders the lanes that wait for their time.
type laneHeap []*lane

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].wakeAt.Before(h[j].wakeAt) }
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

// put places a lane, or moves it if it is there already.
func (h *laneHeap) put(l *lane, at time.Time) {
	l.wakeAt = at
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

// ring is a queue of lanes served in turn. The lanes themselves are its links, so that a lane leaves it at once
// when its health class changes.
type ring struct{ first, last *lane }

func (r *ring) push(l *lane) {
	l.ring, l.prev = r, r.last
	if r.last == nil {
		r.first = l
	} else {
		r.last.next = l
	}
	r.last = l
}

// pop takes out the lane whose turn it is; nil if the ring is empty.
func (r *ring) pop() *lane {
	l := r.first
	if l != nil {
		r.remove(l)
	}
	return l
}

func (r *ring) remove(l *lane) {
	if l.prev == nil {
		r.first = l.next
	} else {
		l.prev.next = l.next
	}
	if l.next == nil {
		r.last = l.prev
	} else {
		l.next.prev = l.prev
	}
	l.ring, l.next, l.prev = nil, nil, nil
}
