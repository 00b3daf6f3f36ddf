package filter

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"iozen/store/event/field"
	"iozen/store/option"
	"iozen/store/strictjson"
)

const lead = `{"event_name":"Lead","action_source":"website","user_data":{"email":"Jane@Example.com","phone":"+491712345678"},` +
	`"custom_data":{"value":100.00,"currency":"EUR","big":12345678901234567891,"size":"150","zip":"01234","agreed":true,"refused":false,"city":"K\u00d6LN","tags":["Roof","Solar",3],"blank":"","roof":{"size":80}},` +
	`"source_url":"https://example.com/p?utm_source=Google"}`

func event(t testing.TB, payload string) field.Event {
	e, err := field.Read([]byte(payload))
	require.NoError(t, err)
	return e
}

func TestAConditionComparesNumbersAsDecimalsAndTextsWithoutCase(t *testing.T) {
	e := event(t, lead)
	for _, c := range []struct {
		field string
		op    option.Op
		value option.Literal
		want  bool
	}{
		{"event_name", "is", `"lead"`, true},
		{"event_name", "is", `"Purchase"`, false},
		{"event_name", "is_not", `"Purchase"`, true},
		{"event_name", "is_not", `"LEAD"`, false},
		{"custom_data.value", "is", `100`, true},
		{"custom_data.value", "is", `"100"`, true},
		{"custom_data.value", "is", `1e2`, true},
		{"custom_data.value", "is", `100.001`, false},
		{"custom_data.value", "is_not", `100`, false},
		{"custom_data.value", "gt", `99.99`, true},
		{"custom_data.value", "gt", `100`, false},
		{"custom_data.value", "gt", `"99"`, true},
		{"custom_data.value", "lt", `100.01`, true},
		{"custom_data.value", "lt", `100.0`, false},
		{"custom_data.value", "contains", `"00."`, true},
		{"custom_data.value", "starts_with", `10`, true},
		{"custom_data.big", "gt", `12345678901234567890`, true},
		{"custom_data.big", "is", `12345678901234567890`, false},
		{"custom_data.big", "lt", `12345678901234567892`, true},
		{"custom_data.size", "gt", `100`, true},
		{"custom_data.size", "is", `150.0`, true},
		{"custom_data.size", "is", `"150.0"`, false},
		{"custom_data.zip", "is", `1234`, false},
		{"custom_data.zip", "is", `"01234"`, true},
		{"custom_data.zip", "gt", `5`, false},
		{"custom_data.currency", "gt", `5`, false},
		{"custom_data.currency", "lt", `5`, false},
		{"custom_data.agreed", "is", `true`, true},
		{"custom_data.agreed", "is", `"TRUE"`, true},
		{"custom_data.refused", "is", `false`, true},
		{"custom_data.refused", "exists", ``, true},
		{"custom_data.city", "is", `"köln"`, true},
		{"custom_data.city", "is", `"ko\u0308ln"`, true},
		{"custom_data.city", "starts_with", `"kö"`, true},
		{"custom_data.tags", "is", `"roof"`, true},
		{"custom_data.tags", "is", `3.0`, true},
		{"custom_data.tags", "is", `"heating"`, false},
		{"custom_data.tags", "is_not", `"heating"`, true},
		{"custom_data.tags", "is_not", `"solar"`, false},
		{"custom_data.tags", "contains", `"sol"`, true},
		{"custom_data.roof.size", "lt", `100`, true},
		{"user_data.email", "contains", `"@example."`, true},
		{"user_data.email", "starts_with", `"jane"`, true},
		{"user_data.phone", "exists", ``, true},
		{"user_data.phone", "missing", ``, false},
		{"source_url.query.utm_source", "is", `"google"`, true},
		{"source_url", "contains", `"/p?"`, true},
		{"action_source", "is", `"website"`, true},
		// A field that is missing, or holds nothing.
		{"custom_data.blank", "missing", ``, true},
		{"custom_data.blank", "exists", ``, false},
		{"custom_data.blank", "is", `"x"`, false},
		{"user_data.last_name", "missing", ``, true},
		{"user_data.last_name", "exists", ``, false},
		{"user_data.last_name", "is", `"x"`, false},
		{"user_data.last_name", "is_not", `"x"`, true},
		{"user_data.last_name", "contains", `"x"`, false},
		{"user_data.last_name", "starts_with", `"x"`, false},
		{"custom_data.absent", "gt", `0`, false},
		{"custom_data.absent", "lt", `0`, false},
		{"source_url.query.gclid", "is_not", `"x"`, true},
	} {
		condition := option.Condition{Field: c.field, Op: c.op, Value: c.value}
		require.Empty(t, Check(condition), "%v", condition)
		got, why := New(option.Filter{Match: option.MatchAll, Conditions: []option.Condition{condition}}).Match(e)
		require.Equal(t, c.want, got, Words(condition))
		if !c.want {
			require.Equal(t, "its filter: "+Words(condition), why)
		}
	}
}

func TestTheReasonSaysWhatTheEventWouldHaveHadToBe(t *testing.T) {
	e := event(t, lead)
	over := option.Condition{Field: "custom_data.value", Op: option.OpOver, Value: "100"}
	german := option.Condition{Field: "custom_data.city", Op: option.OpIs, Value: `"Berlin"`}
	phone := option.Condition{Field: "user_data.phone", Op: option.OpExists}
	noName := option.Condition{Field: "user_data.last_name", Op: option.OpExists}
	google := option.Condition{Field: "source_url.query.utm_source", Op: option.OpIsNot, Value: `"google"`}
	for _, c := range []struct {
		match      option.Match
		conditions []option.Condition
		why        string
	}{
		{option.MatchAll, nil, ""},
		{option.MatchAny, nil, ""},
		{option.MatchAll, []option.Condition{phone, over, german}, "its filter: value is over 100"},
		{option.MatchAny, []option.Condition{over, german}, "its filter: value is over 100, or city is Berlin"},
		{option.MatchAny, []option.Condition{over, phone}, ""},
		{option.MatchAll, []option.Condition{noName}, "its filter: last name exists"},
		{option.MatchAll, []option.Condition{google}, "its filter: utm_source in the page's address is not google"},
	} {
		matches, why := New(option.Filter{Match: c.match, Conditions: c.conditions}).Match(e)
		require.Equal(t, c.why, why)
		require.Equal(t, c.why == "", matches)
	}
}

func TestAFilterIsReadAndRefusedAtItsPlace(t *testing.T) {
	for text, want := range map[string][]strictjson.Problem{
		`null`:                nil,
		`{"conditions":[]}`:   nil,
		`{"match":"any"}`:     nil,
		`[]`:                  {{Pointer: "/filter", Message: "must be an object"}},
		`{"match":"some"}`:    {{Pointer: "/filter/match", Message: "must be all or any"}},
		`{"match":1}`:         {{Pointer: "/filter/match", Message: "must be a string"}},
		`{"rules":[]}`:        {{Pointer: "/filter/rules", Message: "unknown key; a filter has match and conditions"}},
		`{"conditions":{}}`:   {{Pointer: "/filter/conditions", Message: "must be a list"}},
		`{"conditions":[1]}`:  {{Pointer: "/filter/conditions/0", Message: "must be an object"}},
		`{"conditions":[{}]}`: {{Pointer: "/filter/conditions/0/field", Message: "is required"}, {Pointer: "/filter/conditions/0/op", Message: "is required"}},
		`{"conditions":[{"field":"user_data.mail","op":"is","value":"x"}]}`:                                {{Pointer: "/filter/conditions/0/field", Message: "there is no field user_data.mail. Did you mean user_data.email?"}},
		`{"conditions":[{"field":3,"op":"is","value":"x"}]}`:                                               {{Pointer: "/filter/conditions/0/field", Message: "must be a string"}},
		`{"conditions":[{"field":"user_data","op":"exists"}]}`:                                             {{Pointer: "/filter/conditions/0/field", Message: "must name one field, such as user_data.email or custom_data.value"}},
		`{"conditions":[{"field":"event","op":"exists"}]}`:                                                 {{Pointer: "/filter/conditions/0/field", Message: "must name one field, such as user_data.email or custom_data.value"}},
		`{"conditions":[{"field":"event_id","op":"exists"}]}`:                                              {{Pointer: "/filter/conditions/0/field", Message: "cannot be filtered by. Use event_name, action_source, source_url, user_data. or custom_data."}},
		`{"conditions":[{"field":"event_name","op":"equals","value":"x"}]}`:                                {{Pointer: "/filter/conditions/0/op", Message: "must be one of is, is_not, contains, starts_with, gt, lt, exists, missing"}},
		`{"conditions":[{"field":"event_name","op":"is"}]}`:                                                {{Pointer: "/filter/conditions/0/value", Message: "is required"}},
		`{"conditions":[{"field":"event_name","op":"is","value":""}]}`:                                     {{Pointer: "/filter/conditions/0/value", Message: "is required"}},
		`{"conditions":[{"field":"event_name","op":"is","value":["x"]}]}`:                                  {{Pointer: "/filter/conditions/0/value", Message: "must be a text, a number, true or false"}},
		`{"conditions":[{"field":"event_name","op":"exists","value":"x"}]}`:                                {{Pointer: "/filter/conditions/0/value", Message: "must be left out: “exists” takes no value"}},
		`{"conditions":[{"field":"event_name","op":"exists","value":null}]}`:                               nil,
		`{"conditions":[{"field":"custom_data.value","op":"gt","value":"a"}]}`:                             {{Pointer: "/filter/conditions/0/value", Message: "must be a number, such as 100 or 14.99, for “is over”"}},
		`{"conditions":[{"field":"custom_data.value","op":"lt","value":"1,5"}]}`:                           {{Pointer: "/filter/conditions/0/value", Message: "must be a number, such as 100 or 14.99, for “is under”"}},
		`{"conditions":[{"field":"custom_data.value","op":"gt","value":100,"values":1}]}`:                  {{Pointer: "/filter/conditions/0/values", Message: "unknown key; a condition has field, op and value"}},
		`{"conditions":[{"field":"custom_data.value","op":"gt","op":"lt","value":1}]}`:                     {{Pointer: "/filter/conditions/0/op", Message: "is given twice"}},
		`{"match":"all","conditions":[{"field":"custom_data.value","op":"gt","value":12345678901234.50}]}`: nil,
	} {
		raw, err := strictjson.Check([]byte(text))
		require.NoError(t, err, text)
		var d strictjson.Document
		f := Decode(&d, "/filter", raw)
		require.Equal(t, want, d.Problems, text)
		if want == nil && !f.IsZero() {
			written, err := json.Marshal(f)
			require.NoError(t, err)
			var again strictjson.Document
			require.Equal(t, f, Decode(&again, "", written))
			require.Empty(t, again.Problems)
		}
	}
}

func TestAFilterHasTenConditionsAtMost(t *testing.T) {
	list := `{"field":"event_name","op":"is","value":"Lead"}`
	for range option.MaxConditions {
		list += `,{"field":"event_name","op":"is","value":"Lead"}`
	}
	var d strictjson.Document
	Decode(&d, "/filter", json.RawMessage(`{"conditions":[`+list+`]}`))
	require.Equal(t, []strictjson.Problem{{Pointer: "/filter/conditions", Message: "at most 10 conditions"}}, d.Problems)
}

// Every filter that can be saved decides about every event, the same each time.
func TestAnyFilterDecidesAboutAnyEvent(t *testing.T) {
	value := rapid.SampledFrom([]string{`"a"`, `""`, `0`, `-1.50`, `1e400`, `true`, `null`, `[]`, `[1,"a",[2]]`, `{"k":"a"}`, `"2"`})
	rapid.Check(t, func(t *rapid.T) {
		payload := `{"event_name":"Lead","custom_data":{"x":` + value.Draw(t, "x") + `,"y":` + value.Draw(t, "y") + `}}`
		var conditions []option.Condition
		for range rapid.IntRange(0, 3).Draw(t, "count") {
			c := option.Condition{
				Field: rapid.SampledFrom([]string{"custom_data.x", "custom_data.y", "custom_data.x.k", "event_name", "user_data.email", "source_url.query.a"}).Draw(t, "field"),
				Op:    rapid.SampledFrom(Ops()).Draw(t, "op"),
			}
			if HasValue(c.Op) {
				c.Value = option.Literal(value.Draw(t, "value"))
			}
			if len(Check(c)) == 0 {
				conditions = append(conditions, c)
			}
		}
		e, err := field.Read([]byte(payload))
		require.NoError(t, err)
		f := New(option.Filter{Match: rapid.SampledFrom([]option.Match{"all", "any"}).Draw(t, "match"), Conditions: conditions})
		matches, why := f.Match(e)
		again, whyAgain := f.Match(e)
		require.Equal(t, matches, again)
		require.Equal(t, why, whyAgain)
		require.Equal(t, matches, why == "")
		for _, c := range conditions {
			is := New(option.Filter{Conditions: []option.Condition{{Field: c.Field, Op: option.OpExists}}})
			missing := New(option.Filter{Conditions: []option.Condition{{Field: c.Field, Op: option.OpMissing}}})
			exists, _ := is.Match(e)
			lacks, _ := missing.Match(e)
			require.NotEqual(t, exists, lacks)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	f := New(option.Filter{Match: option.MatchAll, Conditions: []option.Condition{
		{Field: "event_name", Op: option.OpIs, Value: `"Lead"`},
		{Field: "custom_data.value", Op: option.OpOver, Value: "50"},
		{Field: "source_url.query.utm_source", Op: option.OpIs, Value: `"google"`},
	}})
	b.ReportAllocs()
	for b.Loop() {
		e, _ := field.Read([]byte(lead))
		f.Match(e)
	}
}
