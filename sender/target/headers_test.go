package target

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/event"
)

func value(s string) *string { return &s }

func TestParseHeadersUnderstands(t *testing.T) {
	text := strings.Join([]string{
		"Authorization: Bearer a:b=c",
		"",
		"  X-Team :\tsales \r",
		"-H 'X-Api-Key: secret'",
		`--header "X-Quote: it's"`,
		"X-Kept: " + event.Mask,
		"Content-Type: Application/JSON",
		"User-Agent: mine",
		"Idempotency-Key: 1",
	}, "\n")
	headers, problems, notes := ParseHeaders(text)
	require.Empty(t, problems)
	require.Equal(t, []store.HeaderChange{
		{Name: "Authorization", Value: value("Bearer a:b=c")},
		{Name: "X-Team", Value: value("sales")},
		{Name: "X-Api-Key", Value: value("secret")},
		{Name: "X-Quote", Value: value("it's")},
		{Name: "X-Kept"},
		{Name: "Content-Type", Value: value("Application/JSON")},
		{Name: "User-Agent", Value: value("mine")},
		{Name: "Idempotency-Key", Value: value("1")},
	}, headers)
	require.Equal(t, []LineProblem{{7, "ioZen already sends this"}}, notes)
	require.Equal(t, 6, HeaderLine(text, 4))
	require.Equal(t, 1, HeaderLine("", 4))
}

func TestParseHeadersUnderstandsWhatIsPasted(t *testing.T) {
	both := []store.HeaderChange{{Name: "Authorization", Value: value("Bearer a:b=c")}, {Name: "X-Team", Value: value("it's \"sales\"")}}
	for name, c := range map[string]struct {
		text  string
		notes string
	}{
		"a list of options":      {"-H 'Authorization: Bearer a:b=c' \\\n--header \"X-Team: it's \\\"sales\\\"\"", ""},
		"options without ends":   {"  -H 'Authorization: Bearer a:b=c'\n  -H \"X-Team: it's \\\"sales\\\"\"\n", ""},
		"options on one line":    {`-H "Authorization: Bearer a:b=c" -H 'X-Team: it'\''s "sales"'`, ""},
		"options that hold both": {`--header='Authorization: Bearer a:b=c' -H$'X-Team: it\'s "sales"'`, ""},
		"a command on one line":  {`curl https://crm.example.com -H "Authorization: Bearer a:b=c" -H "X-Team: it's \"sales\""`, "Line 1: only the headers of the curl command are taken"},
		"a command with a body": {
			"curl -X POST 'https://crm.example.com' \\\r\n  -H 'Authorization: Bearer a:b=c' \\ \n  -H \"X-Team: it's \\\"sales\\\"\" \\\n  -d '{\n  \"a\": 1\n}'\n",
			"Line 1: only the headers of the curl command are taken",
		},
		"lines around a command": {"Authorization: Bearer a:b=c\ncurl \\\n  -H \"X-Team: it's \\\"sales\\\"\"", ""},
		"a JSON object":          {"{\n  \"Authorization\": \"Bearer a:b=c\",\n  \"X-Team\": \"it's \\\"sales\\\"\"\n}", ""},
		"invisible characters":   {"\u200bAuthorization: Bearer\u2060 a:b=c\ufeff\nX-Team: it's \"sales\"", "Line 1: a zero-width space (U+200B), a word joiner (U+2060) and a byte order mark (U+FEFF) taken out"},
	} {
		t.Run(name, func(t *testing.T) {
			headers, problems, notes := ParseHeaders(c.text)
			require.Empty(t, problems)
			require.Equal(t, both, headers)
			require.Equal(t, c.notes, joined(notes))
		})
	}
}

func TestCurlLinesAreTheTextareas(t *testing.T) {
	text := "X-Ok: 1\ncurl \\\n  -H 'My Header: x' \\\n  -H 'X-Kept: " + event.Mask + "'\nBearer abc"
	headers, problems, _ := ParseHeaders(text)
	require.Equal(t, "Line 3: a header's name has no spaces. Use Header-Name: value\nLine 5: use Header-Name: value", joined(problems))
	require.Nil(t, headers[2].Value)
	require.Equal(t, 4, HeaderLine(text, 2))
}

func TestCurlCredentialsBecomeAHeader(t *testing.T) {
	headers, _, _ := ParseHeaders("curl -u key:X https://crm.example.com")
	require.Equal(t, []store.HeaderChange{{Name: "Authorization", Value: value("Basic a2V5Olg=")}}, headers)
}

func TestParseHeadersRefuses(t *testing.T) {
	for line, message := range map[string]string{
		"Bearer abc":                "use Header-Name: value",
		": value":                   "use Header-Name: value",
		":authority: x":             "use Header-Name: value",
		"My Header: x":              "a header's name has no spaces. Use Header-Name: value",
		"Nämé: x":                   "a header's name has only letters, digits, - _ and ., and begins with a letter or digit. Use Header-Name: value",
		"X-A\x00: x":                "a header's name has only letters, digits, - _ and ., and begins with a letter or digit. Use Header-Name: value",
		"X-A:":                      "a value is missing after X-A:",
		"X-A: a\rb":                 "the value holds a character that no header can carry (a line break or control character)",
		"X-A: a\x00b":               "the value holds a character that no header can carry (a line break or control character)",
		"X-A: a\x7fb":               "the value holds a character that no header can carry (a line break or control character)",
		"X-A: a\xffb":               "the value holds a character that no header can carry (a line break or control character)",
		"X-A: x" + event.Mask:       "type the value again",
		"X-A: Bearer " + event.Mask: "type the value again",
		"X-A: ••••":                 "type the value again",
		"X-A: •":                    "type the value again",
		"X-A: " + event.Mask + "x":  "type the value again",
		"-H 'X-A: b":                "a quotation mark is not closed",
		"-H @headers.txt":           "headers that are kept in a file cannot be read here",
		"Content-Type: text/plain":  "remove Content-Type; ioZen sends JSON, or form fields if you choose them under Format",
		"content-type: application/X-www-form-urlencoded ; charset=utf-8": "remove Content-Type; ioZen sends this when you choose form fields under Format",
		"HOST: x":                "HOST cannot be set: it follows from the Webhook URL",
		"Content-Length: 1":      "Content-Length cannot be set: it follows from the payload",
		"Transfer-Encoding: x":   "Transfer-Encoding cannot be set: it is set by the connection",
		"Connection: close":      "Connection cannot be set: it is set by the connection",
		"Proxy-Authorization: x": "Proxy-Authorization cannot be set: no proxy is used",
		"Accept-Encoding: gzip":  "Accept-Encoding cannot be set: answers are read uncompressed",
		"x-iozen-event-id: 1":    "x-iozen-event-id cannot be set: ioZen sends its own",
		"webhook-signature: x":   "webhook-signature cannot be set: ioZen sends its own",
		"X-Ok: 1\nx-ok: 2":       "x-ok is already on line 2",
	} {
		_, problems, _ := ParseHeaders("\n" + line)
		require.Len(t, problems, 1, line)
		require.Equal(t, message, problems[0].Message, line)
		wantLine := 2 + strings.Count(line, "\n")
		require.Equal(t, fmt.Sprintf("Line %d: %s", wantLine, message), problems[0].String())
	}
	for _, name := range []string{"Keep-Alive", "TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings", "X-IoZen-Test", "webhook-id", "webhook-timestamp", "Proxy-Connection"} {
		_, problems, _ := ParseHeaders(name + ": x")
		require.Len(t, problems, 1, name)
	}
}

func TestHeaderLimits(t *testing.T) {
	numbered := func(n int, value string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "X-%02d: %s\n", i, value)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text, problem, note string
	}{
		"50 are fine":         {numbered(50, "x"), "", ""},
		"51 are not":          {numbered(51, "x"), "Line 51: at most 50 headers", ""},
		"over 8 KiB is noted": {numbered(1, strings.Repeat("x", 8193)), "", "Line 1: the value is over 8 KiB; many servers refuse that"},
		"16 KiB exactly":      {numbered(16, strings.Repeat("x", 1024-8)), "", ""},
		"a byte more":         {numbered(16, strings.Repeat("x", 1024-8)) + "Y: z", "Line 17: the headers take more than 16 KiB in all", ""},
		"beyond ASCII":        {"X-A: café", "", "Line 1: the value has special characters (curly quotes “ ”, perhaps?), which are sent as UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems, notes := ParseHeaders(c.text)
			require.Equal(t, c.problem, joined(problems))
			require.Equal(t, c.note, joined(notes))
		})
	}
}

func joined(problems []LineProblem) string {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

func TestCheckHeadersOfTheAPI(t *testing.T) {
	require.Equal(t, []LineProblem{
		{2, "remove the space around the value"},
		{3, "X-Team is already on line 1"},
		{4, "type the value again"},
	}, CheckHeaders([]store.HeaderChange{
		{Name: "X-Team", Value: value("a")}, {Name: "X-A", Value: value("a ")}, {Name: "X-Team"}, {Name: "X-B", Value: value(event.Mask)},
	}))
	require.Empty(t, CheckHeaders(nil))
}

func TestFormatHeadersRoundTrip(t *testing.T) {
	headers := []store.Header{{Name: "Authorization", Value: "Bearer x"}, {Name: "X-Team", Value: "a: b"}}
	require.Equal(t, "Authorization: "+event.Mask+"\nX-Team: "+event.Mask, event.FormatHeadersMasked(headers))
	parsed, problems, _ := ParseHeaders(event.FormatHeaders(headers))
	require.Empty(t, problems)
	require.Equal(t, []store.HeaderChange{{Name: "Authorization", Value: value("Bearer x")}, {Name: "X-Team", Value: value("a: b")}}, parsed)
}

// No byte, wherever it stands, gets past the parser and then through net/http as a second line.
func TestNoByteInjectsALine(t *testing.T) {
	for b := range 256 {
		for _, format := range []string{"%sX-A: v", "X%s-A: v", "X-A%s: v", "X-A: %sv", "X-A: v%sv", "X-A: v%s", "X-A: v%sX-B: w"} {
			for _, text := range []string{fmt.Sprintf(format, string([]byte{byte(b)})), fmt.Sprintf(format, string(rune(0x100+b)))} {
				requireOneLineEach(t, text)
			}
		}
	}
}

func requireOneLineEach(t *testing.T, text string) {
	t.Helper()
	headers, problems, _ := ParseHeaders(text)
	if len(problems) > 0 {
		return
	}
	h := http.Header{}
	for _, c := range headers {
		if c.Value != nil {
			h[c.Name] = []string{*c.Value}
		}
	}
	var wire strings.Builder
	require.NoError(t, h.Write(&wire))
	require.Equal(t, len(h), strings.Count(wire.String(), "\n"), "%q became %q", text, wire.String())
	for name := range h {
		require.Contains(t, wire.String(), name+": "+h[name][0]+"\r\n")
	}
}

func FuzzParseHeaders(f *testing.F) {
	for _, seed := range []string{"A: b", "-H 'A: b' \\\r\nB:c", "X: a\u010d\u010ab", ":a: b", event.Mask, "A: %0d%0aB: c", "curl \\\n-H 'A: b", "-H \"A: \\\"\\\n", "\"A\": \"b\",", "\u2000(000", "{a:[{", "$ curl ^\"^\n"} {
		f.Add(seed)
	}
	f.Fuzz(requireOneLineEach)
}
