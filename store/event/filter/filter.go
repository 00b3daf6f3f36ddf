package filter

import (
	"encoding/json"
	"strings"

	"golang.org/x/text/unicode/norm"

	"iozen/store/event/field"
	"iozen/store/option"
	"iozen/store/strictjson"
)

// Filter is a filter made ready to match events. It may be used by several at once.
type Filter struct {
	any        bool
	conditions []condition
}

type condition struct {
	path  field.Path
	op    option.Op
	value json.RawMessage // nil where the comparison has none
	text  string          // of value, as it is compared
	words string          // "value is over 100"
}

// New makes a filter ready. Its settings have passed Decode; a condition that could not have been saved matches nothing.
func New(settings option.Filter) Filter {
	f := Filter{any: settings.Match == option.MatchAny}
	for _, c := range settings.Conditions {
		path, _ := field.Parse(c.Field)
		ready := condition{path: path, op: c.Op, words: Words(c)}
		if c.Value != "" {
			ready.value = json.RawMessage(c.Value)
			ready.text = folded(c.Value.Text())
		}
		f.conditions = append(f.conditions, ready)
	}
	return f
}

// Match says whether an event matches; if not, why: "its filter: value is over 100" names what it would have had to be.
func (f Filter) Match(e field.Event) (matches bool, why string) {
	if len(f.conditions) == 0 {
		return true, ""
	}
	for _, c := range f.conditions {
		switch holds := c.holds(e); {
		case holds && f.any:
			return true, ""
		case !holds && !f.any:
			return false, reason + c.words
		}
	}
	if !f.any {
		return true, ""
	}
	words := make([]string, len(f.conditions))
	for i, c := range f.conditions {
		words[i] = c.words
	}
	return false, reason + strings.Join(words, ", or ")
}

// Count says how many events match. Bytes that are no event match nothing.
func (f Filter) Count(payloads [][]byte) (n int) {
	for _, payload := range payloads {
		e, err := field.Read(payload)
		if err != nil {
			continue
		}
		if matches, _ := f.Match(e); matches {
			n++
		}
	}
	return n
}

const reason = "its filter: "

func (c condition) holds(e field.Event) bool {
	value, given := e.Value(c.path)
	switch c.op {
	case option.OpExists:
		return given
	case option.OpMissing:
		return !given
	case option.OpIsNot:
		return !given || !c.matches(value, c.is)
	}
	return given && c.matches(value, c.compares)
}

// matches says whether a value compares as wanted, or any element of a list does.
func (c condition) matches(value json.RawMessage, compares func(json.RawMessage) bool) bool {
	if value[0] != '[' {
		return compares(value)
	}
	found := false
	strictjson.Elements(value, func(element json.RawMessage) bool {
		found = element[0] != '[' && compares(element)
		return !found
	})
	return found
}

func (c condition) compares(value json.RawMessage) bool {
	switch c.op {
	case option.OpIs:
		return c.is(value)
	case option.OpContains:
		return strings.Contains(folded(field.Text(value)), c.text)
	case option.OpStartsWith:
		return strings.HasPrefix(folded(field.Text(value)), c.text)
	case option.OpOver:
		return isNumber(value) && strictjson.CompareNumbers(field.Text(value), field.Text(c.value)) > 0
	case option.OpUnder:
		return isNumber(value) && strictjson.CompareNumbers(field.Text(value), field.Text(c.value)) < 0
	}
	return false
}

// is compares as numbers if one side is a number and the other can be read as one: a form sends "100", an event has 100.00.
// Two texts are compared as texts, because the digits of an id are not an amount.
func (c condition) is(value json.RawMessage) bool {
	if (value[0] != '"' || c.value[0] != '"') && isNumber(value) && isNumber(c.value) {
		return strictjson.CompareNumbers(field.Text(value), field.Text(c.value)) == 0
	}
	return folded(field.Text(value)) == c.text
}

// isNumber says whether a value is a number, or a text that is one.
func isNumber(value json.RawMessage) bool {
	if value[0] != '"' {
		return strictjson.IsNumber(value)
	}
	return strictjson.IsNumberText(strictjson.Unquote(value))
}

// folded is a text in the one form that its ways of writing share: in capitals or small letters, ü as one character or two.
func folded(text string) string { return strings.ToLower(strings.ToUpper(norm.NFC.String(text))) }
