package event

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// nested is a value inside so many arrays.
func nested(levels int, value string) string {
	return strings.Repeat("[", levels) + value + strings.Repeat("]", levels)
}

func TestWhatNotEveryReceiverCanReadIsNamed(t *testing.T) {
	const (
		deep = "is nested deeper than 32 levels, which not every receiver can read"
		huge = "is too large a number; send it as a string"
		nul  = "has a name that begins with U+0000, which not every receiver can read"
	)
	digits := func(n string) string { return "must have at most 40 digits, this has " + n + "; send it as a string" }
	objects := strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32)
	for custom, want := range map[string]map[string]string{
		`"x":` + nested(31, ""):                                      nil,
		`"x":` + nested(31, "1"):                                     nil,
		`"x":` + nested(30, `{"a":1}`):                               nil,
		`"x":` + nested(32, ""):                                      {"/custom_data/x" + strings.Repeat("/0", 31): deep},
		`"x":` + nested(600, "1"):                                    {"/custom_data/x" + strings.Repeat("/0", 31): deep},
		`"x":{"a/b":` + nested(31, "") + `}`:                         {"/custom_data/x/a~1b" + strings.Repeat("/0", 30): deep},
		`"x":[1,` + nested(32, "") + `]`:                             {"/custom_data/x/1" + strings.Repeat("/0", 30): deep},
		`"x":` + objects:                                             {"/custom_data/x" + strings.Repeat("/a", 31): deep},
		`"x":"` + strings.Repeat("[", 600) + `"`:                     nil,
		`"x":` + strings.Repeat("9", 40):                             nil,
		`"x":-0.` + strings.Repeat("1", 39):                          nil,
		`"x":"` + strings.Repeat("9", 400) + `"`:                     nil,
		`"x":` + strings.Repeat("9", 41):                             {"/custom_data/x": digits("41")},
		`"x":-` + strings.Repeat("9", 41):                            {"/custom_data/x": digits("41")},
		`"x":` + strings.Repeat("9", 5000):                           {"/custom_data/x": digits("5000")},
		`"x":0.` + strings.Repeat("0", 50):                           {"/custom_data/x": digits("51")},
		`"x":1e` + strings.Repeat("0", 50):                           {"/custom_data/x": digits("51")},
		`"x":[{"y":` + strings.Repeat("9", 41) + `},1]`:              {"/custom_data/x/0/y": digits("41")},
		`"x":{"a":` + strings.Repeat("9", 41) + `,"b":1e400}`:        {"/custom_data/x/a": digits("41"), "/custom_data/x/b": huge},
		`"\u0000x":1`:                                                {"/custom_data/\x00x": nul},
		`"x":[{"y":{"\u0000z":1,"z":"\u0000"}}]`:                     {"/custom_data/x/0/y/\x00z": nul},
		`"x":["a","\u0000b"],"y\u0000":"\u0000"`:                     nil,
		`"x":1e308`:                                                  nil,
		`"x":1e-400`:                                                 nil,
		`"x":1e309`:                                                  {"/custom_data/x": huge},
		`"x":-1E+999999999999`:                                       {"/custom_data/x": huge},
		`"value":` + strings.Repeat("9", 40) + `,"currency":"USD"`:   nil,
		`"value":` + strings.Repeat("9", 41) + `,"currency":"USD"`:   {"/custom_data/value": digits("41")},
		`"value":0.` + strings.Repeat("0", 41) + `,"currency":"USD"`: {"/custom_data/value": digits("42")},
		`"value":1e309,"currency":"USD"`:                             {"/custom_data/value": huge},
		`"value":12345678901234567890.12345678,"currency":"USD"`:     nil,
	} {
		deliveries, _, problems := decode(`{"event_name":"Lead","custom_data":{` + custom + `}}`)
		got := map[string]string{}
		for _, p := range problems {
			got[p.Pointer] = p.Message
		}
		if want == nil {
			require.Empty(t, problems, "%.60s", custom)
			require.Contains(t, string(deliveries[0].Payload), `"custom_data":{`+custom+`}`)
			continue
		}
		require.Equal(t, want, got, "%.60s", custom)
	}
}

func TestHalfASurrogatePairIsReplacedAndTold(t *testing.T) {
	const (
		half = `has half of a surrogate pair, such as \ud83d alone; it is sent as U+FFFD`
		name = "has U+FFFD in its name, as half of a surrogate pair becomes; it is sent like that"
	)
	for given, want := range map[string]struct {
		sent     string
		warnings map[string]string
	}{
		`"user_data":{"first_name":"Jo\ud83d"}`:           {`"first_name":"Jo�"`, map[string]string{"/user_data/first_name": half}},
		`"user_data":{"last_name":"\ude42!"}`:             {`"last_name":"�!"`, map[string]string{"/user_data/last_name": half}},
		`"user_data":{"external_id":"\uDBFF\uDBFFx"}`:     {`"external_id":"��x"`, map[string]string{"/user_data/external_id": half}},
		`"user_data":{"first_name":"\ude42\ud83d"}`:       {`"first_name":"��"`, map[string]string{"/user_data/first_name": half}},
		`"user_data":{"first_name":"\ud83d\ud83d\ude42"}`: {`"first_name":"�🙂"`, map[string]string{"/user_data/first_name": half}},
		`"user_data":{"first_name":"\ud83d\ude42"}`:       {`"first_name":"🙂"`, nil},
		`"user_data":{"first_name":"\\ud83d"}`:            {`"first_name":"\\ud83d"`, nil},
		`"user_data":{"first_name":"\ufffd"}`:             {`"first_name":"�"`, nil},
		`"custom_data":{"comment":"cut \ud83d"}`:          {`"comment":"cut �"`, map[string]string{"/custom_data/comment": half}},
		`"custom_data":{"content_name":"cut \ud83d"}`:     {`"content_name":"cut �"`, map[string]string{"/custom_data/content_name": half}},
		`"custom_data":{"comment":"\ud83d\n\u0041"}`:      {`"comment":"�\n\u0041"`, map[string]string{"/custom_data/comment": half}},
		`"custom_data":{"comment":"\ud83d\\ude42"}`:       {`"comment":"�\\ude42"`, map[string]string{"/custom_data/comment": half}},
		`"custom_data":{"comment":"\\\ud83d"}`:            {`"comment":"\\�"`, map[string]string{"/custom_data/comment": half}},
		`"custom_data":{"comment":"\ud83d\ude42\uDE42"}`:  {`"comment":"\ud83d\ude42�"`, map[string]string{"/custom_data/comment": half}},
		`"custom_data":{"x":[1, {"y":"\udc00"}]}`:         {`"x":[1,{"y":"�"}]`, map[string]string{"/custom_data/x": half}},
		`"custom_data":{"x":{"a\ud800":1}}`:               {`"x":{"a�":1}`, map[string]string{"/custom_data/x": half}},
		`"custom_data":{"a\ud800":1}`:                     {`"a�":1`, map[string]string{"/custom_data/a�": name}},
		`"custom_data":{"a\ud800":"\ud800"}`:              {`"a�":"�"`, map[string]string{"/custom_data/a�": name}},
		`"custom_data":{"ok":"\ud83d\ude42"}`:             {`"ok":"\ud83d\ude42"`, nil},
		`"source_url":"https://x.example/\ud83d"`:         {`"source_url":"https://x.example/�"`, map[string]string{"/source_url": half}},
	} {
		deliveries, warnings, problems := decode(`{"event_name":"Lead",` + given + `}`)
		require.Empty(t, problems, given)
		require.Contains(t, string(deliveries[0].Payload), want.sent, given)
		require.Equal(t, warnings, deliveries[0].Warnings)
		got := map[string]string{}
		for _, w := range warnings {
			got[w.Pointer] = w.Message
		}
		if want.warnings == nil {
			require.Empty(t, got, given)
		} else {
			require.Equal(t, want.warnings, got, given)
		}
		requireReadable(t, deliveries[0])
	}
}

// TestNothingIsNotGiven: null, "", [] and {} are one thing, wherever a value or an object may stand.
func TestNothingIsNotGiven(t *testing.T) {
	for _, nothing := range []string{`null`, `""`, `[]`, `{}`, `[ ]`, "{ \n\t}"} {
		for _, key := range eventKeys[1:] {
			deliveries, warnings, problems := decode(`{"event_name":"Lead","` + key + `":` + nothing + `}`)
			require.Empty(t, problems, key+nothing)
			require.Empty(t, warnings, key+nothing)
			require.Equal(t, `{"event_name":"Lead","event_id":"00000000-0000-7000-8000-000000000001","event_time":"2026-11-24T09:30:00.000Z",`+
				`"event_time_unix":1795512600,"source":"iozen","action_source":"website"}`, string(deliveries[0].Payload), key+nothing)
		}
		for _, key := range userKeys {
			_, warnings, problems := decode(`{"event_name":"Lead","user_data":{"` + key + `":` + nothing + `}}`)
			require.Empty(t, problems, key+nothing)
			require.Empty(t, warnings, key+nothing)
		}
		for _, key := range customKeys {
			deliveries, _, problems := decode(`{"event_name":"Lead","custom_data":{"` + key + `":` + nothing + `}}`)
			require.Empty(t, problems, key+nothing)
			require.NotContains(t, string(deliveries[0].Payload), "custom_data", key+nothing)
		}
		_, _, problems := decode(`{"event_name":` + nothing + `}`)
		require.Equal(t, []Problem{{Pointer: "/event_name", Message: "is required"}}, problems, nothing)
		_, _, problems = decode(`{"event_name":"Lead","custom_data":{"value":1,"currency":` + nothing + `}}`)
		require.Equal(t, []Problem{{Pointer: "/custom_data/currency", Message: "is required with value"}}, problems, nothing)
		_, _, problems = decode(`[{"event_name":"Lead"},` + nothing + `]`)
		require.Len(t, problems, 1, "an element of the array is an event")
	}
}

func TestSpacesAroundAnAddressAreLeftOut(t *testing.T) {
	for given, sent := range map[string]string{
		` https://example.com/`:            `https://example.com/`,
		`https://example.com/\n`:           `https://example.com/`,
		`\t\u00a0https://example.com/?a `:  `https://example.com/?a`,
		`\u200bhttps://example.com/\ufeff`: `https://example.com/`,
	} {
		deliveries, warnings, problems := decode(`{"event_name":"Lead","source_url":"` + given + `"}`)
		require.Empty(t, problems, given)
		require.Equal(t, []store.Warning{{Pointer: "/source_url", Message: "had spaces around it; it is sent without them"}}, warnings, given)
		require.Contains(t, string(deliveries[0].Payload), `"source_url":"`+sent+`"}`)
	}
	deliveries, _, problems := decode(`{"event_name":"Lead","source_url":" \n"}`)
	require.Empty(t, problems)
	require.NotContains(t, string(deliveries[0].Payload), "source_url")
}

func TestANameThatDiffersByItsCaseOnlyIsTold(t *testing.T) {
	for name, usual := range map[string]string{"lead": "Lead", "LEAD": "Lead", "fieldconversion": "FieldConversion", "purchase": "Purchase", "Lead": "", "Leads": "", "signup": ""} {
		deliveries, warnings, problems := decode(`{"event_name":"` + name + `"}`)
		require.Empty(t, problems)
		require.Equal(t, name, deliveries[0].EventName, "taken as given")
		if usual == "" {
			require.Empty(t, warnings, name)
			continue
		}
		require.Equal(t, []store.Warning{{Pointer: "/event_name", Message: "is " + usual + " in other letters; upper and lower case count, so it is another event than " + usual}}, warnings)
	}
}
