package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestPayloadIsExactly(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 123_456_789, time.FixedZone("", 3600))
	for name, c := range map[string]struct {
		event Event
		want  string
	}{
		"the source's sample, with the right second": {
			ExampleEvent(),
			`{"event_name":"Lead","event_id":"unique-event-id","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,` +
				`"source":"iozen","action_source":"website",` +
				`"user_data":{"email":"user@example.com","phone":"+1234567890","first_name":"Jane","last_name":"Doe","external_id":"submission-id"},` +
				`"custom_data":{"value":100,"currency":"USD","content_name":"Lead"},"source_url":"https://example.com/landing-page"}`,
		},
		"what is not there is left out": {
			Event{Name: "Lead", ID: "1", Time: at},
			`{"event_name":"Lead","event_id":"1","event_time":"2026-03-05T11:00:00.123Z","event_time_unix":1772708400,"source":"iozen","action_source":"website"}`,
		},
		"digits and more keys stay as given": {
			Event{Name: "Lead", ID: "1", Custom: CustomData{Value: "10.00", Currency: "EUR", More: []Member{
				{"z", json.RawMessage(`12345678901234567890`)}, {"a", json.RawMessage(`"\u00e9\/"`)}, {"n", json.RawMessage(`null`)},
			}}},
			`{"event_name":"Lead","event_id":"1","source":"iozen","action_source":"website",` +
				`"custom_data":{"value":10.00,"currency":"EUR","z":12345678901234567890,"a":"\u00e9\/","n":null}}`,
		},
		"strings as JSON.stringify writes them": {
			Event{Name: "Lead", ID: "<&>", User: UserData{FirstName: "Zoë \"😀\"\\ \b\t\n\v\f\r\x00\x1f\u2028"}},
			`{"event_name":"Lead","event_id":"<&>","source":"iozen","action_source":"website",` +
				`"user_data":{"first_name":"Zoë \"😀\"\\ \b\t\n\u000b\f\r\u0000\u001f` + "\u2028" + `"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.event.Payload()
			require.Equal(t, c.want, string(got))
			require.True(t, json.Valid(got))
		})
	}
}

func TestTestEventCarriesEveryKey(t *testing.T) {
	id := uuid.MustParse("0199aaaa-0000-7000-8000-000000000001")
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	payload := TestEvent("FieldConversion", id, now).Payload()
	agreed := []string{
		"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "gbraid", "wbraid", "fbclid", "fbc", "fbp", "msclkid",
		"ttclid", "li_fat_id", "referrer_url", "landing_url", "client_user_agent", "client_ip_address", "ad_user_data", "ad_personalization",
	}
	var sent struct {
		Custom map[string]any `json:"custom_data"`
	}
	require.NoError(t, json.Unmarshal(payload, &sent))
	require.Len(t, sent.Custom, 3+len(agreed))
	at := 0
	for _, name := range agreed {
		require.NotEmpty(t, sent.Custom[name], name)
		next := strings.Index(string(payload), `"`+name+`":`)
		require.Greater(t, next, at, "%s in the order of the documentation", name)
		at = next
	}
	begins, _, _ := strings.Cut(string(payload), `,"utm_source"`)
	require.Equal(t,
		`{"event_name":"FieldConversion","event_id":"test_0199aaaa-0000-7000-8000-000000000001","event_time":"2026-11-24T09:30:00.000Z","event_time_unix":1795512600,`+
			`"source":"iozen","action_source":"website",`+
			`"user_data":{"email":"user@example.com","phone":"+1234567890","first_name":"Jane","last_name":"Doe","external_id":"test-submission"},`+
			`"custom_data":{"value":100,"currency":"USD","content_name":"FieldConversion"`, begins)
	require.True(t, strings.HasSuffix(string(payload), `"},"source_url":"https://example.com/landing-page"}`))
}
