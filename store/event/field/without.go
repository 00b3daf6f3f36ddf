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

// Without is an event without the given fields, in every reading of their names. What is not touched keeps its bytes;
// with nothing to take out they are the same bytes. An object of which nothing is left goes with its fields.
func Without(e Event, paths []Path) json.RawMessage {
	payload := e.raw
	for _, p := range paths {
		value, ok := lookUp(e.keys, p.root)
		switch {
		case !ok:
		case p.name == "":
			payload = replace(payload, p.root, func(json.RawMessage) json.RawMessage { return nil })
		case p.root == sourceURL:
			payload = withoutParameter(payload, value, strings.TrimPrefix(p.name, query))
		default:
			if _, found := without(value, p.name); found {
				payload = replace(payload, p.root, func(value json.RawMessage) json.RawMessage {
					rest, _ := without(value, p.name)
					return rest
				})
			}
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

func withoutKey(object json.RawMessage, name string) (rest json.RawMessage, found bool) {
	keys := members(object, 8)
	rest = object
	if _, found = lookUp(keys, name); found {
		rest = replace(rest, name, func(json.RawMessage) json.RawMessage { return nil })
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if value, ok := lookUp(keys, name[:i]); ok {
			if inner, ok := without(value, name[i+1:]); ok {
				rest = replace(rest, name[:i], func(json.RawMessage) json.RawMessage { return inner })
				found = true
			}
		}
	}
	return rest, found
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

// withoutParameter takes every value of a parameter out of the query of the page's address.
func withoutParameter(payload, address json.RawMessage, name string) json.RawMessage {
	if address[0] != '"' {
		return payload
	}
	if _, ok := Parameter(strictjson.Unquote(address), name); !ok {
		return payload
	}
	return replace(payload, sourceURL, func(address json.RawMessage) json.RawMessage {
		return strictjson.AppendString(nil, addressWithout(strictjson.Unquote(address), name))
	})
}

func addressWithout(address, name string) string {
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
