package format

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"iozen/store/event"
	"iozen/store/event/field"
	"iozen/store/event/template"
	"iozen/store/option"
	"iozen/store/strictjson"
)

const lead = `{"event_name":"Lead","event_id":"e1","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen","action_source":"website",` +
	`"user_data":{"email":"jane@example.com","phone":"+491712345678","first_name":"Jane"},"custom_data":{"value":14.99,"currency":"EUR"},"source_url":"https://example.com/"}`

func ready(t testing.TB, settings option.Format, leaveOut ...string) *Format {
	f, err := New(settings, leaveOut)
	require.NoError(t, err)
	return f
}

func TestTheDocumentedPayloadIsSentAsItIs(t *testing.T) {
	for _, payload := range []string{lead, "not even JSON"} {
		given := []byte(payload)
		body, contentType, err := ready(t, option.Format{}).Render(given)
		require.NoError(t, err)
		require.Same(t, &given[0], &body[0], "no copy")
		require.Equal(t, ContentJSON, contentType)
	}
	f := ready(t, option.Format{})
	given := []byte(lead)
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _, _ = f.Render(given) }))
}

func TestLeftOutFieldsGoWhateverTheFormat(t *testing.T) {
	for want, settings := range map[string]option.Format{
		`{"event_name":"Lead","event_id":"e1","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen","action_source":"website","user_data":{"first_name":"Jane"},"custom_data":{"value":14.99,"currency":"EUR"},"source_url":"https://example.com/"}`:     {},
		`{"event_name":"Lead","event_id":"e1","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen","action_source":"website","user_data_first_name":"Jane","custom_data_value":14.99,"custom_data_currency":"EUR","source_url":"https://example.com/"}`: {Type: option.FormatFlat},
		`{"text":"Jane  "}`:           {Type: option.FormatMessage, Service: option.Slack, Text: "{{user_data.first_name}} {{user_data.email}} {{user_data.phone}}"},
		`{"a":{"n":"Jane"}}`:          {Type: option.FormatJSON, Template: `{"a":{"e":"{{user_data.email}}","n":"{{user_data.first_name}}"}}`},
		`{"u":{"first_name":"Jane"}}`: {Type: option.FormatJSON, Template: `{"u":"{{user_data}}"}`},
		`{"data":[{"event_name":"Lead","event_time":1772712000,"event_id":"e1","event_source_url":"https://example.com/","action_source":"website","user_data":{"fn":["81f8f6dde88365f3928796ec7aa53f72820b06db8664f5fe76a7eb13e24546a2"]},"custom_data":{"value":14.99,"currency":"EUR"}}]}`: {Type: option.FormatMetaCAPI},
	} {
		body, _, err := ready(t, settings, "user_data.email", "user_data.phone").Render([]byte(lead))
		require.NoError(t, err)
		require.Equal(t, want, string(body))
	}
	everything := ready(t, option.Format{}, "user_data", "custom_data", "source_url")
	body, _, err := everything.Render([]byte(`{"event_name":"Lead","user_data":{"email":"x"}}`))
	require.NoError(t, err)
	require.Equal(t, `{"event_name":"Lead"}`, string(body))
}

func TestAMaskedEventIsRenderedByTheSameRules(t *testing.T) {
	masked := event.MaskPayload([]byte(lead))
	for _, settings := range []option.Format{
		{},
		{Type: option.FormatFlat},
		{Type: option.FormatFlat, Encoding: option.EncodingForm},
		{Type: option.FormatMetaCAPI},
		{Type: option.FormatMessage, Service: option.Discord, Text: "{{user_data.email}} {{user_data.phone}}"},
		{Type: option.FormatJSON, Template: `{"e":"{{user_data.email | sha256}}","p":"{{user_data.phone | e164}}","all":"{{event}}"}`},
	} {
		body, _, err := ready(t, settings).Render(masked)
		require.NoError(t, err)
		for _, personal := range []string{"jane@", "1712345678", "Jane", template.Filters()[0].Name + "x", "8c87b489ce35cf2e2f39f80e282cb2e804932a56a213983eeeb428407d43b52d"} {
			require.NotContains(t, string(body), personal)
		}
	}
}

func TestAFormNeedsNothingToBeSent(t *testing.T) {
	for text, want := range map[string]string{`"{{user_data}}"`: "", `{}`: "", `{"a":"{{user_data.email}}"}`: "", `{"a":"","b":[],"c":{},"d":[""],"e":false}`: "a=&e=false"} {
		body, contentType, err := ready(t, option.Format{Type: option.FormatJSON, Encoding: option.EncodingForm, Template: text}).Render([]byte(`{"event_name":"Lead"}`))
		if text == `"{{user_data}}"` {
			require.Len(t, Check(option.Format{Type: option.FormatJSON, Encoding: option.EncodingForm, Template: text}), 1)
		}
		require.NoError(t, err)
		require.Equal(t, ContentForm, contentType)
		require.Equal(t, want, string(body), text)
	}
}

func TestAMessageFitsItsService(t *testing.T) {
	for service, most := range map[option.Service]int{option.Slack: 40000, option.Teams: 7000, option.Discord: 2000} {
		for _, r := range []string{"x", "é", "😀"} {
			payload := `{"event_name":"Lead","custom_data":{"note":"` + strings.Repeat(r, 9000) + `"}}`
			f := ready(t, option.Format{Type: option.FormatMessage, Service: service, Text: strings.Repeat("{{custom_data.note}}", 6)})
			body, _, err := f.Render([]byte(payload))
			require.NoError(t, err)
			text := longestText(t, body)
			require.LessOrEqual(t, len(utf16.Encode([]rune(text))), most)
			require.Greater(t, len(utf16.Encode([]rune(text))), most-3)
			require.True(t, strings.HasSuffix(text, r+"…"), "cut between characters")
			if service == option.Teams {
				require.Less(t, len(body), 28<<10)
			}
		}
	}
	for text, want := range map[string]string{"{{user_data.email}}": "Lead", " \n": "Lead", "{{user_data.email}}!": "!"} {
		body, _, err := ready(t, option.Format{Type: option.FormatMessage, Service: option.Slack, Text: text}).Render([]byte(`{"event_name":"Lead"}`))
		require.NoError(t, err)
		require.Equal(t, `{"text":"`+want+`"}`, string(body), "no service takes an empty message")
	}
	exact := strings.Repeat("x", 2000)
	body, _, err := ready(t, option.Format{Type: option.FormatMessage, Service: option.Discord, Text: exact}).Render([]byte(lead))
	require.NoError(t, err)
	require.Equal(t, exact, longestText(t, body))
}

// longestText is the longest string in a JSON document.
func longestText(t *testing.T, body []byte) (longest string) {
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case string:
			if len(v) > len(longest) {
				longest = v
			}
		case []any:
			for _, e := range v {
				look(e)
			}
		case map[string]any:
			for _, e := range v {
				look(e)
			}
		}
	}
	var document any
	require.NoError(t, json.Unmarshal(body, &document))
	look(document)
	return longest
}

func TestMetaIsSentNothingItRefuses(t *testing.T) {
	for payload, want := range map[string]string{
		// What normalizes to nothing is left out, and what is hashed already stays.
		`{"user_data":{"email":"62A14E44F765419D10FEA99367361A727C12365E2520F32218D505ED9AA0F62F","first_name":"!!","phone":"none"}}`: `"user_data":{"em":["62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"]}`,
		`{"user_data":{"phone":"0049 (0)30 5550123"}}`:           `"ph":["` + sum("49305550123") + `"]`,
		`{"user_data":{"phone":"00 123"}}`:                       `"ph":["` + sum("123") + `"]`,
		`{"user_data":{"phone":"030 5550123"}}`:                  `"ph":["` + sum("305550123") + `"]`,
		`{"user_data":{"first_name":"  Mary-Ann  O'Neil Jr. "}}`: `"fn":["` + sum("maryannoneiljr") + `"]`,
		`{"user_data":{"external_id":" A bC "}}`:                 `"external_id":["` + sum("abc") + `"]`,
		`{"user_data":{"email":"\u200bJane@Example.com\u00a0"}}`: `"em":["` + sum("jane@example.com") + `"]`,
		// The click id.
		`{"event_time":"2026-03-05T12:00:00.500Z","custom_data":{"fbclid":"A-b_1"}}`:                                 `"fbc":"fb.1.1772712000500.A-b_1"`,
		`{"event_time":"2026-03-05T12:00:00.000Z","custom_data":{"landing_url":"https://example.com/?fbclid=L1#x"}}`: `"fbc":"fb.1.1772712000000.L1"`,
		`{"event_time":"2026-03-05T12:00:00.000Z","custom_data":{"fbc":"fb.1.1.x","fbclid":"other"}}`:                `"fbc":"fb.1.1.x"`,
		`{"custom_data":{"fbclid":"A"}}`: `"user_data":{}`,
		`{"event_time":"2026-03-05T12:00:00.000Z","custom_data":{"landing_url":"https://example.com/?fbclid="}}`: `"user_data":{}`,
		// The caller's own keys, and those that hold nothing, stay here.
		`{"custom_data":{"value":1.50,"note":"0171","content_ids":["a"],"status":"","order_id":null,"gclid":"x"}}`: `"custom_data":{"value":1.50,"content_ids":["a"]}`,
		`{"custom_data":{"referrer_url":"https://www.google.com/"}}`:                                               `"referrer_url":"https://www.google.com/"`,
	} {
		body, _, err := ready(t, option.Format{Type: option.FormatMetaCAPI}).Render([]byte(payload))
		require.NoError(t, err)
		require.True(t, json.Valid(body))
		require.Contains(t, string(body), want, payload)
	}
}

func sum(text string) string { return metaHash(text, func(s string) string { return s }) }

func TestABodyThatIsTooLargeNamesTheField(t *testing.T) {
	deep := `{"event_name":"Lead","custom_data":{"` + strings.Repeat("k", 3000) + `":{`
	for i := range 400 {
		deep += fmt.Sprintf(`"f%d":1,`, i)
	}
	deep += `"z":2}}}`
	for _, settings := range []option.Format{{Type: option.FormatFlat}, {Type: option.FormatFlat, Encoding: option.EncodingForm}, {Type: option.FormatJSON, Encoding: option.EncodingForm, Template: `{"all":"{{event}}"}`}} {
		body, _, err := ready(t, settings).Render([]byte(deep))
		require.Nil(t, body)
		large := (*template.TooLargeError)(nil)
		require.ErrorAs(t, err, &large)
		require.Contains(t, large.Placeholder, "custom_data_kkk")
		require.Less(t, len(err.Error()), 300)
	}
}

func TestSettingsThatCouldNotBeSavedAreRefused(t *testing.T) {
	for want, settings := range map[string]option.Format{
		`unknown format "xml"`: {Type: "xml"},
		"parse template: Line 1, column 1: the template is empty; begin with {":                  {Type: option.FormatJSON},
		"parse message: Line 1, column 3: there is no field mail. Did you mean user_data.email?": {Type: option.FormatMessage, Text: "{{mail}}"},
	} {
		_, err := New(settings, nil)
		require.EqualError(t, err, want)
	}
	_, err := New(option.Format{}, []string{"mail"})
	require.EqualError(t, err, "leave out: there is no field mail. Did you mean user_data.email?")
	_, _, err = Render([]byte("broken"), option.Format{Type: option.FormatFlat}, nil)
	require.ErrorIs(t, err, field.ErrNotEvent)
}

func TestAFormatIsUsedBySeveralAtOnce(t *testing.T) {
	for _, settings := range []option.Format{
		{Type: option.FormatMetaCAPI},
		{Type: option.FormatMessage, Service: option.Slack, Text: newLead},
		{Type: option.FormatFlat, Encoding: option.EncodingForm},
		{Type: option.FormatJSON, Template: `{"p":"{{user_data.phone | e164:'DE'}}","q":"{{source_url.query.a}} {{event | json | sha256}}"}`},
	} {
		f := ready(t, settings, "user_data.first_name")
		want, _, err := f.Render([]byte(lead))
		require.NoError(t, err)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 20 {
					body, _, err := f.Render([]byte(lead))
					assert.NoError(t, err)
					assert.Equal(t, string(want), string(body))
				}
			})
		}
		group.Wait()
	}
}

// Whatever can be saved can be rendered of whatever is accepted; else the one error names what made it too large.
func TestAnySavedFormatRendersAnyAcceptedEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := canonical(t, anyEvent(t))
		settings, leaveOut := anySettings(t)
		f, err := New(settings, leaveOut)
		require.NoError(t, err)
		body, contentType, err := f.Render(payload)
		if err != nil {
			large := (*template.TooLargeError)(nil)
			require.ErrorAs(t, err, &large)
			require.NotEmpty(t, large.Placeholder)
			return
		}
		require.Equal(t, f.ContentType(), contentType)
		require.LessOrEqual(t, len(body), template.MaxResult)
		if contentType == ContentForm {
			_, err := url.ParseQuery(string(body))
			require.NoError(t, err)
		} else {
			require.True(t, json.Valid(body), "%s", body)
			var d strictjson.Document
			requireNoRepeatedKey(t, &d, body)
		}
		again, _, err := ready2(t, settings, leaveOut).Render(append([]byte(nil), payload...))
		require.NoError(t, err)
		require.Equal(t, string(body), string(again), "the same each time")
		_, _, err = f.Render(event.MaskPayload(payload))
		require.NoError(t, err)
		f.PlaceOf(body)
	})
}

func ready2(t require.TestingT, settings option.Format, leaveOut []string) *Format {
	f, err := New(settings, leaveOut)
	require.NoError(t, err)
	return f
}

func requireNoRepeatedKey(t require.TestingT, d *strictjson.Document, raw json.RawMessage) {
	if raw[0] == '{' {
		d.Object("", raw, func(string, json.RawMessage) {})
	}
	require.Empty(t, d.Problems, "%s", raw)
}

// anyEvent is an event as programs and visitors make them.
func anyEvent(t *rapid.T) json.RawMessage {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Jane", "a@b.c", "+49 171 2345678", "0171", "  ", "<b>&\"\\", "\u2028\u200b😀", "2026-01-02", "{{event}}", strings.Repeat("x", 256)}))
	custom := map[string]any{}
	var value func(depth int) any
	value = func(depth int) any {
		switch rapid.IntRange(0, 6+depth).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,4})?`).Draw(t, "number"))
		case 3:
			list := []any{}
			for range rapid.IntRange(0, 3).Draw(t, "elements") {
				list = append(list, value(depth+2))
			}
			return list
		case 4:
			object := map[string]any{}
			for range rapid.IntRange(0, 3).Draw(t, "members") {
				object[rapid.SampledFrom([]string{"a", "b", "a_b", "a.b", "é", "0"}).Draw(t, "name")] = value(depth + 2)
			}
			return object
		}
		return short(text.Draw(t, "text"))
	}
	for range rapid.IntRange(0, 5).Draw(t, "custom") {
		custom[rapid.SampledFrom([]string{"a", "b", "a_b", "note", "fbclid", "gclid", "landing_url", "client_ip_address", "date", "utm_source", "ad_user_data", "a.b"}).Draw(t, "name")] = value(0)
	}
	posted, err := json.Marshal(map[string]any{
		"event_name": "Lead", "event_id": "e1", "event_time": "2026-03-05T11:00:00Z",
		"user_data": map[string]any{
			"email": short(text.Draw(t, "email")), "phone": short(text.Draw(t, "phone")), "first_name": short(text.Draw(t, "first")), "external_id": short(text.Draw(t, "id")),
		},
		"custom_data": custom,
		"source_url":  rapid.SampledFrom([]string{"", "https://example.com/?a=1&fbclid=x&b=%zz#f", "https://example.com/" + strings.Repeat("ü", 300)}).Draw(t, "url"),
	})
	require.NoError(t, err)
	if _, _, problems := event.DecodeEvents(posted, time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC), uuid.New); len(problems) > 0 {
		return json.RawMessage(`{"event_name":"Lead","event_id":"e1"}`)
	}
	return posted
}

func short(text string) string {
	if runes := []rune(text); len(runes) > 256 {
		return string(runes[:256])
	}
	return text
}

// anySettings are settings that can be saved: what Decode refuses is drawn again as the documented payload.
func anySettings(t *rapid.T) (option.Format, []string) {
	fields := rapid.SampledFrom(append(field.Known(), "event", "user_data", "custom_data", "custom_data.a", "custom_data.a.b", "custom_data.a.0", "custom_data.note", "source_url.query.a", "source_url.query.fbclid"))
	filters := rapid.SampledFrom([]string{"", "", "|lower", "|upper", "|trim", "|digits", "|e164:'DE'", "|e164", "|sha256", "|default:'x'", "|default:''", "|default:0", "|date:'2006-01-02'", "|unix", "|number", "|json", "|json|sha256|upper", "|trim|default:'é\u2028'"})
	placeholder := rapid.Custom(func(t *rapid.T) string { return "{{" + fields.Draw(t, "field") + filters.Draw(t, "filter") + "}}" })
	leaf := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"", "", "x ", "\\n\\\"", "é"}).Draw(t, "before") + placeholder.Draw(t, "placeholder") + rapid.SampledFrom([]string{"", "", " y", placeholder.Draw(t, "second")}).Draw(t, "after")
	})
	var document func(depth int) string
	document = func(depth int) string {
		parts := []string{}
		switch kind := rapid.IntRange(0, 4+depth).Draw(t, "node"); kind {
		case 0, 1:
			for i := range rapid.IntRange(0, 4).Draw(t, "members") {
				parts = append(parts, fmt.Sprintf("%q: %s", string(rune('a'+i)), document(depth+1)))
			}
			return "{" + strings.Join(parts, ",\n") + "}"
		case 2:
			for range rapid.IntRange(0, 3).Draw(t, "elements") {
				parts = append(parts, document(depth+1))
			}
			return "[" + strings.Join(parts, " , ") + "]"
		case 3:
			return rapid.SampledFrom([]string{"1.50", "true", "null", `"é\u00e9"`, "-0"}).Draw(t, "constant")
		}
		return `"` + leaf.Draw(t, "leaf") + `"`
	}
	settings := rapid.SampledFrom([]option.Format{
		{},
		{Type: option.FormatFlat},
		{Type: option.FormatFlat, Encoding: option.EncodingForm},
		{Type: option.FormatMetaCAPI},
		{Type: option.FormatMetaCAPI, TestEventCode: "T\"1"},
		{Type: option.FormatMessage, Service: option.Slack},
		{Type: option.FormatMessage, Service: option.Teams},
		{Type: option.FormatMessage, Service: option.Discord},
		{Type: option.FormatJSON},
		{Type: option.FormatJSON},
		{Type: option.FormatJSON},
		{Type: option.FormatJSON, Encoding: option.EncodingForm},
	}).Draw(t, "format")
	switch settings.Type {
	case option.FormatMessage:
		settings.Text = "New: " + strings.ReplaceAll(leaf.Draw(t, "text"), "\\n", "\n")
	case option.FormatJSON:
		settings.Template = document(0)
	}
	leaveOut := []string{}
	for _, name := range []string{"user_data.email", "user_data", "custom_data.a", "custom_data.a.b", "source_url", "source_url.query.a"} {
		if rapid.IntRange(0, 5).Draw(t, "leave out") == 0 {
			leaveOut = append(leaveOut, name)
		}
	}
	written, err := json.Marshal(map[string]any{"format": settings, "leave_out": leaveOut})
	require.NoError(t, err)
	var given struct {
		Format   json.RawMessage `json:"format"`
		LeaveOut json.RawMessage `json:"leave_out"`
	}
	require.NoError(t, json.Unmarshal(written, &given))
	var d strictjson.Document
	saved, names := Decode(&d, "/format", given.Format), DecodeLeaveOut(&d, "/leave_out", given.LeaveOut)
	if len(d.Problems) > 0 {
		return option.Format{}, nil
	}
	require.Equal(t, settings, saved)
	return saved, names
}

func BenchmarkIoZen(b *testing.B) {
	f := ready(b, option.Format{})
	payload := []byte(lead)
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = f.Render(payload)
	}
}

func BenchmarkFormats(b *testing.B) {
	for name, settings := range map[string]option.Format{
		"flat": {Type: option.FormatFlat}, "form": {Type: option.FormatFlat, Encoding: option.EncodingForm}, "meta": {Type: option.FormatMetaCAPI},
		"slack": {Type: option.FormatMessage, Service: option.Slack, Text: newLead}, "hubspot": {Type: option.FormatJSON, Template: hubSpotForm},
	} {
		b.Run(name, func(b *testing.B) {
			f := ready(b, settings)
			payload := []byte(lead)
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = f.Render(payload)
			}
		})
	}
}
