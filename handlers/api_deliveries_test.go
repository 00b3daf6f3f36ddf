package handlers

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestTheLogIsFilteredAndPaged(t *testing.T) {
	ta := newAPITest(t)
	ta.endpoint(http.StatusUnauthorized, "")
	ta.post(`{"event_name":"Lead","event_id":"1","user_data":{"email":"jane@example.com"}}`)
	ta.attempt()
	ta.post(`{"event_name":"Purchase","event_id":"2"}`)
	ta.call("POST", ta.at("/webhook/test"), "", 200)

	ids := func(query string) (found []string) {
		for path := ta.at("/deliveries?limit=1" + query); path != ""; {
			answer := ta.call("GET", path, "", 200)
			for _, d := range answer["deliveries"].([]any) {
				found = append(found, d.(map[string]any)["event_id"].(string))
			}
			path = ""
			if next, more := answer["next"].(string); more {
				path = ta.at("/deliveries?limit=1" + query + "&cursor=" + next)
			}
		}
		return found
	}
	require.Len(t, ids(""), 3)
	require.Equal(t, []string{"2"}, ids("&status=queued"))
	require.Equal(t, []string{"2", "1"}, ids("&status=queued,retrying&test=false"))
	require.Equal(t, []string{"2"}, ids("&event_name=Purchase"))
	require.Equal(t, []string{"1"}, ids("&code=4xx&test=false"))
	require.Equal(t, []string{"1"}, ids("&q=Jane@Example.com"))
	require.Empty(t, ids("&q=nobody"))
	require.Empty(t, ids("&to=2001-01-01T00:00:00Z"))

	require.Equal(t, []FieldError{{"/status", "must be of queued, sending, retrying, delivered, failed, held, skipped"}},
		ta.refused("GET", ta.at("/deliveries?status=lost"), "", 422))
	require.Equal(t, []FieldError{{"/state", "unknown parameter"}}, ta.refused("GET", ta.at("/deliveries?state=failed"), "", 422))
	require.Equal(t, []FieldError{{"/cursor", "is not a cursor of this list"}}, ta.refused("GET", ta.at("/deliveries?cursor=x"), "", 422))
	ta.refused("GET", "/v1/bots/"+uuid.NewString()+"/deliveries", "", 404)
}

func TestADeliveryBeforeAndAfterItsFirstAttempt(t *testing.T) {
	ta := newAPITest(t)
	ta.endpoint(http.StatusServiceUnavailable, "")
	id := ta.post(`{"event_name":"Lead","event_id":"1","user_data":{"email":"?"}}`)
	first := func() map[string]any {
		return ta.call("GET", ta.at("/deliveries"), "", 200)["deliveries"].([]any)[0].(map[string]any)
	}
	now := onWire(ta.clock.Now())
	want := map[string]any{
		"id": id, "bot_id": ta.bot.ID.String(), "webhook": 1.0, "event_id": "1", "event_name": "Lead", "test": false, "status": "queued", "attempts": 0.0,
		"next_attempt_at": now, "created_at": now, "updated_at": now, "last": nil,
		"warnings": []any{map[string]any{"pointer": "/user_data/email", "message": "does not look like an email address; it is sent as given"}},
	}
	require.Equal(t, want, first())

	ta.attempt()
	got := first()
	last := got["last"].(map[string]any)
	require.Equal(t, 503.0, last["status_code"])
	require.Equal(t, "HTTP 503", last["error"])
	require.Contains(t, last, "duration_ms")
	require.NotEmpty(t, last["fix"])
	require.Equal(t, "retrying", got["status"])
	require.Equal(t, 1.0, got["attempts"])
	require.Equal(t, onWire(ta.clock.Now().Add(5*time.Second)), got["next_attempt_at"])
}

func TestOnlyWhatWaitsHasANextAttempt(t *testing.T) {
	due := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	for status, has := range map[store.Status]bool{
		store.Queued: true, store.Retrying: true, // while sending, the time is a lease's end
		store.Sending: false, store.Delivered: false, store.Failed: false, store.Held: false, store.Skipped: false,
	} {
		d := answerOfDelivery(store.Delivery{Status: status, DueAt: due})
		require.Equal(t, has, !time.Time(d.NextAttemptAt).IsZero(), status)
	}
}
