package success

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/option"
	"iozen/store/strictjson"
)

func TestA2xxCountsOnlyIfItsJSONSaysSo(t *testing.T) {
	for _, c := range []struct {
		path  string
		value option.Literal
		body  string
		want  Result
		found string
	}{
		{"success", "true", `{"success":true}`, Fulfilled, ""},
		{"success", "true", "\ufeff {\"success\" : true}\n", Fulfilled, ""},
		{"success", "true", `{"success":"True"}`, Fulfilled, ""},
		{"success", `"true"`, `{"success":true}`, Fulfilled, ""},
		{"success", "true", `{"success":false}`, Differs, "false"},
		{"success", "true", `{"success":1}`, Differs, "1"},
		{"success", "true", `{"success":null}`, Differs, "null"},
		{"success", "true", `{"success":{"a":1}}`, Differs, "an object"},
		{"success", "true", `{"success":[true]}`, Differs, "a list"},
		{"success", "true", `{"Success":true}`, Missing, ""},
		{"success", "true", `{}`, Missing, ""},
		{"success", "true", `[]`, Missing, ""},
		{"success", "true", `true`, Missing, ""},
		{"success", "true", `null`, Missing, ""},
		{"status.ok", "true", `{"a":{"ok":true},"status":{"x":[1,{"ok":true}],"ok":true}}`, Fulfilled, ""},
		{"status.ok", "true", `{"status":true}`, Missing, ""},
		{"status.ok", "true", `{"status":{},"ok":true}`, Missing, ""},
		{"results.0.status", `"ok"`, `{"results":[{"status":"OK"},{"status":"no"}]}`, Fulfilled, ""},
		{"results.1.status", `"ok"`, `{"results":[{"status":"OK"},{"status":"no"}]}`, Differs, "no"},
		{"results.2.status", `"ok"`, `{"results":[{"status":"OK"},{"status":"no"}]}`, Missing, ""},
		{"results.0", `"ok"`, `{"results":["ok"]}`, Fulfilled, ""},
		{"results.0.0", `"ok"`, `{"results":[["ok"]]}`, Fulfilled, ""},
		{"results.0.a", `"ok"`, `{"results":["ok"]}`, Missing, ""},
		{"0.ok", "true", `[{"ok":true}]`, Fulfilled, ""},
		{"code", "0", `{"code":0.0}`, Fulfilled, ""},
		{"code", "0", `{"code":"0"}`, Fulfilled, ""},
		{"code", "200", `{"code":"0200"}`, Differs, "0200"},
		{"id", "12345678901234567890", `{"id":12345678901234567891}`, Differs, "12345678901234567891"},
		{"msg", `"é"`, `{"msg":"\u00c9"}`, Fulfilled, ""},
		{"success", "true", ``, NotJSON, ""},
		{"success", "true", `ok`, NotJSON, ""},
		{"success", "true", `<html></html>`, NotJSON, ""},
		{"success", "true", `{"success":true`, NotJSON, ""},
		{"success", "true", `{"success":true}{}`, NotJSON, ""},
		{"success", "true", `success=true`, NotJSON, ""},
		{"msg", `"x"`, `{"msg":"` + strings.Repeat("é", 70) + `"}`, Differs, strings.Repeat("é", 60) + "…"},
	} {
		rule := option.Success{Path: c.path, Value: c.value}
		result, found := Judge(rule, 200, []byte(c.body), false)
		require.Equal(t, c.want, result, "%s in %s", c.path, c.body)
		require.Equal(t, c.found, found)
	}
}

func TestAnAnswerThatWasCutIsReadAsFarAsItGoes(t *testing.T) {
	for body, want := range map[string]Result{
		`{"status":{"ok":true},"data":"xxxx`: Fulfilled,
		`{"status":{"ok":true`:               Fulfilled,
		`{"status":{"ok":tru`:                Cut,
		`{"status":{"ok":`:                   Cut,
		`{"status":{"o`:                      Cut,
		`{"data":[1,2,{"a":"`:                Cut,
		`{"data":[1,2],`:                     Cut,
		`{"data":[1,2`:                       Cut,
		``:                                   Cut,
		`{"status":{"ok":1`:                  Cut,
		`{"status":{"ok":1,`:                 Differs,
		`{"status":{"ok":false},"data":[`:    Differs,
		`{"status":{},"data":[`:              Missing,
		`<html><body>`:                       NotJSON,
		`{"data":[1,2}`:                      NotJSON,
		`{data`:                              NotJSON,
	} {
		result, _ := Judge(option.Success{Path: "status.ok", Value: "true"}, 200, []byte(body), true)
		require.Equal(t, want, result, body)
	}
}

func TestOnlyA2xxIsAsked(t *testing.T) {
	rule := option.Success{Path: "ok", Value: "true"}
	for status, want := range map[int]Result{0: Fulfilled, 199: Fulfilled, 200: NotJSON, 202: NotJSON, 299: NotJSON, 302: Fulfilled, 500: Fulfilled} {
		result, _ := Judge(rule, status, []byte("x"), false)
		require.Equal(t, want, result, status)
	}
	result, _ := Judge(option.Success{}, 200, []byte("x"), false)
	require.Equal(t, Fulfilled, result)
}

func TestASuccessRuleIsReadOrRefusedAtItsPlace(t *testing.T) {
	for text, want := range map[string][]strictjson.Problem{
		`null`: nil, `{"path":"status.ok","value":true}`: nil, `{"path":"code","value":0.0}`: nil, `{"path":"a","value":""}`: nil,
		`[]`:                            {{Pointer: "/success", Message: "must be an object"}},
		`{}`:                            {{Pointer: "/success/path", Message: "is required, such as success or status.ok"}, {Pointer: "/success/value", Message: "is required, such as true"}},
		`{"path":1,"value":true}`:       {{Pointer: "/success/path", Message: "must be a string"}},
		`{"path":"a..b","value":true}`:  {{Pointer: "/success/path", Message: "must be keys with one dot between them, such as status.ok"}},
		`{"path":".a","value":true}`:    {{Pointer: "/success/path", Message: "must be keys with one dot between them, such as status.ok"}},
		`{"path":"a","value":null}`:     {{Pointer: "/success/value", Message: "is required, such as true"}},
		`{"path":"a","value":[1]}`:      {{Pointer: "/success/value", Message: "must be a text, a number, true or false"}},
		`{"path":"a","value":1,"is":2}`: {{Pointer: "/success/is", Message: "unknown key; Success by answer has path and value"}},
		`{"path":"` + strings.Repeat("a", 201) + `","value":1}`: {{Pointer: "/success/path", Message: "must have at most 200 characters"}},
	} {
		var d strictjson.Document
		rule := Decode(&d, "/success", json.RawMessage(text))
		require.Equal(t, want, d.Problems, text)
		if want == nil && text != "null" {
			written, err := json.Marshal(rule)
			require.NoError(t, err)
			require.JSONEq(t, text, string(written))
		}
	}
}

func TestAValueThatAPersonTypesIsWhatItLooksLike(t *testing.T) {
	for typed, want := range map[string]option.Literal{"true": "true", " false ": "false", "0": "0", "1.50": "1.50", "ok": `"ok"`, "TRUE": `"TRUE"`, "": "", "  ": "", `"x"`: `"\"x\""`} {
		require.Equal(t, want, Typed(typed), typed)
	}
}

func FuzzJudge(f *testing.F) {
	for _, seed := range []string{`{"status":{"ok":true}}`, `{"a":[1,{"b":`, `[`, `x`, `{"status":[{"ok":1}]}`} {
		f.Add(seed, "status.ok", true)
		f.Add(seed, "status.0.ok", false)
	}
	f.Fuzz(func(t *testing.T, body, path string, truncated bool) {
		rule := option.Success{Path: path, Value: "true"}
		first, found := Judge(rule, 200, []byte(body), truncated)
		second, again := Judge(rule, 200, []byte(body), truncated)
		require.Equal(t, first, second)
		require.Equal(t, found, again)
		if !truncated && !json.Valid(withoutMark([]byte(body))) && path != "" {
			require.Equal(t, NotJSON, first)
		}
	})
}
