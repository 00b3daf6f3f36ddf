package field

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAFieldThatDoesNotExistIsNamedWithTheOneThatWasMeant(t *testing.T) {
	for typed, want := range map[string]string{
		"user_data.mail":         "there is no field user_data.mail. Did you mean user_data.email?",
		"user_data.Email":        "there is no field user_data.Email. Did you mean user_data.email?",
		"user_data.emial":        "there is no field user_data.emial. Did you mean user_data.email?",
		"userdata.email":         "there is no field userdata.email. Did you mean user_data.email?",
		"email":                  "there is no field email. Did you mean user_data.email?",
		"firstname":              "there is no field firstname. Did you mean user_data.first_name?",
		"user_data.firstName":    "there is no field user_data.firstName. Did you mean user_data.first_name?",
		"user_data.surname":      "there is no field user_data.surname. Did you mean user_data.last_name?",
		"user_data.tel":          "there is no field user_data.tel. Did you mean user_data.phone?",
		"Event_Name":             "there is no field Event_Name. Did you mean event_name?",
		"eventname":              "there is no field eventname. Did you mean event_name?",
		"utm_source":             "there is no field utm_source. Did you mean custom_data.utm_source?",
		"gclid":                  "there is no field gclid. Did you mean custom_data.gclid?",
		"value":                  "there is no field value. Did you mean custom_data.value?",
		"source_url.utm_source":  "there is no field source_url.utm_source. A parameter of the page's address is source_url.query.utm_source",
		"source_url.query":       "there is no field source_url.query. A parameter of the page's address is source_url.query.utm_source",
		"source_url.query.":      "there is no field source_url.query.. A parameter of the page's address is source_url.query.utm_source",
		"custom_data.":           "there is no field custom_data.. Fields begin with event_, user_data., custom_data. or source_url",
		"event.user_data":        "there is no field event.user_data. Fields begin with event_, user_data., custom_data. or source_url",
		"company":                "there is no field company. Fields begin with event_, user_data., custom_data. or source_url",
		"":                       "the name of a field is missing, such as user_data.email",
		strings.Repeat("x", 70):  "there is no field " + strings.Repeat("x", 60) + "…. Fields begin with event_, user_data., custom_data. or source_url",
		strings.Repeat("é", 301): "a field's name has at most 300 characters",
	} {
		_, problem := Parse(typed)
		require.Equal(t, want, problem, typed)
	}
	for _, typed := range append(Known(), "event", "user_data", "custom_data", "custom_data.Your question?", "custom_data.a.b", "source_url.query.utm_source", "source_url.query.a.b") {
		p, problem := Parse(typed)
		require.Empty(t, problem)
		require.Equal(t, typed, p.String())
	}
}

const sample = `{"event_name":"Lead","event_id":"e1","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen","action_source":"website",` +
	`"user_data":{"email":"Jane@Example.com","first_name":"J\u00fcrgen \"J\""},` +
	`"custom_data":{"value":10.00,"currency":"EUR","big":12345678901234567890,"a.b":"dotted","a":{"b":"nested","c":[{"sku":"x1"},2]},"none":null,"blank":"","list":[],"obj":{},"no":false},` +
	`"source_url":"https://example.com/p?utm_source=goo%67le+ads&utm_source=2&bad=%zz&=x&empty=#frag?utm_source=3"}`

func read(t testing.TB, payload string) Event {
	e, err := Read([]byte(payload))
	require.NoError(t, err)
	return e
}

func parse(t testing.TB, text string) Path {
	p, problem := Parse(text)
	require.Empty(t, problem)
	return p
}

func TestAValueIsFoundAsItIsWritten(t *testing.T) {
	e := read(t, sample)
	for path, want := range map[string]string{
		"event_name":                  `"Lead"`,
		"event_time_unix":             `1772712000`,
		"user_data":                   `{"email":"Jane@Example.com","first_name":"J\u00fcrgen \"J\""}`,
		"user_data.first_name":        `"J\u00fcrgen \"J\""`,
		"custom_data.value":           `10.00`,
		"custom_data.big":             `12345678901234567890`,
		"custom_data.a.b":             `"dotted"`,
		"custom_data.a.c":             `[{"sku":"x1"},2]`,
		"custom_data.a.c.0.sku":       `"x1"`,
		"custom_data.a.c.1":           `2`,
		"custom_data.no":              `false`,
		"source_url.query.utm_source": `"google ads"`,
		"source_url.query.bad":        `"%zz"`,
		"event":                       sample,
	} {
		value, ok := e.Value(parse(t, path))
		require.True(t, ok, path)
		require.Equal(t, want, string(value), path)
	}
	for _, path := range []string{
		"user_data.phone", "custom_data.none", "custom_data.blank", "custom_data.list", "custom_data.obj", "custom_data.a.c.2", "custom_data.a.c.-1",
		"custom_data.a.c.x", "custom_data.value.x", "custom_data.a.c.1.x", "custom_data.missing.b", "source_url.query.empty", "source_url.query.gclid",
	} {
		_, ok := e.Value(parse(t, path))
		require.False(t, ok, path)
	}
	text, ok := e.Text(parse(t, "user_data.first_name"))
	require.True(t, ok)
	require.Equal(t, `Jürgen "J"`, text)
}

func TestManyKeysAreFoundLikeFew(t *testing.T) {
	custom := map[string]any{"deep": map[string]any{"x": "y"}}
	for _, letter := range strings.Split("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP", "") {
		custom[letter] = letter
	}
	payload, err := json.Marshal(map[string]any{"custom_data": custom})
	require.NoError(t, err)
	e := read(t, string(payload))
	for path, want := range map[string]string{"custom_data.P": "P", "custom_data.deep.x": "y"} {
		text, ok := e.Text(parse(t, path))
		require.True(t, ok)
		require.Equal(t, want, text)
	}
	_, ok := e.Value(parse(t, "custom_data.Q"))
	require.False(t, ok)
}

func TestWhatIsNotAnEventIsRefused(t *testing.T) {
	for _, payload := range []string{"", "x", "[]", `"a"`, `{"a":}`, "null", "\xff"} {
		_, err := Read([]byte(payload))
		require.ErrorIs(t, err, ErrNotEvent, payload)
	}
	for _, payload := range []string{"{}", `{"user_data":"•••","custom_data":[],"source_url":3}`} {
		e := read(t, payload)
		for _, known := range append(Known(), "source_url.query.x") {
			e.Value(parse(t, known)) // whatever it finds, it does not fail
		}
	}
}

func TestFieldsAreTakenOutAndTheRestKeepsItsBytes(t *testing.T) {
	const before = `{"event_name":"Lead","user_data":{"email":"a@b.c","phone":"1"},"custom_data":{"value":10.00,"a":{"b":1,"c":2},"l":[{"k":1},{"k":2}]},"source_url":"https://e.com/?a=1&b=2#f"}`
	for paths, want := range map[string]string{
		"":                before,
		"user_data.phone": `{"event_name":"Lead","user_data":{"email":"a@b.c"},"custom_data":{"value":10.00,"a":{"b":1,"c":2},"l":[{"k":1},{"k":2}]},"source_url":"https://e.com/?a=1&b=2#f"}`,
		"user_data.phone user_data.email user_data.last_name":         `{"event_name":"Lead","custom_data":{"value":10.00,"a":{"b":1,"c":2},"l":[{"k":1},{"k":2}]},"source_url":"https://e.com/?a=1&b=2#f"}`,
		"user_data custom_data":                                       `{"event_name":"Lead","source_url":"https://e.com/?a=1&b=2#f"}`,
		"source_url custom_data.a custom_data.l user_data":            `{"event_name":"Lead","custom_data":{"value":10.00}}`,
		"custom_data.a.b custom_data.l.0.k user_data":                 `{"event_name":"Lead","custom_data":{"value":10.00,"a":{"c":2},"l":[{},{"k":2}]},"source_url":"https://e.com/?a=1&b=2#f"}`,
		"custom_data.l.1 user_data custom_data.a":                     `{"event_name":"Lead","custom_data":{"value":10.00,"l":[{"k":1}]},"source_url":"https://e.com/?a=1&b=2#f"}`,
		"source_url.query.a user_data custom_data":                    `{"event_name":"Lead","source_url":"https://e.com/?b=2#f"}`,
		"source_url.query.a source_url.query.b user_data custom_data": `{"event_name":"Lead","source_url":"https://e.com/#f"}`,
		"custom_data.zzz source_url.query.zzz":                        before,
	} {
		var out []Path
		for _, path := range strings.Fields(paths) {
			out = append(out, parse(t, path))
		}
		require.Equal(t, want, string(Without(read(t, before), out)), paths)
	}
	e := read(t, before)
	same := Without(e, []Path{parse(t, "user_data.last_name")})
	require.Same(t, &e.Payload()[0], &same[0], "nothing taken out, nothing copied")
}

func TestWhatIsLeftOutIsNotFoundAnyMore(t *testing.T) {
	paths := append(Known(), "user_data", "custom_data", "custom_data.a", "custom_data.a.b", "custom_data.a.c", "custom_data.a.c.0.sku", "custom_data.obj", "source_url.query.utm_source", "source_url.query.empty", "source_url.query.")
	rapid.Check(t, func(t *rapid.T) {
		var out []Path
		for range rapid.IntRange(1, 6).Draw(t, "count") {
			if p, problem := Parse(rapid.SampledFrom(paths).Draw(t, "path")); problem == "" && CanLeaveOut(p) == "" {
				out = append(out, p)
			}
		}
		e, err := Read([]byte(sample))
		require.NoError(t, err)
		rest := Without(e, out)
		require.True(t, json.Valid(rest), "%s", rest)
		after, err := Read(rest)
		require.NoError(t, err)
		for _, p := range out {
			value, found := after.Value(p)
			require.False(t, found, "%s: %s", p, value)
		}
		require.Equal(t, string(rest), string(Without(after, nil)))
	})
}

func TestNameIDAndTimeStay(t *testing.T) {
	for _, path := range []string{"event_name", "event_id", "event_time", "event_time_unix", "source", "action_source", "event"} {
		require.Contains(t, CanLeaveOut(parse(t, path)), path+" cannot be left out")
	}
	for _, path := range []string{"user_data", "user_data.email", "custom_data", "custom_data.x", "source_url", "source_url.query.x"} {
		require.Empty(t, CanLeaveOut(parse(t, path)))
	}
}

func TestAFieldHasALabel(t *testing.T) {
	for path, want := range map[string]string{
		"event_name": "event name", "user_data.first_name": "first name", "custom_data.value": "value", "custom_data.ad_user_data": "ad_user_data",
		"source_url": "the page's address", "source_url.query.utm_source": "utm_source in the page's address", "custom_data.roof.size": "roof.size",
	} {
		require.Equal(t, want, parse(t, path).Label())
	}
}
