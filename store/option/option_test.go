package option

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatAWebhookChoosesIsWrittenAsTheContractShowsIt(t *testing.T) {
	for want, choice := range map[string]any{
		`null`: Filter{},
		`{"match":"all","conditions":[{"field":"custom_data.value","op":"gt","value":100.00},{"field":"user_data.phone","op":"exists"}]}`: Filter{MatchAll, []Condition{
			{"custom_data.value", OpOver, "100.00"}, {"user_data.phone", OpExists, ""},
		}},
		`{"type":"iozen"}`:                  Format{},
		`{"type":"flat","encoding":"json"}`: Format{Type: FormatFlat},
		`{"type":"flat","encoding":"form"}`: Format{Type: FormatFlat, Encoding: EncodingForm},
		`{"type":"message","service":"slack","text":"New lead: {{user_data.first_name}}"}`: Format{Type: FormatMessage, Service: Slack, Text: "New lead: {{user_data.first_name}}"},
		`{"type":"meta_capi","test_event_code":null}`:                                      Format{Type: FormatMetaCAPI},
		`{"type":"meta_capi","test_event_code":"TEST1"}`:                                   Format{Type: FormatMetaCAPI, TestEventCode: "TEST1"},
		`{"type":"json","template":"{\"a\":\"{{event_id}}\"}"}`:                            Format{Type: FormatJSON, Template: `{"a":"{{event_id}}"}`},
		`{"type":"json","encoding":"form","template":"{}"}`:                                Format{Type: FormatJSON, Encoding: EncodingForm, Template: `{}`},
		`{"path":"status.ok","value":true}`:                                                Success{"status.ok", "true"},
		`"strip"`:                                                                          ConsentStrip,
		`"always"`:                                                                         ConsentAlways,
	} {
		written, err := json.Marshal(choice)
		require.NoError(t, err)
		require.JSONEq(t, want, string(written))
		require.Equal(t, len(want), len(written), "no other keys, no other digits: %s", written)
	}
}

func TestAStoredChoiceIsReadAsItWasWritten(t *testing.T) {
	for _, format := range []Format{
		{},
		{Type: FormatFlat},
		{Type: FormatFlat, Encoding: EncodingForm},
		{Type: FormatMessage, Service: Teams, Text: "é"},
		{Type: FormatMetaCAPI},
		{Type: FormatMetaCAPI, TestEventCode: "T"},
		{Type: FormatJSON, Template: "{}", Encoding: EncodingForm},
	} {
		written, err := json.Marshal(format)
		require.NoError(t, err)
		var read Format
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, format, read)
	}
	filter := Filter{MatchAny, []Condition{{"event_name", OpIs, `"Lead"`}, {"custom_data.value", OpUnder, "12345678901234567890"}, {"source_url", OpMissing, ""}}}
	written, err := json.Marshal(filter)
	require.NoError(t, err)
	var read Filter
	require.NoError(t, json.Unmarshal(written, &read))
	require.True(t, filter.Equal(read))
	require.NoError(t, json.Unmarshal([]byte("null"), &Filter{}))
	require.False(t, filter.Equal(Filter{}))
	require.True(t, Filter{}.Equal(Filter{Match: MatchAll}))
}

func TestNoLiteralIsNull(t *testing.T) {
	written, err := json.Marshal(Success{Path: "ok"})
	require.NoError(t, err)
	require.Equal(t, `{"path":"ok","value":null}`, string(written))
	var read Success
	require.NoError(t, json.Unmarshal(written, &read))
	require.Equal(t, Success{Path: "ok"}, read)
	require.False(t, read.IsZero())
	require.True(t, Success{}.IsZero())
	written, err = json.Marshal(Success{})
	require.NoError(t, err)
	require.Equal(t, "null", string(written))
	require.Error(t, json.Unmarshal([]byte(`{"type":1}`), &Format{}))
	for _, rule := range []Consent{ConsentAlways, ConsentStrip, ConsentRequire} {
		written, err := json.Marshal(rule)
		require.NoError(t, err)
		var read Consent
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, rule, read)
	}
	var rule Consent
	require.NoError(t, json.Unmarshal([]byte("null"), &rule))
	require.Equal(t, ConsentAlways, rule)
	require.Error(t, json.Unmarshal([]byte("true"), &rule))
}

func TestALiteralIsReadWithoutItsQuotes(t *testing.T) {
	for literal, want := range map[Literal]string{
		"": "", `""`: "", `"ok"`: "ok", `"say \"hi\""`: `say "hi"`, `"K\u00f6ln"`: "Köln", `"\ud83d"`: "\ufffd", `"true"`: "true",
		"true": "true", "false": "false", "0": "0", "100.00": "100.00", "-5": "-5", "1e400": "1e400", "12345678901234567890": "12345678901234567890",
	} {
		require.Equal(t, want, literal.Text(), literal)
	}
}
