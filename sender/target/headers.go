package target

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"iozen/store"
	"iozen/store/event"
	"iozen/store/text"
)

const (
	maxHeaders     = 50
	maxHeaderBytes = 16 << 10 // names and values together, as sent
	oddValueBytes  = 8 << 10  // many servers refuse a longer line
)

// LineProblem is a reason to refuse one header, or a note about it. It never holds the value: a line that fails to parse is
// often a secret with a typing error in it.
type LineProblem struct {
	Line    int // 1 is the first; of the textarea, or of the API's list
	Message string
}

// String is the form that people read: "Line 2: use Header-Name: value".
func (p LineProblem) String() string { return fmt.Sprintf("Line %d: %s", p.Line, p.Message) }

// reservedHeaders may not be configured: net/http silently drops some of them and sends others in a way that breaks the
// connection (fault matrix, R8).
var reservedHeaders = map[string]string{
	"host":              "it follows from the Webhook URL",
	"content-length":    "it follows from the payload",
	"transfer-encoding": "it is set by the connection",
	"connection":        "it is set by the connection",
	"keep-alive":        "it is set by the connection",
	"te":                "it is set by the connection",
	"trailer":           "it is set by the connection",
	"upgrade":           "it is set by the connection",
	"expect":            "it is set by the connection",
	"http2-settings":    "it is set by the connection",
	"accept-encoding":   "answers are read uncompressed",
	"content-encoding":  "it would describe another body than the one that ioZen makes",
	"content-md5":       "it would describe another body than the one that ioZen makes",
	"content-digest":    "it would describe another body than the one that ioZen makes",
	"digest":            "it would describe another body than the one that ioZen makes",
	"repr-digest":       "it would describe another body than the one that ioZen makes",
	"content-range":     "it would describe another body than the one that ioZen makes",
}

// CheckHeaders checks headers that are given one by one (API); Line is the index plus one.
func CheckHeaders(headers []store.HeaderChange) []LineProblem {
	lines := make([]headerLine, len(headers))
	for i, h := range headers {
		lines[i] = headerLine{number: i + 1, HeaderChange: h}
	}
	problems, _ := checkLines(lines)
	return problems
}

type headerLine struct {
	number int
	store.HeaderChange
}

// checkLines applies the rules for one header and those for all of them together.
func checkLines(lines []headerLine) (problems, notes []LineProblem) {
	firstLine := make(map[string]int, len(lines))
	total := 0
	for i, l := range lines {
		refuse := func(format string, args ...any) {
			problems = append(problems, LineProblem{l.number, fmt.Sprintf(format, args...)})
		}
		key := strings.ToLower(l.Name)
		total += headerSize(l.HeaderChange)
		if problem := checkHeader(l.HeaderChange); problem != "" {
			refuse("%s", problem)
		} else if first := firstLine[key]; first != 0 {
			refuse("%s is already on line %d", l.Name, first)
		} else if i >= maxHeaders {
			refuse("at most %d headers", maxHeaders)
		} else if total > maxHeaderBytes {
			refuse("the headers take more than 16 KiB in all")
		} else if note := noteHeader(l.HeaderChange); note != "" {
			notes = append(notes, LineProblem{l.number, note})
		}
		if firstLine[key] == 0 {
			firstLine[key] = l.number
		}
	}
	return problems, notes
}

func headerSize(h store.HeaderChange) int {
	size := len(h.Name) + len(": \r\n")
	if h.Value != nil {
		size += len(*h.Value)
	}
	return size
}

// checkHeader says why one header cannot be sent, or "".
func checkHeader(h store.HeaderChange) string {
	if problem := checkHeaderName(h.Name); problem != "" {
		return problem
	}
	if h.Value == nil {
		return ""
	}
	value := *h.Value
	switch {
	case value == "":
		return "a value is missing after " + h.Name + ":"
	case len(value) > len(h.Name) && strings.EqualFold(value[:len(h.Name)], h.Name) && value[len(h.Name)] == ':':
		return h.Name + ": is there twice"
	case doubledWord.MatchString(value):
		return value[:strings.IndexByte(value, ' ')] + " is there twice"
	case strings.Contains(value, event.Mask[:len("•")]): // what is left of a mask
		return "type the value again"
	case strings.TrimSpace(value) != value:
		return "remove the space around the value"
	case !utf8.ValidString(value) || !httpguts.ValidHeaderFieldValue(value):
		return "the value holds a character that no header can carry (a line break or control character)"
	case strings.EqualFold(h.Name, "Content-Type") && !isJSONType(value):
		return "remove Content-Type; " + sendsItsOwn(value)
	}
	if found := findPlaceholder(value); found != "" {
		return fillIn(found)
	}
	if _, hidden := text.Strip(value); len(hidden) > 0 {
		return fmt.Sprintf("remove %s at character %d of the value", hidden[0], hidden[0].Position)
	}
	if _, odd := text.PlainSpaces(value); len(odd) > 0 {
		return fmt.Sprintf("type a plain space instead of %s at character %d of the value", odd[0], odd[0].Position)
	}
	return ""
}

// headerName is stricter than HTTP: what people type with other characters is a line of code, a comment or an address.
var headerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// doubledWord matches a value that repeats the word before it, such as Bearer Bearer.
var doubledWord = regexp.MustCompile(`^(?i)(Bearer +Bearer|Basic +Basic) `)

func checkHeaderName(name string) string {
	switch {
	case strings.EqualFold(name, "http") || strings.EqualFold(name, "https"):
		return isURL
	case name == "":
		return "use Header-Name: value"
	case strings.ContainsAny(name, " \t"):
		return "a header's name has no spaces. Use Header-Name: value"
	case !headerName.MatchString(name):
		return "a header's name has only letters, digits, - _ and ., and begins with a letter or digit. Use Header-Name: value"
	}
	if reason := unsendable(name); reason != "" {
		return name + " cannot be set: " + reason
	}
	return ""
}

// unsendable says why no custom header may have this name, or "".
func unsendable(name string) string {
	key := strings.ToLower(name)
	switch {
	case reservedHeaders[key] != "":
		return reservedHeaders[key]
	case strings.HasPrefix(key, "proxy-"):
		return "no proxy is used"
	case strings.HasPrefix(key, "x-iozen-") || strings.HasPrefix(key, "webhook-"):
		return "ioZen sends its own"
	}
	return ""
}

// isJSONType says whether a Content-Type is the one that we send; JSON is always UTF-8.
func isJSONType(value string) bool {
	kind, parameter, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(value, " ", "")), ";")
	return kind == "application/json" && (parameter == "" || parameter == "charset=utf-8" || parameter == "charset=utf8")
}

// sendsItsOwn says why a Content-Type other than the usual one is of no use: that of the body follows the format.
func sendsItsOwn(value string) string {
	if kind, _, _ := strings.Cut(value, ";"); strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		return "ioZen sends this when you choose form fields under Format"
	}
	return "ioZen sends JSON, or form fields if you choose them under Format"
}

// noteHeader says what is odd about a header that is accepted anyway, or "".
func noteHeader(h store.HeaderChange) string {
	switch {
	case strings.EqualFold(h.Name, "Content-Type"):
		return "ioZen already sends this"
	case h.Value == nil:
		return ""
	case len(*h.Value) > oddValueBytes:
		return "the value is over 8 KiB; many servers refuse that"
	case strings.ContainsFunc(*h.Value, func(r rune) bool { return r > '~' }):
		return "the value has special characters (curly quotes “ ”, perhaps?), which are sent as UTF-8"
	}
	return ""
}
