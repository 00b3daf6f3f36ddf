package event

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"iozen/store/strictjson"
)

// Event is a conversion as it goes out. A zero field is one that the event does not have:
// it is left out of the payload, never sent as null or "".
type Event struct {
	Name         string
	ID           string
	Time         time.Time // sent to the millisecond
	ActionSource string    // "" is sent as website
	User         UserData
	Custom       CustomData
	SourceURL    string // byte for byte, query and fragment included
}

// UserData is who converted, as the visitor gave it.
type UserData struct {
	Email, Phone, FirstName, LastName, ExternalID string
}

// CustomData is what the conversion was worth and about.
type CustomData struct {
	Value       json.Number // keeps the digits it came with
	Currency    string
	ContentName string
	More        []Member // the caller's own keys, in the order given
}

// Member is one key of a JSON object with its value as it was written.
type Member struct {
	Name string
	JSON json.RawMessage
}

// timeLayout is RFC 3339 UTC with exactly three decimals.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Payload makes the bytes that every attempt sends: the keys of the contract in its order.
func (e Event) Payload() []byte {
	o := newObject(make([]byte, 0, 640))
	o.text("event_name", e.Name)
	o.text("event_id", e.ID)
	if !e.Time.IsZero() {
		o.text("event_time", e.Time.UTC().Format(timeLayout))
		o.raw("event_time_unix", strconv.AppendInt(nil, e.Time.Unix(), 10))
	}
	o.text("source", "iozen")
	o.text("action_source", orDefault(e.ActionSource, "website"))
	o.object("user_data", e.User.append)
	o.object("custom_data", e.Custom.append)
	o.text("source_url", e.SourceURL)
	return o.end()
}

func (u UserData) append(o *object) {
	o.text("email", u.Email)
	o.text("phone", u.Phone)
	o.text("first_name", u.FirstName)
	o.text("last_name", u.LastName)
	o.text("external_id", u.ExternalID)
}

func (c CustomData) append(o *object) {
	if c.Value != "" {
		o.raw("value", []byte(c.Value))
	}
	o.text("currency", c.Currency)
	o.text("content_name", c.ContentName)
	for _, m := range c.More {
		o.raw(m.Name, m.JSON)
	}
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// object writes one JSON object key by key. encoding/json would escape <, > and &, sort maps and
// reformat numbers; receivers are to see what JSON.stringify would have made.
type object struct {
	buf   []byte
	empty bool
}

func newObject(buf []byte) *object { return &object{buf: append(buf, '{'), empty: true} }

func (o *object) end() []byte { return append(o.buf, '}') }

func (o *object) key(name string) {
	if !o.empty {
		o.buf = append(o.buf, ',')
	}
	o.empty = false
	o.buf = append(strictjson.AppendString(o.buf, name), ':')
}

// text writes a string, and nothing at all when it is empty.
func (o *object) text(name, value string) {
	if value == "" {
		return
	}
	o.key(name)
	o.buf = strictjson.AppendString(o.buf, value)
}

func (o *object) raw(name string, value []byte) {
	o.key(name)
	o.buf = append(o.buf, value...)
}

// object writes a nested object, and nothing at all when it stays empty.
func (o *object) object(name string, fill func(*object)) {
	before := *o
	o.key(name)
	inner := newObject(o.buf)
	fill(inner)
	if inner.empty {
		*o = before
		return
	}
	o.buf = inner.end()
}

// meaning appends what an event says, in the one form that all spellings of it share. Two events with the same id are
// the same event exactly if their meaning is. It is for comparing only: what goes out keeps its digits, order and
// escapes.
func (e Event) meaning(buf []byte) []byte {
	o := newObject(buf)
	o.text("event_name", e.Name)
	o.text("event_id", e.ID)
	if !e.Time.IsZero() {
		o.raw("event_time", strconv.AppendInt(nil, e.Time.UnixMilli(), 10))
	}
	o.text("action_source", orDefault(e.ActionSource, "website"))
	o.object("user_data", e.User.append)
	o.object("custom_data", e.Custom.appendMeaning)
	o.text("source_url", e.SourceURL)
	return o.end()
}

func (c CustomData) appendMeaning(o *object) {
	if c.Value != "" {
		o.raw("value", strictjson.AppendNumber(nil, json.RawMessage(c.Value)))
	}
	o.text("currency", c.Currency)
	o.text("content_name", c.ContentName)
	sorted := slices.SortedFunc(slices.Values(c.More), func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range sorted {
		if value := strictjson.AppendMeaning(nil, m.JSON); !strictjson.IsNothing(value) {
			o.raw(m.Name, value)
		}
	}
}
