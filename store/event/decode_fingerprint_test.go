package event

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func fingerprintOf(t *testing.T, body string, now time.Time) [32]byte {
	t.Helper()
	deliveries, _, problems := DecodeEvents([]byte(body), now, uuid.New)
	require.Empty(t, problems, body)
	require.Len(t, deliveries, 1)
	return deliveries[0].Fingerprint
}

func TestARepeatIsKnownByItsMeaning(t *testing.T) {
	for base, others := range map[string]map[string]bool{
		`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example"}}`: {
			`{"user_data": {"email": "a@b.example"}, "event_id": "1", "event_name": "Lead"}`:                                       true,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example"},"source":"iozen","action_source":"website"}`:  true,
			`{"event_name":"\u004cead","event_id":"1","user_data":{"email":"a\u0040b.example"}}`:                                   true,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example","phone":null,"first_name":"","last_name":[]}}`: true,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example"},"custom_data":{},"source_url":null}`:          true,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example"},"custom_data":{"value":null,"x":""}}`:         true,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example"},"event_time":""}`:                             true,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"b@b.example"}}`:                                             false,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"A@b.example"}}`:                                             false,
			`{"event_name":"Lead","event_id":"1","user_data":{"phone":"a@b.example"}}`:                                             false,
			`{"event_name":"Lead","event_id":"1","event_time":1795510800,"user_data":{"email":"a@b.example"}}`:                     false,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example"},"custom_data":{"x":1}}`:                       false,
			`{"event_name":"Lead","event_id":"1","user_data":{"email":"a@b.example"},"action_source":"app"}`:                       false,
			`{"event_name":"lead","event_id":"1","user_data":{"email":"a@b.example"}}`:                                             false,
		},
		`{"event_name":"Lead","event_id":"1","event_time":1795510800}`: {
			`{"event_name":"Lead","event_id":"1","event_time":"2026-11-24T09:00:00Z"}`:                         true,
			`{"event_name":"Lead","event_id":"1","event_time":"2026-11-24T10:00:00.000+01:00"}`:                true,
			`{"event_name":"Lead","event_id":"1","event_time_unix":1.7955108e9}`:                               true,
			`{"event_name":"Lead","event_id":"1","event_time":1795510800,"event_time_unix":1795510800}`:        true,
			`{"event_name":"Lead","event_id":"1","event_time":"2026-11-24T09:00:00.001Z"}`:                     false,
			`{"event_name":"Lead","event_id":"1"}`:                                                             false,
			`{"event_name":"Lead","event_id":"1","event_time":1795510800,"custom_data":{"event_time_unix":1}}`: false,
		},
		`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[1,{"c":"ü","d":1e2}],"a":{"x":1,"y":2}}}`: {
			`{"event_name":"Lead","event_id":"1","custom_data":{"a":{"y":2.0,"x":1},"b":[1.0,{"d":100,"c":"\u00fc"}],"currency":"USD","value":10.0}}`:    true,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":1e1,"currency":"USD","b":[10e-1,{"c":"ü","d":1E+02}],"a":{"x":1,"y":2}}}`:        true,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[1,{"c":"ü","d":100,"e":null}],"a":{"x":1,"y":2}}}`:      true,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[{"c":"ü","d":100},1],"a":{"x":1,"y":2}}}`:               false, // lists have an order
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[1,{"c":"ü","d":100},null],"a":{"x":1,"y":2}}}`:          false,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":["1",{"c":"ü","d":100}],"a":{"x":1,"y":2}}}`:             false, // a text is not a number
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[true,{"c":"ü","d":100}],"a":{"x":1,"y":2}}}`:            false,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":100,"currency":"USD","b":[1,{"c":"ü","d":100}],"a":{"x":1,"y":2}}}`:              false,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[1,{"c":"u\u0308","d":100}],"a":{"x":1,"y":2}}}`:         false,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"EUR","b":[1,{"c":"ü","d":100}],"a":{"x":1,"y":2}}}`:               false,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[1,{"c":"ü","d":100}],"a":{"x":1},"y":2}}`:               false,
			`{"event_name":"Lead","event_id":"1","custom_data":{"value":10,"currency":"USD","b":[1,{"c":"ü","d":100}],"a":{"x":1,"y":2}},"source":null}`: true,
		},
	} {
		want := fingerprintOf(t, base, decodeNow)
		for body, same := range others {
			require.Equal(t, same, fingerprintOf(t, body, decodeNow.Add(time.Hour)) == want, "%s\n%s", base, body)
		}
	}
}

// spelling writes one value of JSON in one of the many ways in which it can be written.
type spelling struct{ *rand.Rand }

func (s spelling) value(v any) string {
	switch v := v.(type) {
	case string:
		return s.text(v)
	case int:
		return s.number(v)
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = s.space() + s.value(element)
		}
		return "[" + strings.Join(parts, ",") + s.space() + "]"
	case map[string]any:
		return s.object(v)
	}
	encoded, _ := json.Marshal(v)
	return string(encoded)
}

// object writes the keys in the map's order, which Go shuffles, and sometimes one more that gives nothing.
func (s spelling) object(v map[string]any) string {
	var parts []string
	for name, value := range v {
		parts = append(parts, s.space()+s.text(name)+s.space()+":"+s.value(value))
	}
	if s.IntN(2) == 0 {
		parts = append(parts, s.text("none")+":"+[]string{`null`, `""`, `[]`, `{ }`, `{"deeper":null}`}[s.IntN(5)])
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (s spelling) space() string { return strings.Repeat(" \t\r\n"[s.IntN(4):][:1], s.IntN(3)) }

func (s spelling) text(v string) string {
	var b strings.Builder
	for _, r := range v {
		if quoted := strconv.QuoteToASCII(string(r)); s.IntN(3) == 0 && r < 0x10000 {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else if r == '"' || r == '\\' {
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

// number writes n with zeros and exponents that change nothing.
func (s spelling) number(n int) string {
	switch s.IntN(4) {
	case 0:
		return strconv.Itoa(n) + "." + strings.Repeat("0", 1+s.IntN(3))
	case 1:
		return strconv.Itoa(n*1000) + "e-3"
	case 2:
		return strconv.Itoa(n) + "E+00"
	}
	return strconv.Itoa(n)
}

// anything makes a value to be spelt.
func anything(r *rand.Rand, depth int) any {
	texts := []string{"a", "Zoë", "quote \"\\", "家", "🙂", "x=1&y=<2>"}
	switch kind := r.IntN(7); {
	case kind == 0 && depth < 4:
		list := make([]any, 1+r.IntN(3))
		for i := range list {
			list[i] = anything(r, depth+1)
		}
		return list
	case kind == 1 && depth < 4:
		object := map[string]any{}
		for range 1 + r.IntN(4) {
			object[texts[r.IntN(len(texts))]] = anything(r, depth+1)
		}
		return object
	case kind < 4:
		return texts[r.IntN(len(texts))]
	case kind == 4:
		return r.IntN(2) == 0
	}
	return r.IntN(20_000) - 10_000
}

// TestAllSpellingsOfAnEventAreOneEvent, and two events that differ are two.
func TestAllSpellingsOfAnEventAreOneEvent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := spelling{r}
	seen := map[[32]byte]string{}
	for range 500 {
		custom := map[string]any{"a": anything(r, 0), "b": anything(r, 0), "value": r.IntN(1000), "currency": "USD"}
		event := func() string {
			return `{"event_name":"Lead",` + `"event_id":` + s.text("one") + `,"custom_data":` + s.object(custom) + `}`
		}
		first := event()
		fingerprint := fingerprintOf(t, first, decodeNow)
		for range 5 {
			other := event()
			require.Equal(t, fingerprint, fingerprintOf(t, other, decodeNow), "%s\n%s", first, other)
		}
		plain, err := json.Marshal(custom) // one form that the test trusts: sorted keys, plain numbers
		require.NoError(t, err)
		if before, ok := seen[fingerprint]; ok {
			require.Equal(t, before, string(plain))
		}
		seen[fingerprint] = string(plain)
	}
}

func TestWhatIsSentMeansWhatWasGiven(t *testing.T) {
	for _, body := range []string{
		sourceSample,
		`{"event_name":"Lead","event_id":"1","event_time":"2026-11-24T09:00:00.123Z","action_source":"app","user_data":{"phone":"\u002b49"},"custom_data":{"b":1.50,"a":"\ud83d"}}`,
		`{"event_name":"Lead","event_id":"1","event_time_unix":1795510800,"custom_data":{"value":1e1,"currency":"XXX","\ud83d":[{"\ud83d":null}]},"source_url":" https://x.example/?a=b "}`,
	} {
		deliveries, _, problems := decode(body)
		require.Empty(t, problems, body)
		require.Equal(t, deliveries[0].Fingerprint, fingerprintOf(t, string(deliveries[0].Payload), decodeNow), body)
	}
}
