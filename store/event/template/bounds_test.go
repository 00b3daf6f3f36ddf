package template

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":"{{user_data.email | lower | default:'x'}}","b":[1,"{{event}}",null],"c":"x {{custom_data.value}} y"}`, `"{{event}}"`, `{"a":"\u00e9{{mail}}"}`,
		`{{event}}`, `{"a": 'b'}`, `{"a":"{{event_time | date:'2006'}}"}`, `{"a":"{{user_data.phone|e164:'DE'}}{{"}`, `[{"n":"{{event_id|json|sha256}}"},{}]`, "{\n\"a\":}", `{“a”:1}`,
	} {
		f.Add(seed)
	}
	e := event(f, lead)
	f.Fuzz(func(t *testing.T, text string) {
		parsed, problems := Parse(text)
		require.Equal(t, parsed == nil, len(problems) > 0)
		for _, p := range problems {
			require.Positive(t, p.Line)
			require.Positive(t, p.Column)
			require.LessOrEqual(t, p.Line, 1+strings.Count(text, "\n"))
			require.NotEmpty(t, p.Message)
		}
		if parsed != nil {
			require.True(t, json.Valid([]byte(strings.TrimPrefix(text, "\ufeff"))), "only JSON is a template")
			body, err := parsed.Render(e)
			require.NoError(t, err)
			require.True(t, json.Valid(body), "%s", body)
			again, err := parsed.Render(e)
			require.NoError(t, err)
			require.Equal(t, body, again)
		}
		if plain, problems := ParseText(text); len(problems) == 0 {
			_, err := plain.RenderText(e, nil)
			require.NoError(t, err)
		}
	})
}

func BenchmarkTypical(b *testing.B) {
	benchmark(b, `{"properties":{"email":"{{user_data.email | trim | lower}}","phone":"{{user_data.phone | digits}}","firstname":"{{user_data.first_name}}","lastname":"{{user_data.last_name}}",`+
		`"amount":"{{custom_data.value}}","currency":"{{custom_data.currency | default:'EUR'}}","source":"ioZen","hs_source":"{{source_url.query.utm_source}}","note":"New {{event_name}} from {{user_data.first_name}}"}}`, lead)
}

func BenchmarkPhone(b *testing.B) {
	benchmark(b, `{"phone":"{{user_data.phone | e164:'DE'}}"}`, lead)
}

// largest is an event as large as any that is accepted.
var largest = func() string {
	var custom []string
	for i := range 400 {
		custom = append(custom, fmt.Sprintf(`"k%d":"0171 %07d"`, i, i))
	}
	return `{"event_name":"Lead","user_data":{"phone":"0171 2345678","last_name":"` + strings.Repeat("Ü", 256) + `"},"custom_data":{` + strings.Join(custom, ",") + `},"source_url":"https://example.com/?` +
		strings.Repeat("a=ü&", 2000) + `z=1"}`
}()

// worst are templates that cost as much as any that can be saved, each in its own way.
func worst() map[string]string {
	all := map[string]string{}
	for name, one := range map[string]string{
		"reading":    "x",
		"phones":     "{{custom_data.k%d | e164:'DE'}}",
		"filters":    "{{user_data.last_name | lower | upper | lower | upper | trim | json | sha256 | upper}}",
		"whole":      "{{event}}",
		"as text":    "{{event | json}}",
		"hashes":     "{{source_url | sha256}}",
		"queries":    "{{source_url.query.z%d}}",
		"deep names": "{{custom_data.a.b.c.d.e.f.g.h.k%d}}",
		"lower":      "{{source_url | lower}}",
	} {
		n := MaxPlaceholders
		if name == "phones" {
			n = MaxPhones
		}
		var elements []string
		for i := range n {
			if strings.Contains(one, "%d") {
				elements = append(elements, fmt.Sprintf(`"`+one+`"`, i))
			} else {
				elements = append(elements, `"`+one+`"`)
			}
		}
		all[name] = "[" + strings.Join(elements, ",") + "]"
	}
	return all
}

func BenchmarkWorst(b *testing.B) {
	for name, text := range worst() {
		b.Run(name, func(b *testing.B) { benchmark(b, text, largest) })
	}
}

// Rendering within the bounds takes less than 2 ms, measured by BenchmarkWorst (docs/performance.md). What a test may say on any
// machine is how that compares with other work: reading JSON as long as the longest body. Both are done in turns, and of each
// the fastest counts, so that what else the machine does disturbs neither.
func TestTheWorstThatCanBeSavedTakesAsLongAsReadingAFewBodies(t *testing.T) {
	const turns, bodies = 10, 4
	body := []byte(`["` + strings.Repeat(`abcdefg", "`, MaxResult/11) + `"]`)
	for name, text := range worst() {
		parsed := parse(t, text)
		rendering, reading := time.Hour, time.Hour
		for range turns {
			e := event(t, largest)
			began := time.Now()
			_, err := parsed.Render(e)
			rendering = min(rendering, time.Since(began))
			if err != nil {
				require.ErrorAs(t, err, new(*TooLargeError), name)
			}
			began = time.Now()
			require.True(t, json.Valid(body))
			reading = min(reading, time.Since(began))
		}
		require.Less(t, rendering, bodies*reading, name)
		t.Logf("%s: %s, and %s for reading a body", name, rendering, reading)
	}
}

func benchmark(b *testing.B, text, payload string) {
	parsed := parse(b, text)
	b.ReportAllocs()
	for b.Loop() {
		e := event(b, payload)
		_, _ = parsed.Render(e) // an error is as good an end as any
	}
}

func BenchmarkParse(b *testing.B) {
	text := `{"a":[` + strings.Repeat(`"{{user_data.email | trim | lower | sha256}}",`, MaxPlaceholders-1) + `1]}`
	for b.Loop() {
		parse(b, text)
	}
}
