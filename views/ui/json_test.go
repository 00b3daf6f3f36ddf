package ui

import (
	"bytes"
	"encoding/json"
	gohtml "html"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func renderJSON(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, JSON("x", "A payload", text).Render(t.Context(), &out))
	return out.String()
}

var tag = regexp.MustCompile(`<[^>]*>`)

// What is copied is the text, whatever is in it, and nothing in it becomes markup.
func TestJSONIsShownAndCopiedAsItIs(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `null`, `1`, `"text"`, `[1,2,[3,[]],{}]`, `{"a":{"b":{"c":[true,false,null,-1.50e+10]}}}`,
		`{"a":"</div><script>alert(1)</script>","<b>":"&amp;"}`, `{"a":"x: y, {z} [w] \"q\" \\"}`, `{"a\\":"b\\\\","":""}`,
		`{"a":"ends with {"}`, `["[", "{", "]", "}"]`, `{"ü":"山田 😀 \u202e"}`, `{"a":10.00,"b":1E400}`, `{"a":[{"b":1},{"b":2}],"c":{}}`,
		"{\n  \"a\" : [ 1 ,\n 2 ] }", `[{"a":[[]]}]`, `{"k":"` + strings.Repeat("x", 5000) + `"}`, `"{\"a\": 1}"`, `{"a":"line\nbreak"}`,
	} {
		var want bytes.Buffer
		require.NoError(t, json.Indent(&want, []byte(text), "", "  "))
		shown := renderJSON(t, text)
		require.Equal(t, want.String(), strings.TrimSpace(gohtml.UnescapeString(tag.ReplaceAllString(shown, ""))), text)
		require.NotContains(t, shown, "<script>", text)
		require.Equal(t, strings.Count(shown, "<details"), strings.Count(shown, "</details>"), text)
	}
	require.Contains(t, renderJSON(t, `{"a":{"b":1}}`), `<details open><summary>`, "it folds without a script")
	require.Contains(t, renderJSON(t, `{"a":"b","c":1}`), `<span class="k">&#34;a&#34;</span>: <span class="s">&#34;b&#34;</span>`)
}

func TestWhatIsNoJSONIsShownAsItIs(t *testing.T) {
	for _, text := range []string{"", "<h1>Bad gateway</h1>", `{"a":`, "{}{}", "{'a':1}", `{"cut":"of`} {
		require.Contains(t, renderJSON(t, text), "<pre", text)
		require.NotContains(t, renderJSON(t, text), "<h1>", text)
	}
}

func renderMessage(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Message("x", "Response", text).Render(t.Context(), &out))
	return out.String()
}

// The head of a message stays as it is; only its body is read as JSON.
func TestTheBodyOfAMessageIsShownAsJSON(t *testing.T) {
	for text, want := range map[string]string{
		"HTTP/1.1 200 OK\nContent-Type: text/plain\n\n{\"a\":1}":        "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n{\n  \"a\": 1\n}",
		"POST / HTTP/1.1\nX: {\"a\"}\n\n{\"b\":\"\\n\\n<i>\"}":          "POST / HTTP/1.1\nX: {\"a\"}\n\n{\n  \"b\": \"\\n\\n<i>\"\n}",
		"HTTP/1.1 200 OK\nSet-Cookie: <b>\n\n[]":                        "HTTP/1.1 200 OK\nSet-Cookie: <b>\n\n[]",
		"HTTP/1.1 204 No Content\n\n\"j•••@example.com\"":               "HTTP/1.1 204 No Content\n\n\"j•••@example.com\"",
		"HTTP/1.1 200 OK\n\n{\"email\":\"j•••@example.com\",\"n\":[1]}": "HTTP/1.1 200 OK\n\n{\n  \"email\": \"j•••@example.com\",\n  \"n\": [\n    1\n  ]\n}",
	} {
		shown := renderMessage(t, text)
		require.Contains(t, shown, `class="json mono"`)
		require.Equal(t, want, strings.TrimSpace(gohtml.UnescapeString(tag.ReplaceAllString(shown, ""))), text)
		require.NotContains(t, shown, "<b>")
		require.NotContains(t, shown, "<i>")
	}
	deep := strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)
	for _, text := range []string{
		"", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\n\n<html>\n\n{}", "HTTP/1.1 200 OK\n\n{\"cut\":", "HTTP/1.1 200 OK\n\n" + deep,
		"HTTP/1.1 200 OK\n\n" + strings.Repeat(`{"a":`, 8000) + "1" + strings.Repeat("}", 8000), `{"no":"head"}`,
	} {
		shown := renderMessage(t, text)
		require.Contains(t, shown, "<pre", text)
		require.Less(t, len(shown), 2*len(text)+64*1024)
	}
	require.Contains(t, renderJSON(t, strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth)), "<details")
	require.Contains(t, renderJSON(t, `["[[[`+strings.Repeat("[", 2*maxDepth)+`"]`), `class="json mono"`, "brackets in a text are no depth")
}
