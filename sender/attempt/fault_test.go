package attempt

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
)

// fault is one way in which an endpoint, or the way to it, misbehaves, and what has to come of it.
type fault struct {
	name     string // what misbehaves, and how
	endpoint behaviour
	url      string // "": http://hook.example:<port>/hook; <port> is the endpoint's
	payload  []byte // nil: the example event
	config   func(*ClientConfig)
	hangs    bool // takes all the time there is; timeouts do anyway

	status            int // 0: no answer
	outcome           string
	or                string // where the kernel's timing decides: what the outcome may be too; the phase is then any
	phase             store.Phase
	error, cause, fix string // parts of the words; "": whatever they say
	tries             int    // attempts that it is worth; 0: the whole schedule
}

const (
	// faultBudget is long enough for everything that does not hang; hangBudget stands for the 30 s of what does: long
	// enough for all that goes before the hanging, a handshake under the race detector included.
	faultBudget = 30 * time.Second
	hangBudget  = 2 * time.Second
	// faultSlack is what the busiest machine may add: it only has to catch an attempt that never ends.
	faultSlack = 30 * time.Second
	// faultMemory is what one attempt may allocate, whatever the endpoint does.
	faultMemory = raceMemory << 20
	// wholeSchedule is how many attempts the schedule has.
	wholeSchedule = 10
)

// requireFaults makes each fault for real, one after the other: memory and goroutines are counted.
func requireFaults(t *testing.T, faults []fault) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			a := f.attempt(t)
			require.Equal(t, f.status, a.StatusCode, "outcome %s, detail %v", a.Outcome, a.Detail)
			if f.or == "" {
				require.Equal(t, f.outcome, a.Outcome, "detail %v", a.Detail)
				require.Equal(t, f.phase, a.FailedPhase)
			} else {
				require.Contains(t, []string{f.outcome, f.or}, a.Outcome, "detail %v", a.Detail)
			}
			requireTries(t, f.tries, a)
			d := outcome.DiagnoseAttempt(a)
			require.Contains(t, d.Error, f.error)
			require.Contains(t, d.Cause, f.cause)
			require.Contains(t, d.Fix, f.fix)
		})
	}
}

// attempt makes the fault once, and requires what holds for every fault: it ends in time, takes little memory and
// leaves no goroutine, though the endpoint still holds on.
func (f fault) attempt(t *testing.T) store.Attempt {
	t.Helper()
	url := f.url
	if url == "" {
		url = "http://hook.example:<port>/hook"
	}
	port := startEndpoint(t, f.endpoint).port()
	cfg := ClientConfig{Allow: sendertest.Loopback(t), Version: "test", Resolver: names{"hook.example": {"127.0.0.1"}}, Budget: faultBudget}
	if f.hangs || f.outcome == outcome.OutcomeTimeout || f.outcome == outcome.OutcomeBodyEndless {
		cfg.Budget = hangBudget
	}
	if f.config != nil {
		f.config(&cfg)
	}
	before := goleak.IgnoreCurrent() // the servers of the test included
	d := sendertest.Delivery()
	if f.payload != nil {
		d.Payload = f.payload
	}
	w := sendertest.Webhook(strings.ReplaceAll(url, "<port>", port))

	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	c := NewClient(cfg)
	a := c.Attempt(t.Context(), w, d)
	runtime.ReadMemStats(&end)
	require.Less(t, a.Duration, cfg.Budget+faultSlack)
	require.LessOrEqual(t, int(end.TotalAlloc-start.TotalAlloc), faultMemory, "bytes allocated")
	requireNothingLeft(t, c, before)
	return a
}

// requireNothingLeft closes idle connections until the client has no goroutine any more: one of HTTP/2 is idle only
// after its last stream was cleaned up.
func requireNothingLeft(t *testing.T, c *Client, before goleak.Option) {
	t.Helper()
	var left error
	for giveUp := time.Now().Add(faultSlack); time.Now().Before(giveUp); {
		c.Close()
		if left = goleak.Find(before, goleak.IgnoreAnyFunction("iozen/sender/attempt.(*endpoint).serve")); left == nil {
			return
		}
	}
	require.NoError(t, left)
}

// requireTries requires how many attempts an answer is worth: a delivered one is worth no other.
func requireTries(t *testing.T, tries int, a store.Attempt) {
	t.Helper()
	if tries == 0 && !a.Delivered() {
		tries = wholeSchedule
	}
	got := 0
	for round := 1; !a.Delivered(); round++ {
		if got = round; outcome.DefaultSchedule.Decide(a, round, a.StartedAt, 0.5).Status != store.Retrying {
			break
		}
	}
	require.Equal(t, tries, got, "attempts in all")
}
