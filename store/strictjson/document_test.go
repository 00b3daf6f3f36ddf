package strictjson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAKeyThatIsGivenTwiceIsRefusedHoweverManyThereAre(t *testing.T) {
	for _, keys := range []int{1, 15, 16, 17, 300} {
		members := make([]string, keys)
		for i := range members {
			members[i] = fmt.Sprintf(`"k/%d":%d`, i, i)
		}
		var d Document
		taken := 0
		require.True(t, d.Object("/x", json.RawMessage(`{`+strings.Join(members, ",")+`,"k\u002f0":1}`), func(string, json.RawMessage) { taken++ }))
		require.Equal(t, keys, taken)
		require.Equal(t, []Problem{{"/x/k~10", "is given twice"}}, d.Problems, keys)
		require.True(t, d.Refused("/x/k~10"))
		require.False(t, d.Refused("/x"))
	}
}

func TestWhatIsOfAnotherTypeIsRefused(t *testing.T) {
	for message, read := range map[string]func(*Document, json.RawMessage) bool{
		"must be an object": func(d *Document, raw json.RawMessage) bool {
			return d.Object("/x", raw, func(string, json.RawMessage) {})
		},
		"must be a list": func(d *Document, raw json.RawMessage) bool {
			return d.List("/x", raw, func(string, json.RawMessage) {})
		},
		"must be a string":      func(d *Document, raw json.RawMessage) bool { _, ok := d.Text("/x", raw); return ok },
		"must be true or false": func(d *Document, raw json.RawMessage) bool { _, ok := d.Bool("/x", raw); return ok },
		"must be a number":      func(d *Document, raw json.RawMessage) bool { _, ok := d.Number("/x", raw); return ok },
	} {
		taken := 0
		for _, raw := range []string{`{}`, `[]`, `"a"`, `true`, `-1.5`, `null`, `1e999`} {
			var d Document
			if read(&d, json.RawMessage(raw)) {
				taken++
				require.Empty(t, d.Problems)
				continue
			}
			require.Equal(t, []Problem{{"/x", message}}, d.Problems, raw)
		}
		require.Equal(t, 1, taken, message)
	}
}

func TestNoMoreProblemsAreToldThanAnyoneReads(t *testing.T) {
	var d Document
	d.List("", json.RawMessage(`[`+strings.Repeat("1,", 5*MaxProblems)+`1]`), func(pointer string, value json.RawMessage) { d.Text(pointer, value) })
	require.Len(t, d.Problems, MaxProblems)
	require.Equal(t, "/99", d.Problems[MaxProblems-1].Pointer)
}

func TestNumbersByTheirValue(t *testing.T) {
	for want, spellings := range map[string][]string{
		"0":                       {"0", "-0", "0.0", "0e5", "-0.000e-99999999999999999999999", "0E+1"},
		"1e1":                     {"10", "10.0", "1e1", "1E+1", "0.1e2", "1000e-2", "10.000e0"},
		"15e-1":                   {"1.5", "1.50", "15e-1", "0.015e2"},
		"-15e-1":                  {"-1.5", "-15e-1"},
		"1":                       {"1", "1.0", "1e0", "1E-0", "10e-1"},
		"12345678901234567890123": {"12345678901234567890123", "12345678901234567890123.0", "1.2345678901234567890123e22"},
		"1e-99999999999999999999": {"1e-99999999999999999999"},
	} {
		for _, spelling := range spellings {
			require.Equal(t, want, string(AppendNumber(nil, json.RawMessage(spelling))), spelling)
		}
	}
}

func TestStringsAreQuotedAsJSONStringifyDoes(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "a": `"a"`, `"\`: `"\"\\"`, "\b\f\n\r\t": `"\b\f\n\r\t"`, "\x00\x0b\x1f": `"\u0000\u000b\u001f"`,
		"<&>\u2028ü🙂\x7f": "\"<&>\u2028ü🙂\x7f\"", "a\xffb": `"a�b"`,
	} {
		require.Equal(t, want, string(AppendString(nil, text)))
	}
}

// FuzzMeaning: what is compared means the same as what was given, and has no other spelling.
func FuzzMeaning(f *testing.F) {
	for _, seed := range append(scanSeeds, `[1.0,-0,"\ud83d",{"b":null,"a":{"":[]}}]`, `1e-5`) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		document, err := Check([]byte(text))
		if err != nil {
			return
		}
		if _, shape := Compact(nil, document); shape.Depth > 100 {
			return
		}
		meaning := AppendMeaning(nil, document)
		require.True(t, json.Valid(meaning), "%s", meaning)
		require.Equal(t, string(meaning), string(AppendMeaning(nil, meaning)))
		compact, _ := Compact(nil, document)
		require.Equal(t, string(meaning), string(AppendMeaning(nil, compact)))
		require.False(t, strings.Contains(string(compact), "\n"))
	})
}

func TestANameComesBackFromItsPointer(t *testing.T) {
	for _, name := range []string{"a", "a/b", "a~b", "~1", "~01", "/"} {
		require.Equal(t, name, Unescape(strings.TrimPrefix(Pointer("", name), "/")))
	}
}
