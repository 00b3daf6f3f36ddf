package field

import (
	"encoding/json"
	"strconv"
	"strings"

	"iozen/store/strictjson"
)

// CanLeaveOut says why a field cannot be left out of an event, or "". Name, id and time make an event what it is; they
// stay.
func CanLeaveOut(p Path) (problem string) {
	switch p.root {
	case userData, customData, sourceURL:
		return ""
	}
	return p.String() + " cannot be left out; only fields of user_data, custom_data and source_url can"
}

// Without is an event without the given fields. What is not touched keeps its bytes; with nothing to take out they are the
// same bytes. An object of which nothing is left goes with its fields.
func Without(e Event, paths []Path) json.RawMessage {
	payload := e.raw
	for _, p := range paths {
		if _, ok := e.Value(p); !ok {
			continue
		}
		switch {
		case p.name == "":
			payload, _ = without(payload, p.root)
		case p.root == sourceURL:
			payload = replace(payload, sourceURL, func(value json.RawMessage) json.RawMessage {
				return strictjson.AppendString(nil, withoutParameter(strictjson.Unquote(value), strings.TrimPrefix(p.name, query)))
			})
		default:
			payload = replace(payload, p.root, func(value json.RawMessage) json.RawMessage {
				rest, _ := without(value, p.name)
				return rest
			})
		}
	}
	return payload
}

// replace changes one value of an object. A value of which nothing is left is taken out with its key.
func replace(object json.RawMessage, name string, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	out := make([]byte, 1, len(object))
	out[0] = '{'
	strictjson.Members(object, func(key, value json.RawMessage) bool {
		if strictjson.Unquote(key) == name {
			if value = change(value); len(value) == 0 || strictjson.IsNothing(value) {
				return true
			}
		}
		out = appendMember(out, key, value)
		return true
	})
	return append(out, '}')
}

func appendMember(out []byte, key, value json.RawMessage) []byte {
	if len(out) > 1 {
		out = append(out, ',')
	}
	return append(append(append(out, key...), ':'), value...)
}

// without takes a value out of an object by its name, which may lead deeper, as in Event.Value.
func without(value json.RawMessage, name string) (rest json.RawMessage, found bool) {
	switch value[0] {
	case '{':
		return withoutKey(value, name)
	case '[':
		return withoutElement(value, name)
	}
	return value, false
}

func withoutKey(object json.RawMessage, name string) (json.RawMessage, bool) {
	keys := members(object, 8)
	if _, ok := lookUp(keys, name); ok {
		return replace(object, name, func(json.RawMessage) json.RawMessage { return nil }), true
	}
	for i := 0; i < len(name); i++ {
		if name[i] != '.' {
			continue
		}
		value, ok := lookUp(keys, name[:i])
		if !ok {
			continue
		}
		if rest, found := without(value, name[i+1:]); found {
			return replace(object, name[:i], func(json.RawMessage) json.RawMessage { return rest }), true
		}
	}
	return object, false
}

func withoutElement(list json.RawMessage, name string) (rest json.RawMessage, found bool) {
	position, deeper, _ := strings.Cut(name, ".")
	n, err := strconv.Atoi(position)
	if err != nil {
		return list, false
	}
	i := 0
	out := []byte{'['}
	strictjson.Elements(list, func(value json.RawMessage) bool {
		switch {
		case i != n:
		case deeper == "":
			value, found = nil, true
		default:
			value, found = without(value, deeper)
		}
		i++
		if value != nil {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, value...)
		}
		return true
	})
	if !found {
		return list, false
	}
	return append(out, ']'), true
}

// withoutParameter takes every value of a parameter out of the query of a page's address.
func withoutParameter(address, name string) string {
	page, fragment, hasFragment := strings.Cut(address, "#")
	page, all, _ := strings.Cut(page, "?")
	var kept []string
	for part := range strings.SplitSeq(all, "&") {
		if key, _, _ := strings.Cut(part, "="); unescape(key) != name {
			kept = append(kept, part)
		}
	}
	if len(kept) > 0 {
		page += "?" + strings.Join(kept, "&")
	}
	if hasFragment {
		page += "#" + fragment
	}
	return page
}
