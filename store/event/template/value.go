package template

import (
	"encoding/json"
	"strings"

	"iozen/store/strictjson"
)

// value is what a placeholder stands for: JSON as it is written in the event, or a text that a filter made.
type value struct {
	raw  json.RawMessage // nil: it is text
	text string
}

// String is the value inside a longer text. A list of plain values is written with commas; other lists and objects are
// JSON.
func (v value) String() string {
	switch {
	case v.raw == nil:
		return v.text
	case v.raw[0] == '"':
		return strictjson.Unquote(v.raw)
	case v.raw[0] == '[':
		if text, ok := List(v.raw); ok {
			return text
		}
	}
	return string(v.raw)
}

// List is a list of plain values as a text: "Roof, Solar". ok is false if it holds lists or objects.
func List(list json.RawMessage) (text string, ok bool) {
	var parts []string
	ok = true
	strictjson.Elements(list, func(element json.RawMessage) bool {
		if ok = element[0] != '[' && element[0] != '{'; ok && !strictjson.IsNothing(element) {
			parts = append(parts, value{raw: element}.String())
		}
		return ok
	})
	return strings.Join(parts, ", "), ok
}

// appendJSON writes the value as JSON: as in the event, or as a string.
func (v value) appendJSON(dst []byte) []byte {
	if v.raw != nil {
		return append(dst, v.raw...)
	}
	return strictjson.AppendString(dst, v.text)
}

// work is how much a filter has to do with a value, as in maxWork.
func (f filter) work(v value) int {
	const quicker = 4 // times
	n := len(v.raw) + len(v.text)
	if f.quick {
		n /= quicker
	}
	return n
}
