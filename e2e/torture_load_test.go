package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crashRun is a server under load: posters post to one bot, its endpoint takes everything, and the ledger knows what was
// promised.
type crashRun struct {
	*installation
	t        *testing.T
	endpoint *receiver
	owner    *api
	bot      string
	ledger   *ledger
	began    time.Time
	stopLoad func()
	batch    int // of posters, so that event ids differ
}

// posters post at the same time, so that trouble finds commits and requests under way.
const posters = 8

// inFlightPerBot is the server's default bound of requests under way for one webhook; the bots of the torture have one each.
const inFlightPerBot = 64

func newCrashRun(t *testing.T, binary string, env ...string) *crashRun {
	t.Helper()
	o := &crashRun{t: t, endpoint: newReceiver(t), ledger: newLedger(), began: time.Now()}
	o.installation = startBuild(t, binary, append([]string{tortureRetries}, env...)...)
	o.owner = o.newAPI()
	o.bot = o.owner.newBot("Crash run", o.endpoint.URL)
	return o
}

// load begins to post; rest ends it.
func (o *crashRun) load() {
	quit := make(chan struct{})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: posters}, Timeout: 2 * patience}
	var posting sync.WaitGroup
	o.batch++
	for n := range posters {
		prefix := fmt.Sprintf("b%d-p%d", o.batch, n)
		posting.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-quit:
					return
				default:
					o.ledger.post(client, o.owner, o.bot, fmt.Sprintf("%s-e%d", prefix, i))
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

func (o *crashRun) rest() { o.stopLoad() }

// until waits until the ledger says so.
func (o *crashRun) until(what string, reached func(accepted, refused int) bool) {
	o.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for giveUp := time.After(2 * patience); ; {
		if reached(o.ledger.counts()) {
			return
		}
		select {
		case <-tick.C:
		case err := <-o.exited:
			require.FailNow(o.t, "the server ended", "waiting until %s: %v\n%s", what, err, o.log)
		case <-giveUp:
			require.FailNow(o.t, "it did not come to it: "+what)
		}
	}
}

// untilAccepted waits until n more events are accepted.
func (o *crashRun) untilAccepted(n int) {
	o.t.Helper()
	before, _ := o.ledger.counts()
	o.until(fmt.Sprint(n, " more events are accepted"), func(accepted, _ int) bool { return accepted >= before+n })
}

// untilRefused waits until n more are refused.
func (o *crashRun) untilRefused(n int) {
	o.t.Helper()
	_, before := o.ledger.counts()
	o.until(fmt.Sprint(n, " more events are refused"), func(_, refused int) bool { return refused >= before+n })
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

// end stops the server, compares what was promised with what arrived, and notes the figures for the report.
func (o *crashRun) end(name string, rounds, mayBeDoubled int) {
	o.t.Helper()
	duplicates := o.ledger.settle(o.t, o.endpoint)
	require.LessOrEqual(o.t, duplicates, mayBeDoubled, "requests that came twice")
	o.stop()
	accepted, refused := o.ledger.counts()
	noteTorture(tortureRow{name, rounds, accepted, refused, len(o.endpoint.all()), duplicates, time.Since(o.began)})
}
