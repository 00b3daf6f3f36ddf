package event

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWithoutPerson(t *testing.T) {
	for name, c := range map[string]struct{ payload, want string }{
		"the source's sample": {
			`{"event_name":"Lead","event_id":"unique-event-id","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,` +
				`"source":"iozen","action_source":"website","user_data":{"email":"user@example.com","phone":"+1234567890","first_name":"Jane",` +
				`"last_name":"Doe","external_id":"submission-id"},"custom_data":{"value":100,"currency":"USD","content_name":"Lead"},` +
				`"source_url":"https://example.com/landing-page"}`,
			`{"event_name":"Lead","event_id":"unique-event-id","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,` +
				`"source":"iozen","action_source":"website","custom_data":{"value":100,"currency":"USD","content_name":"Lead"}}`,
		},
		"digits stay, the caller's keys go": {
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10.00,"currency":"USD","client_ip_address":"192.0.2.1","note":"Jane"}}`,
			`{"event_name":"Lead","event_id":"1","source":"iozen","action_source":"website","custom_data":{"value":10.00,"currency":"USD"}}`,
		},
		"no person": {
			`{"event_name":"Lead","event_id":"1","source":"iozen","action_source":"app"}`,
			`{"event_name":"Lead","event_id":"1","source":"iozen","action_source":"app"}`,
		},
		"not ours": {`hello`, `{}`},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, string(WithoutPerson([]byte(c.payload)))) })
	}
}
