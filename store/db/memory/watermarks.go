package memory

import (
	"sync"
	"time"

	"iozen/store"
)

// Watermark is a time in milliseconds before which nothing of a webhook is due: of first attempts, and of late deliveries.
// Zero knows nothing.
type Watermark struct {
	First, Late int64
	seen        int64 // when that was so
}

// watermarkSlack is how far a watermark stays behind the clock: no transaction that makes something due takes longer, and no
// two processes' clocks are further apart. What is due earlier in spite of that is found by the next look at all webhooks.
const watermarkSlack = time.Second

// NewWatermark is the watermark after a look at what is due, which found nothing before two times (milliseconds; 0: nothing at all).
func NewWatermark(first, late int64, now time.Time) Watermark {
	behind := now.Add(-watermarkSlack).UnixMilli()
	before := func(found int64) int64 {
		if found == 0 {
			return behind
		}
		return min(found, behind)
	}
	return Watermark{First: before(first), Late: before(late), seen: now.UnixMilli()}
}

// Watermarks remembers the watermarks of webhooks. A database that keeps outdated rows for other transactions, as PostgreSQL
// does, steps over all of them to find the first one that is due; a claim that begins at the watermark does not. The zero value is
// ready.
type Watermarks struct {
	mu sync.Mutex
	of map[store.WebhookID]Watermark
}

// Of is a webhook's watermark; none after the clock was set back, because what is due by it may lie below.
func (w *Watermarks) Of(id store.WebhookID, now time.Time) Watermark {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.of[id]; m.seen <= now.UnixMilli() {
		return m
	}
	return Watermark{}
}

// Raise replaces a webhook's watermark by a later one, unless it is no longer the one that the look began at: it may have been
// lowered meanwhile.
func (w *Watermarks) Raise(id store.WebhookID, from, to Watermark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of[id] != from {
		return
	}
	if w.of == nil {
		w.of = map[store.WebhookID]Watermark{}
	}
	w.of[id] = to
}

// Forget is for a change that may have made something due before a watermark; without a webhook's number, of any.
func (w *Watermarks) Forget(id store.WebhookID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id.N == 0 {
		clear(w.of)
	}
	delete(w.of, id)
}

// Found forgets the watermark of a webhook if something is due before it (milliseconds; 0: nothing is due).
func (w *Watermarks) Found(id store.WebhookID, first, late int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.of[id]; first != 0 && first < m.First || late != 0 && late < m.Late {
		delete(w.of, id)
	}
}
