package auth

import "time"

// bucket lets burst tries through at once, and one in each interval after that. It stores for each key when its bucket is
// empty again.
type bucket struct {
	burst int
	every time.Duration
	empty map[string]time.Time
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
