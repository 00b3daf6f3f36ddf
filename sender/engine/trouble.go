package engine

import (
	"sync"
	"time"
)

// troubleEvery is how often the same trouble is told: ten thousand lanes meet a locked database at once.
const troubleEvery = 10 * time.Second

// trouble remembers what the log was last told, by what was being done.
type trouble struct {
	mu   sync.Mutex
	told map[string]*toldTrouble
}

type toldTrouble struct {
	at       time.Time
	withheld int // times it happened since then
}

// worthTelling says whether the log should hear of it now, and how often it happened untold.
func (t *trouble) worthTelling(doing string, now time.Time) (withheld int, tell bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.told[doing]
	if last != nil && now.Sub(last.at) < troubleEvery {
		last.withheld++
		return 0, false
	}
	if last != nil {
		withheld = last.withheld
	}
	if t.told == nil {
		t.told = map[string]*toldTrouble{}
	}
	t.told[doing] = &toldTrouble{at: now}
	return withheld, true
}

// report tells the log about trouble of our own, at most once in troubleEvery for each kind of work.
func (e *Engine) report(doing string, err error) {
	if withheld, tell := e.trouble.worthTelling(doing, e.cfg.Now()); tell {
		e.cfg.Log.Error(doing, "error", err, "untold", withheld)
	}
}
