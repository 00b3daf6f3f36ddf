package engine

import (
	"sync"
	"time"
)

// troubleEvery is how often the same trouble is logged: ten thousand lanes meet a locked database at once.
const troubleEvery = 10 * time.Second

// trouble remembers when each kind of trouble was last logged, by what was being done.
type trouble struct {
	mu     sync.Mutex
	logged map[string]*loggedTrouble
}

type loggedTrouble struct {
	at       time.Time
	withheld int // times it happened since then
}

// worthLogging says whether the trouble should be logged now, and how often it happened without being logged.
func (t *trouble) worthLogging(doing string, now time.Time) (withheld int, worth bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.logged[doing]
	if last != nil && now.Sub(last.at) < troubleEvery {
		last.withheld++
		return 0, false
	}
	if last != nil {
		withheld = last.withheld
	}
	if t.logged == nil {
		t.logged = map[string]*loggedTrouble{}
	}
	t.logged[doing] = &loggedTrouble{at: now}
	return withheld, true
}

// report logs trouble of our own, at most once in troubleEvery for each kind of work.
func (e *Engine) report(doing string, err error) {
	if withheld, worth := e.trouble.worthLogging(doing, e.cfg.Now()); worth {
		e.cfg.Log.Error(doing, "error", err, "withheld", withheld)
	}
}
