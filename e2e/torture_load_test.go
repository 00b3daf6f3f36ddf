package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// traffic is what is posted to one bot, whose endpoint takes everything. The ledger knows what was promised.
type traffic struct {
	t        *testing.T
	endpoint *receiver
	owner    *api
	bot      string
	ledger   *ledger
	began    time.Time
	client   http.Client
	pause    time.Duration // of each poster between two events
	insist   bool          // an event is posted until it is accepted
	runs     func()        // fails the test when a server has ended by itself
	stopLoad func()
	batch    int // of posters, so that event ids differ
}

// posters post at the same time, so that trouble finds commits and requests under way.
const posters = 8

// inFlightPerBot is the server's default bound of requests under way for one webhook; the bots of the torture have one each.
const inFlightPerBot = 64

// load begins to post; rest ends it.
func (o *traffic) load() {
	quit := make(chan struct{})
	client := o.client
	client.Transport = &http.Transport{MaxIdleConnsPerHost: posters}
	var posting sync.WaitGroup
	o.batch++
	for n := range posters {
		prefix := fmt.Sprintf("b%d-p%d", o.batch, n)
		posting.Go(func() {
			for i := 0; ; {
				select {
				case <-quit:
					return
				case <-time.After(o.pause):
				}
				if o.ledger.post(&client, o.owner, o.bot, fmt.Sprintf("%s-e%d", prefix, i)) || !o.insist {
					i++
				}
			}
		})
	}
	o.stopLoad = func() {
		close(quit)
		posting.Wait()
		client.CloseIdleConnections()
	}
}

func (o *traffic) rest() { o.stopLoad() }

// until waits until the ledger says so.
func (o *traffic) until(what string, reached func(accepted, refused int) bool) {
	o.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for giveUp := time.After(2 * patience); ; {
		if reached(o.ledger.counts()) {
			return
		}
		select {
		case <-tick.C:
			o.runs()
		case <-giveUp:
			require.FailNow(o.t, "it did not come to it: "+what)
		}
	}
}

// untilAccepted waits until n more events are accepted.
func (o *traffic) untilAccepted(n int) {
	o.t.Helper()
	before, _ := o.ledger.counts()
	o.until(fmt.Sprint(n, " more events are accepted"), func(accepted, _ int) bool { return accepted >= before+n })
}

// untilRefused waits until n more are refused.
func (o *traffic) untilRefused(n int) {
	o.t.Helper()
	_, before := o.ledger.counts()
	o.until(fmt.Sprint(n, " more events are refused"), func(_, refused int) bool { return refused >= before+n })
}

// settled compares what was promised with what arrived, and notes the figures for the report.
func (o *traffic) settled(name string, rounds, mayBeDoubled int) {
	o.t.Helper()
	duplicates := o.ledger.settle(o.t, o.endpoint)
	require.LessOrEqual(o.t, duplicates, mayBeDoubled, "requests that came twice")
	accepted, refused := o.ledger.counts()
	noteTorture(tortureRow{name, rounds, accepted, refused, len(o.endpoint.all()), duplicates, time.Since(o.began)})
}

// crashRun is a server under load.
type crashRun struct {
	*installation
	traffic
	t *testing.T
}

func newCrashRun(t *testing.T, binary string, env ...string) *crashRun {
	t.Helper()
	o := &crashRun{t: t, installation: startBuild(t, binary, append([]string{tortureRetries}, env...)...)}
	o.traffic = traffic{
		t: t, endpoint: newReceiver(t), ledger: newLedger(), began: time.Now(), client: http.Client{Timeout: 2 * patience},
		owner: o.newAPI(), runs: func() { o.installation.runs() },
	}
	o.bot = o.owner.newBot("Crash run", o.endpoint.URL)
	return o
}

// answers requires that the server is alive, and waits until /readyz gives this answer: the server looks at the database
// at most once a second.
func (o *crashRun) answers(ready int) {
	o.t.Helper()
	require.Equal(o.t, http.StatusOK, o.status("/healthz"))
	o.until(fmt.Sprint("/readyz says ", ready), func(int, int) bool { return o.status("/readyz") == ready })
}

func (o *crashRun) status(path string) int {
	o.t.Helper()
	res, err := http.Get(o.URL + path)
	require.NoError(o.t, err)
	require.NoError(o.t, res.Body.Close())
	return res.StatusCode
}

// end compares what was promised with what arrived, and stops the server.
func (o *crashRun) end(name string, rounds, mayBeDoubled int) {
	o.t.Helper()
	o.settled(name, rounds, mayBeDoubled)
	o.stop()
}
