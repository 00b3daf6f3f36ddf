package event

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// nastyEvents are at the edge of what is taken. All of them must be, and every receiver must be able to read them.
var nastyEvents = []string{
	sourceSample,
	`[{"event_name":"Lead","custom_data":{"value":1e5,"currency":"USD","x":[{}]}}]`,
	`{"event_name":"Lead","event_time":1795510800.123456789,"user_data":{"email":"\ud800"}}`,
	`{"event_name":"Lead","custom_data":{"a":"\ud83d","b":"\ude00\ud83d\ude00","\udfff":1,"c":{"\ud83d":[{"\ud83dx":"\\ud83d"}]}}}`,
	`{"event_name":"Lead","custom_data":{"n":[1234567890123456789012345678901234567890,-0,-0.0e-0,1E308,5e-324,1e-99999999]}}`,
	`{"event_name":"Lead","custom_data":{"":{"":""},"a\u0000b":"\u0000","__proto__":{"x":1},"constructor":null,"\u2028":"\u2029"}}`,
	`{"event_name":"Lead","user_data":[],"custom_data":[],"event_id":{},"event_time":"","source":null,"action_source":"","source_url":[]}`,
	`{"event_name":"a b","event_id":"~!@#$%^&*()'\"<>\\/","source_url":"HTTPS://x"}`,
	`{"event_name":"Lead","custom_data":{"d":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}`,
}

func FuzzDecodeEvents(f *testing.F) {
	for _, body := range nastyEvents {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		deliveries, _, problems := DecodeEvents(body, decodeNow, countingIDs())
		require.NotEqual(t, len(problems) == 0, len(deliveries) == 0, "either events or problems")
		for _, d := range deliveries {
			requireReadable(t, d)
			again, _, problems := DecodeEvents(d.Payload, decodeNow, countingIDs())
			require.Empty(t, problems, "what we send we would accept: %s", d.Payload)
			require.Equal(t, string(d.Payload), string(again[0].Payload))
		}
	})
}

// requireReadable: any program can read the payload, into numbers as well as into digits, and its digits are kept.
func requireReadable(t *testing.T, d store.NewDelivery) {
	t.Helper()
	var plain map[string]any
	require.NoError(t, json.Unmarshal(d.Payload, &plain), "%s", d.Payload)
	require.Equal(t, d.EventName, plain["event_name"])
	require.Equal(t, d.EventID, plain["event_id"])
	var digits map[string]any
	read := json.NewDecoder(bytes.NewReader(d.Payload))
	read.UseNumber()
	require.NoError(t, read.Decode(&digits))
	requireDigits(t, d.Payload, digits)
}

func requireDigits(t *testing.T, payload []byte, value any) {
	t.Helper()
	switch value := value.(type) {
	case json.Number:
		require.Contains(t, string(payload), string(value))
	case map[string]any:
		for _, member := range value {
			requireDigits(t, payload, member)
		}
	case []any:
		for _, element := range value {
			requireDigits(t, payload, element)
		}
	}
}

func TestWhatIsAtTheEdgeIsTakenAndCanBeRead(t *testing.T) {
	for _, body := range nastyEvents {
		deliveries, _, problems := decode(body)
		require.Empty(t, problems, body)
		requireReadable(t, deliveries[0])
	}
}

func BenchmarkDecodeEvents(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		DecodeEvents([]byte(sourceSample), decodeNow, uuid.New)
	}
}
