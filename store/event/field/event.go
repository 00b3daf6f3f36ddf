package field

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"iozen/store/event"
	"iozen/store/strictjson"
)

// ErrNotEvent says that stored bytes are not an event: the database is damaged.
var ErrNotEvent = errors.New("the stored payload is not a JSON object")

// Event is the canonical bytes of an event, with its keys found. It is for one goroutine at a time.
type Event struct {
	raw    json.RawMessage
	keys   []event.Member
	user   []event.Member
	custom []event.Member
	byName map[string]json.RawMessage // of custom, where there are many
	query  *parameters                // of source_url; nil without one
}

// many is how many keys make a map worth its cost.
const many = 32

// Read finds the keys of an event.
func Read(payload []byte) (Event, error) {
	raw, err := strictjson.Check(payload)
	if err != nil || raw[0] != '{' {
		return Event{}, ErrNotEvent
	}
	e := Event{raw: raw, keys: members(raw, len(roots))}
	e.user = membersOf(e.keys, userData, len(users))
	e.custom = membersOf(e.keys, customData, many)
	if len(e.custom) > many {
		e.byName = make(map[string]json.RawMessage, len(e.custom))
		for _, m := range e.custom {
			e.byName[m.Name] = m.JSON
		}
	}
	if address, ok := lookUp(e.keys, sourceURL); ok && address[0] == '"' {
		e.query = &parameters{address: address}
	}
	return e, nil
}

func membersOf(keys []event.Member, name string, about int) []event.Member {
	value, _ := lookUp(keys, name)
	if len(value) == 0 || value[0] != '{' {
		return nil
	}
	return members(value, about)
}

// members are the keys of an object with their values.
func members(object json.RawMessage, about int) []event.Member {
	found := make([]event.Member, 0, about)
	strictjson.Members(object, func(key, value json.RawMessage) bool {
		found = append(found, event.Member{Name: strictjson.Unquote(key), JSON: value})
		return true
	})
	return found
}

func lookUp(keys []event.Member, name string) (json.RawMessage, bool) {
	i := slices.IndexFunc(keys, func(m event.Member) bool { return m.Name == name })
	if i < 0 {
		return nil, false
	}
	return keys[i].JSON, true
}

// Payload is the bytes of the event.
func (e Event) Payload() json.RawMessage { return e.raw }

// Custom are the keys of custom_data in their order.
func (e Event) Custom() []event.Member { return e.custom }

// Value is the value of a field as it is written in the event. A field that holds nothing (null, "", [] or {}) is missing,
// like one that is not there.
func (e Event) Value(p Path) (value json.RawMessage, ok bool) {
	switch {
	case p.root == Whole:
		return e.raw, true
	case p.root == sourceURL && p.name != "":
		value, ok = e.query.value(strings.TrimPrefix(p.name, query))
	case p.name == "":
		value, ok = lookUp(e.keys, p.root)
	case p.root == userData:
		value, ok = lookUp(e.user, p.name)
	case e.byName != nil:
		value, ok = e.byName[p.name]
		if !ok {
			value, ok = within(e.custom, p.name)
		}
	default:
		value, ok = within(e.custom, p.name)
	}
	if !ok || strictjson.IsNothing(value) {
		return nil, false
	}
	return value, true
}

// Text is a field's value as a text: a string without its quotes, anything else as it is written.
func (e Event) Text(p Path) (text string, ok bool) {
	value, ok := e.Value(p)
	if !ok {
		return "", false
	}
	return Text(value), true
}

// Text is a value as a text: a string without its quotes, anything else as it is written.
func Text(value json.RawMessage) string {
	if value[0] == '"' {
		return strictjson.Unquote(value)
	}
	return string(value)
}

// within finds a value by its name, which may lead into objects and lists: roof.size, items.0.sku. A key that has a dot
// in its own name is found first.
func within(keys []event.Member, name string) (json.RawMessage, bool) {
	if value, ok := lookUp(keys, name); ok {
		return value, true
	}
	for i := 0; i < len(name); i++ {
		if name[i] != '.' {
			continue
		}
		value, ok := lookUp(keys, name[:i])
		if !ok {
			continue
		}
		if found, ok := inside(value, name[i+1:]); ok {
			return found, true
		}
	}
	return nil, false
}

func inside(value json.RawMessage, name string) (json.RawMessage, bool) {
	switch value[0] {
	case '{':
		return within(members(value, 8), name)
	case '[':
		position, rest, deeper := strings.Cut(name, ".")
		n, err := strconv.Atoi(position)
		if err != nil || n < 0 {
			return nil, false
		}
		element, ok := elementAt(value, n)
		if !ok || !deeper {
			return element, ok
		}
		return inside(element, rest)
	}
	return nil, false
}

func elementAt(list json.RawMessage, n int) (element json.RawMessage, ok bool) {
	i := 0
	strictjson.Elements(list, func(value json.RawMessage) bool {
		element, ok = value, i == n
		i++
		return !ok
	})
	return element, ok
}
