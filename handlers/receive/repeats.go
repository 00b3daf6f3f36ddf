package receive

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// tries counts how often each event was tried at /flaky.
type tries struct {
	mu     sync.Mutex
	counts map[string]int
}

// next counts one more try and returns which it is.
func (t *tries) next(id string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil || len(t.counts) > keepIDs {
		t.counts = map[string]int{}
	}
	t.counts[id]++
	return t.counts[id]
}

// flaky fails the first tries of each event, so that retries can be watched.
func (r *Receiver) flaky(w http.ResponseWriter, req *http.Request) {
	times, err := strconv.Atoi(req.PathValue("times"))
	if err != nil || times < 1 || times > 100 {
		http.Error(w, "say how many tries fail: /flaky/2", http.StatusBadRequest)
		return
	}
	if r.tries.next(short(req.Header.Get("webhook-id"))) <= times {
		http.Error(w, "not yet", http.StatusServiceUnavailable)
		return
	}
	accept(w)
}

// limiter counts the requests of one second at /limit.
type limiter struct {
	mu     sync.Mutex
	second int64
	count  int
}

// takes reports whether one more request fits into its second.
func (l *limiter) takes(rate int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Unix() != l.second {
		l.second, l.count = now.Unix(), 0
	}
	l.count++
	return l.count <= rate
}

// limit accepts only so many requests a second, as many CRMs do.
func (r *Receiver) limit(w http.ResponseWriter, req *http.Request) {
	rate, err := strconv.Atoi(req.PathValue("rate"))
	if err != nil || rate < 1 || rate > 100_000 {
		http.Error(w, "say how many a second: /limit/5", http.StatusBadRequest)
		return
	}
	if !r.limiter.takes(rate, r.now()) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	}
	accept(w)
}
