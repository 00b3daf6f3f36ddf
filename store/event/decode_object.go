package event

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"iozen/store"
	"iozen/store/strictjson"
	"iozen/store/text"
)

// decoder collects what is wrong (Problems) and what is odd (warnings) with one event.
type decoder struct {
	strictjson.Document
	now      time.Time
	warnings []store.Warning
}

func (d *decoder) warn(pointer, format string, args ...any) {
	d.warnings = append(d.warnings, store.Warning{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

// object hands each known key's value to take and every other key to unknown. Nothing (null, "", [] and {}) is "not
// given", as the object itself may be. It returns false when raw is something else than an object.
func (d *decoder) object(pointer string, raw json.RawMessage, known []string, take, unknown field) bool {
	return d.Object(pointer, raw, func(name string, value json.RawMessage) {
		switch {
		case !slices.Contains(known, name):
			unknown(pointer, name, value)
		case !strictjson.IsNothing(value):
			take(pointer, name, value)
		}
	})
}

// field takes the value of one key; parent leads to its object.
type field func(parent, name string, value json.RawMessage)

// refuseUnknown names the key that was probably meant.
func (d *decoder) refuseUnknown(known []string) field {
	return func(parent, name string, _ json.RawMessage) {
		pointer := strictjson.Pointer(parent, name)
		for _, k := range known {
			if text.FoldName(k) == text.FoldName(name) {
				d.Refuse(pointer, "unknown key; did you mean %s?", k)
				return
			}
		}
		d.Refuse(pointer, "unknown key; keys of your own go into custom_data")
	}
}

// text decodes a string of at most limit characters.
func (d *decoder) text(pointer string, raw json.RawMessage, limit int) (string, bool) {
	s, ok := d.Text(pointer, raw)
	if !ok {
		return "", false
	}
	if len(s) > limit { // bytes: characters need counting only then
		if n := utf8.RuneCountInString(s); n > limit {
			d.Refuse(pointer, "must have at most %d characters, this has %d", limit, n)
			return "", false
		}
	}
	if strictjson.HasHalf(raw) {
		d.warnHalf(pointer)
	}
	return s, true
}

// warnHalf warns of a text that was cut in the middle of a character, as programs do that count in UTF-16.
func (d *decoder) warnHalf(pointer string) {
	d.warn(pointer, `has half of a surrogate pair, such as \ud83d alone; it is sent as U+FFFD`)
}
