package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// crashRounds are enough in every run to catch a rule that is simply broken; TestTorture does many more.
	crashRounds = 3
	// posters post at the same time, so that a kill finds commits and requests under way.
	posters = 8
	// maxUptime is the longest that a server lives before it is killed.
	maxUptime = 400 * time.Millisecond
)

// TestCrash kills the server again and again while events come in and go out.
func TestCrash(t *testing.T) { survive(t, crashRounds) }

// TestTorture is TestCrash for as many rounds as IOZEN_TORTURE_ROUNDS says (make torture).
func TestTorture(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("IOZEN_TORTURE_ROUNDS"))
	if err != nil {
		t.Skip("make torture runs this")
	}
	survive(t, rounds)
}

// survive posts events while the server is killed at random moments and started again, and then holds what was
// accepted against what arrived, byte for byte.
func survive(t *testing.T, rounds int) {
	endpoint := newReceiver(t)
	h := startHouse(t, "IOZEN_RETRY_SCHEDULE=50ms,100ms,200ms,500ms,1s,1s,1s,1s")
	owner := h.newAPI()
	bot := owner.newBot("Crash", endpoint.URL)

	ledger := &ledger{accepted: map[string]string{}}
	for round := range rounds {
		stop := ledger.postUntilStopped(owner, bot, round)
		time.Sleep(rand.N(maxUptime)) // the random moment is the point of this test
		h.kill()
		stop()
		h.start()
	}
	ledger.requireAllArrived(t, endpoint)
	ledger.requireSameBytes(t, endpoint)
	require.LessOrEqual(t, len(endpoint.all())-ledger.distinct(endpoint), rounds*inFlightPerBot,
		"more duplicates than requests that can have been under way at the kills")
	h.stop()
}

// inFlightPerBot is the server's default bound of requests under way for one bot.
const inFlightPerBot = 64

// ledger is what the server promised: the deliveries of every event that it answered with 202.
type ledger struct {
	mu       sync.Mutex
	accepted map[string]string // event id → delivery id
}

// postUntilStopped begins to post events from several clients. The returned func ends that, and waits.
func (l *ledger) postUntilStopped(a *api, bot string, round int) (stop func()) {
	quit := make(chan struct{})
	var posting sync.WaitGroup
	for n := range posters {
		posting.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-quit:
					return
				default:
					l.post(a, bot, fmt.Sprintf("r%d-p%d-e%d", round, n, i))
				}
			}
		})
	}
	return func() { close(quit); posting.Wait() }
}

// post posts one event and notes the promise. A call without an answer promised nothing.
func (l *ledger) post(a *api, bot, eventID string) {
	body := fmt.Sprintf(`{"event_name":"Lead","event_id":%q,"user_data":{"email":"jane@example.com"}}`, eventID)
	status, answer, err := a.try("POST", "/v1/bots/"+bot+"/events", []byte(body))
	if err != nil || status != http.StatusAccepted {
		return
	}
	var promised accepted
	if json.Unmarshal(answer, &promised) == nil && len(promised.Events) == 1 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.accepted[eventID] = promised.Events[0].DeliveryID
	}
}

// requireAllArrived waits until every promised event has been at the endpoint, under its delivery's id.
func (l *ledger) requireAllArrived(t *testing.T, endpoint *receiver) {
	t.Helper()
	require.NotEmpty(t, l.accepted, "nothing was accepted: the test tests nothing")
	giveUp := time.After(patience)
	for {
		arrived := map[string]string{}
		for _, a := range endpoint.all() {
			arrived[a.header.Get("X-IoZen-Event-Id")] = a.header.Get("webhook-id")
		}
		missing := 0
		for event, delivery := range l.accepted {
			if arrived[event] != delivery {
				missing++
			}
		}
		if missing == 0 {
			return
		}
		select {
		case <-endpoint.came:
		case <-giveUp:
			require.FailNow(t, "accepted events are missing", "%d of %d", missing, len(l.accepted))
		}
	}
}

// requireSameBytes requires that what arrived twice is the same twice.
func (l *ledger) requireSameBytes(t *testing.T, endpoint *receiver) {
	t.Helper()
	first := map[string]string{}
	for _, a := range endpoint.all() {
		id := a.header.Get("webhook-id")
		if body, seen := first[id]; seen {
			require.Equal(t, body, a.body, "delivery %s", id)
		}
		first[id] = a.body
	}
}

// distinct counts the deliveries that arrived.
func (l *ledger) distinct(endpoint *receiver) int {
	ids := map[string]bool{}
	for _, a := range endpoint.all() {
		ids[a.header.Get("webhook-id")] = true
	}
	return len(ids)
}
