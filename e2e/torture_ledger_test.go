package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ledger is what the server promised: the delivery of every event that it answered with 202.
type ledger struct {
	mu       sync.Mutex
	accepted map[string]string // event id → delivery id
	refused  int               // 429 and 503
	rude     int               // of refused, those without Retry-After
	other    map[int]int       // every other answer, by status
}

func newLedger() *ledger { return &ledger{accepted: map[string]string{}, other: map[int]int{}} }

// tortureRetries makes what a crash left behind come back within a test's patience.
const tortureRetries = "IOZEN_RETRY_SCHEDULE=50ms,100ms,200ms,500ms,1s,1s,1s,1s"

// The events that are posted, and what an endpoint must get of them, byte for byte (contract, section 1).
const (
	givenEvent = `{"event_id":%q,"event_name":"Lead","event_time":"2026-03-05T12:00:00Z","user_data":{"email":"jane@example.com","first_name":"Jané"},` +
		`"custom_data":{"value":10.00,"currency":"USD","order":12345678901234567890}}`
	sentEvent = `{"event_name":"Lead","event_id":%q,"event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen","action_source":"website",` +
		`"user_data":{"email":"jane@example.com","first_name":"Jané"},"custom_data":{"value":10.00,"currency":"USD","order":12345678901234567890}}`
)

// post posts one event and notes what was promised, if it was. A call without an answer promised nothing.
func (l *ledger) post(client *http.Client, a *api, bot, eventID string) (promised bool) {
	req, err := http.NewRequest("POST", a.base+"/v1/bots/"+bot+"/events", bytes.NewReader(fmt.Appendf(nil, givenEvent, eventID)))
	if err != nil {
		panic(err) // our own request
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		time.Sleep(5 * time.Millisecond) // nobody listens: the server is being killed
		return false
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch res.StatusCode {
	case http.StatusAccepted:
		var said accepted
		if promised = err == nil && json.Unmarshal(answer, &said) == nil && len(said.Events) == 1; promised {
			l.accepted[eventID] = said.Events[0].DeliveryID
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		l.refused++
		if res.Header.Get("Retry-After") == "" {
			l.rude++
		}
	default:
		l.other[res.StatusCode]++
	}
	return promised
}

// promise notes what was promised in another way.
func (l *ledger) promise(eventID, delivery string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted[eventID] = delivery
}

func (l *ledger) counts() (accepted, refused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted), l.refused
}

// settle waits until every promised event has reached the endpoint under its delivery's id, compares everything that
// arrived with what was to be sent, and returns how many requests came twice.
func (l *ledger) settle(t *testing.T, endpoint *receiver) (duplicates int) {
	t.Helper()
	require.NotEmpty(t, l.accepted, "nothing was accepted: the test tests nothing")
	require.Zero(t, l.rude, "refused without Retry-After")
	require.Empty(t, l.other, "answers that promise and refuse nothing")
	l.waitForAll(t, endpoint)
	first, of := map[string]bool{}, map[string]string{}
	for _, a := range endpoint.all() {
		event, delivery := a.header.Get("X-IoZen-Event-Id"), a.header.Get("webhook-id")
		require.Equal(t, fmt.Sprintf(sentEvent, event), a.body, "delivery %s", delivery)
		if of[event] == "" {
			of[event] = delivery
		}
		require.Equal(t, of[event], delivery, "event %s became two", event)
		if first[delivery] {
			duplicates++
		}
		first[delivery] = true
	}
	return duplicates
}

func (l *ledger) waitForAll(t *testing.T, endpoint *receiver) {
	t.Helper()
	giveUp := time.After(patience + time.Duration(len(l.accepted))*time.Millisecond)
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
