package template

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func words(problems []Problem) (all []string) {
	for _, p := range problems {
		all = append(all, p.String())
	}
	return all
}

// places are the columns alone.
func places(problems []Problem) (all []string) {
	for _, p := range problems {
		all = append(all, fmt.Sprintf("column %d", p.Column))
	}
	return all
}

func TestAMistakeIsNamedAtItsLineAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"properties\": {\n    \"email\": \"{{user_data.mail}}\"\n  }\n}": "Line 3, column 17: there is no field user_data.mail. Did you mean user_data.email?",
		`{"a": "{{ user_data.email | lowr }}"}`:                                 "Line 1, column 29: there is no filter lowr. There are lower, upper, trim, digits, e164, sha256, default, date, unix, number, json",
		`{"a": "{{user_data.email | lowercase}}"}`:                              "Line 1, column 28: there is no filter lowercase. Did you mean lower?",
		`{"a": "é{{mail}}"}`:                                                    "Line 1, column 11: there is no field mail. Did you mean user_data.email?",
		`{"a": "\u00e9\n{{mail}}"}`:                                             "Line 1, column 18: there is no field mail. Did you mean user_data.email?",
		`{"a": "{{user_data.email"}`:                                            "Line 1, column 8: this placeholder is not closed; end it with }}",
		`{"a": "{{user_data.email {{event_id}}"}`:                               "Line 1, column 8: this placeholder is not closed; end it with }}",
		`{"a": "{{user_data.email | lower"}`:                                    "Line 1, column 8: this placeholder is not closed; end it with }}",
		`{"a": "{{}}"}`:                                                         "Line 1, column 10: the name of a field is missing, such as user_data.email",
		`{"a": "{{ | lower}}"}`:                                                 "Line 1, column 11: the name of a field is missing, such as user_data.email",
		`{"a": "{{event_id | }}"}`:                                              "Line 1, column 21: the name of a filter is missing, such as lower",
		`{"a": "{{event_id | lower upper}}"}`:                                   "Line 1, column 27: | and a filter, or }}, should come here",
		`{"a": "{{event_id | lower:'x'}}"}`:                                     "Line 1, column 21: lower takes no value; remove the “:” and what follows it",
		`{"a": "{{event_id | default}}"}`:                                       "Line 1, column 21: default needs a value, such as default:'x'",
		`{"a": "{{event_id | default:x}}"}`:                                     "Line 1, column 29: write the value in quotes, such as default:'x'",
		`{"a": "{{event_id | default:'x}}"}`:                                    "Line 1, column 29: this value is not closed; end it with '",
		`{"a": "{{event_time | date}}"}`:                                        "Line 1, column 23: date needs a value, such as date:'2006-01-02'",
		`{"a": "{{event_time | date:'YYYY-MM-DD'}}"}`:                           "Line 1, column 23: write 2006-01-02 15:04:05 in the form you want, such as date:'02.01.2006'",
		`{"a": "{{event_time | date:'today'}}"}`:                                "Line 1, column 23: write 2006-01-02 15:04:05 in the form you want, such as date:'02.01.2006'",
		`{"a": "{{event_time | date:'%Y'}}"}`:                                   "Line 1, column 23: write 2006-01-02 15:04:05 in the form you want, such as date:'02.01.2006'",
		`{"a": "{{user_data.phone | e164:'Germany'}}"}`:                         "Line 1, column 28: there is no country “Germany”; write its two letters, such as e164:'DE'",
		`{"a": "{{user_data.phone | e164:''}}"}`:                                "Line 1, column 28: there is no country “”; write its two letters, such as e164:'DE'",
		`{"a": "{{user_data.phone | e164:DE}}"}`:                                "Line 1, column 33: write the value in quotes, such as e164:'DE'",
		`{"a": "{{event_id` + strings.Repeat(" | lower", 9) + `}}"}`:            "Line 1, column 85: a placeholder has at most 8 filters",
		`{"{{event_id}}": 1}`:                                                   "Line 1, column 2: placeholders belong in values, not in names",
		`{"value": {{custom_data.value}}}`:                                      "Line 1, column 11: put the placeholder in quotes: \"{{…}}\". Numbers still stay numbers",
		`{{event}}`:                                                             "Line 1, column 1: put the placeholder in quotes: \"{{…}}\". Numbers still stay numbers",
		`{{{event}}}`:                                                           "Line 1, column 1: put the placeholder in quotes: \"{{…}}\". Numbers still stay numbers",
		``:                                                                      "Line 1, column 1: the template is empty; begin with {",
		" \n ":                                                                  "Line 1, column 1: the template is empty; begin with {",
		`{`:                                                                     "Line 1, column 2: the template ends too early: a } is missing",
		"{\n\"a\": 1":                                                           "Line 2, column 7: the template ends too early: a } is missing for the { of line 1",
		"{\"a\": [\n1":                                                          "Line 2, column 2: the template ends too early: a ] is missing for the [ of line 1",
		`{"a": 1,}`:                                                             "Line 1, column 9: remove the comma before this }",
		`{"a": [1,]}`:                                                           "Line 1, column 10: remove the comma before this ]",
		`{"a": 1,, "b": 2}`:                                                     "Line 1, column 9: put names in double quotes (\")",
		"{\"a\": 1\n \"b\": 2}":                                                 "Line 2, column 2: a comma (,) is missing before this",
		`{"a" 1}`:                                                               "Line 1, column 6: a colon (:) is missing after the name “a”",
		`{"a": }`:                                                               "Line 1, column 7: a value is missing before this }",
		`{"a":`:                                                                 "Line 1, column 6: the template ends too early: a value is missing",
		`{"a": [1}`:                                                             "Line 1, column 9: a ] is missing before this }",
		`{"a": 1]`:                                                              "Line 1, column 8: a } is missing before this ]",
		`["a": 1]`:                                                              "Line 1, column 5: a colon (:) belongs only after a name inside { }",
		`{'a': 1}`:                                                              "Line 1, column 2: put names in straight double quotes (\"), not '",
		`{"a": 'b'}`:                                                            "Line 1, column 7: put text in straight double quotes (\"), not '",
		`{“a”: 1}`:                                                              "Line 1, column 2: put names in straight double quotes (\"), not “",
		`{"a": “b”}`:                                                            "Line 1, column 7: put text in straight double quotes (\"), not “",
		`{a: 1}`:                                                                "Line 1, column 2: put names in double quotes (\")",
		`{"a": hello}`:                                                          "Line 1, column 7: put text in double quotes: \"hello\"",
		`{"a": True}`:                                                           "Line 1, column 7: put text in double quotes: \"True\"",
		`{"a": 01}`:                                                             "Line 1, column 7: “01” is not a number; put text in double quotes (\")",
		`{"a": 12-03-2026}`:                                                     "Line 1, column 7: “12-03-2026” is not a number; put text in double quotes (\")",
		"{\"a\": \"x\ny\"}":                                                     "Line 1, column 7: this text is not closed on its line; end it with \", and write \\n for a line break",
		"{\"a\": \"x\ty\"}":                                                     "Line 1, column 9: there is a control character (U+0009) here; remove it, or write \\t for a tab",
		`{"a": "x}`:                                                             "Line 1, column 7: this text is not closed; end it with \"",
		`{"a": "\x"}`:                                                           "Line 1, column 8: \\ begins an escape such as \\n or \\u00e9; for a backslash itself write \\\\",
		`{"a": "\u00"}`:                                                         "Line 1, column 8: \\ begins an escape such as \\n or \\u00e9; for a backslash itself write \\\\",
		`{"a": "\ud83d\u0041"}`:                                                 "Line 1, column 8: \\ begins an escape such as \\n or \\u00e9; for a backslash itself write \\\\",
		`{"a": "\ude00\ud83d"}`:                                                 "Line 1, column 8: \\ begins an escape such as \\n or \\u00e9; for a backslash itself write \\\\",
		`{"a": "{{user_data.mail}}\n\q"}`:                                       "Line 1, column 28: \\ begins an escape such as \\n or \\u00e9; for a backslash itself write \\\\",
		`{"a": ` + strings.Repeat("x", 50) + `}`:                                "Line 1, column 7: put text in double quotes: \"" + strings.Repeat("x", 40) + "…\"",
		"{\"é\": \"\xc3\"}":                                                     "Line 1, column 8: this is not UTF-8 text",
		`{"a": "\ud83d"}`:                                                       "Line 1, column 8: \\ begins an escape such as \\n or \\u00e9; for a backslash itself write \\\\",
		`{"a": 1} x`:                                                            "Line 1, column 10: the document has already ended; remove this, or move it inside the brackets",
		`{"a": 1, "a": 2}`:                                                      "Line 1, column 10: the name “a” is used twice in this object",
		"{\"a\": 1} // note":                                                    "Line 1, column 10: the document has already ended; remove this, or move it inside the brackets",
		"{ // note\n}":                                                          "Line 1, column 3: JSON has no comments; remove this",
		"{\u00a0\"a\": 1}":                                                      "Line 1, column 2: there is an unusual space (U+00A0) here; type a plain one",
		"{\"a\": \"\xff\"}":                                                     "Line 1, column 8: this is not UTF-8 text",
		strings.Repeat("[", 33) + strings.Repeat("]", 33): "Line 1, column 33: objects and lists are nested more than 32 deep",
		`"` + strings.Repeat("x", 32<<10) + `"`:           "Line 1, column 1: a template has at most 32 KiB; this has 32770 bytes",
	} {
		_, problems := Parse(text)
		require.NotEmpty(t, problems, text)
		require.Equal(t, want, words(problems)[0], text)
	}
}

func TestAllPlaceholdersWithAMistakeAreNamed(t *testing.T) {
	_, problems := Parse("{\n\"a\": \"{{mail}} {{user_data.email | lowr | uper}}\",\n\"b\": \"{{foo}}\"\n}")
	require.Equal(t, []string{
		"Line 2, column 9: there is no field mail. Did you mean user_data.email?",
		"Line 2, column 36: there is no filter lowr. There are lower, upper, trim, digits, e164, sha256, default, date, unix, number, json",
		"Line 2, column 43: there is no filter uper. There are lower, upper, trim, digits, e164, sha256, default, date, unix, number, json",
		"Line 3, column 9: there is no field foo. Fields begin with event_, user_data., custom_data. or source_url",
	}, words(problems))
	_, problems = Parse(`["{{event_id | foo:'a|b' | lowr}} {{event_id | foo:1 | lower}} {{event_id | foo:'x}}"]`)
	require.Equal(t, []string{"column 16", "column 28", "column 48", "column 77"}, places(problems), words(problems))
	_, problems = Parse(`["` + strings.Repeat("{{x}}", 6000) + `"]`)
	require.Len(t, problems, maxProblems)
}

func TestWhatAnotherToolWouldReplaceIsNotSentAsItStands(t *testing.T) {
	const two = ": a placeholder has two brackets on each side"
	for text, want := range map[string]string{
		`{"a": "{user_data.email}"}`:                              "Line 1, column 8: write {{user_data.email}}" + two,
		`{"a": "Hi ${ user_data.first_name }!"}`:                  "Line 1, column 11: write {{user_data.first_name}}" + two,
		`{"a": "#{event_name}"}`:                                  "Line 1, column 8: write {{event_name}}" + two,
		`{"a": "<%= user_data.email %>"}`:                         "Line 1, column 8: write {{user_data.email}}" + two,
		`{"a": "[[custom_data.value]]"}`:                          "Line 1, column 8: write {{custom_data.value}}" + two,
		`{"a": "{{event_id}} {source_url}"}`:                      "Line 1, column 21: write {{source_url}}" + two,
		`{"a": "{% if user_data.email %}x{% endif %}"}`:           "Line 1, column 8: " + noBlocks,
		`{"a": "{{#if user_data.email}}x{{/if}}"}`:                "Line 1, column 10: " + noBlocks,
		`{"a": "{{else}}"}`:                                       "Line 1, column 10: " + noBlocks,
		`{"a": "{{for x in custom_data}}"}`:                       "Line 1, column 10: " + noBlocks,
		`{"a": "{{{user_data.email}}}"}`:                          "Line 1, column 10: there is no field {user_data.email. Did you mean user_data.email?",
		`{"a": "{{user_data.email | default('x')}}"}`:             "Line 1, column 28: default needs a value, such as default:'x'",
		`{"a": "{{user_data.email | lower()}}"}`:                  "Line 1, column 33: | and a filter, or }}, should come here",
		`{"a": "{{lead.email}}"}`:                                 "Line 1, column 10: there is no field lead.email. Did you mean user_data.email?",
		`{"a": "{event} {source} {name} {x.y} [a] [[b]] <c> 5%"}`: "",
		"{\"a\": \"{{\u00a0user_data.email\u200b}}\"}":            "",
	} {
		_, problems := Parse(text)
		if want == "" {
			require.Empty(t, problems, text)
			continue
		}
		require.NotEmpty(t, problems, text)
		require.Equal(t, want, words(problems)[0], text)
	}
}

func TestThereAreBoundsOnPlaceholders(t *testing.T) {
	list := func(one string, n int) string { return `["` + strings.Repeat(one+`","`, n-1) + one + `"]` }
	for text, want := range map[string]string{
		list("{{event_id}}", 200):              "",
		list("{{user_data.phone | e164}}", 20): "",
		list("{{event_id}}", 201):              "Line 1, column 3003: a template has at most 200 placeholders; this is one too many",
		list("{{user_data.phone | e164}}", 21): "Line 1, column 603: e164 may be used at most 20 times",
	} {
		_, problems := Parse(text)
		require.Equal(t, want, strings.Join(words(problems), "; "))
	}
	for _, text := range []string{`"` + strings.Repeat("{", 32766) + `"`, `"` + strings.Repeat("{{|", 10000) + `"`, `["` + strings.Repeat(`{{x}}","`, 4000) + `"]`, strings.Repeat("{{x", 9000)} {
		_, problems := Parse(text)
		require.NotEmpty(t, problems)
		require.LessOrEqual(t, len(problems), maxProblems)
	}
}

// What is JSON is a template, but for what a template does not allow; what is not JSON is none.
func TestATemplateIsJSON(t *testing.T) {
	piece := rapid.SampledFrom([]string{`{`, `}`, `[`, `]`, `,`, `:`, `"a"`, `"b"`, `""`, `1`, `-1.5e3`, `01`, `true`, `null`, `nul`, ` `, "\n", `"\u00e9"`, `"\ud83d"`, `"`, `\`, `é`, `"a":`, `"c":1`})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		parsed, problems := Parse(text)
		require.Equal(t, parsed == nil, len(problems) > 0)
		if !json.Valid([]byte(text)) {
			require.NotEmpty(t, problems, text)
			return
		}
		for _, p := range problems {
			require.Regexp(t, "twice|escape", p.Message, text)
		}
	})
}
