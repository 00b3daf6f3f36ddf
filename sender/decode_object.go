package sender

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"iozen/store"
)

// decoder collects what is wrong (problems) and what is odd (warnings) with one event.
type decoder struct {
	now      time.Time
	problems []Problem
	warnings []store.Warning
}

func (d *decoder) refuse(pointer, format string, args ...any) {
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
	}
}

func (d *decoder) refused(pointer string) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool { return p.Pointer == pointer })
}

func (d *decoder) warn(pointer, format string, args ...any) {
	d.warnings = append(d.warnings, store.Warning{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

// object hands each known key's value to take and every other key to unknown. null is "not given".
// It returns false when raw is no object at all.
func (d *decoder) object(pointer string, raw json.RawMessage, known []string, take, unknown field) bool {
	if raw[0] != '{' {
		d.refuse(pointer, "must be an object")
		return false
	}
	seen := make(map[string]bool)
	members(raw, func(key, value json.RawMessage) bool {
		name := unquote(key)
		at := pointer + "/" + pointerEscape.Replace(name)
		switch {
		case seen[name]:
			d.refuse(at, "is given twice")
		case !slices.Contains(known, name):
			unknown(at, name, value)
		case string(value) != "null":
			take(at, name, value)
		}
		seen[name] = true
		return len(d.problems) < maxProblems
	})
	return true
}

// field takes the value of one key; pointer leads to it.
type field func(pointer, name string, value json.RawMessage)

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// refuseUnknown names the key that was probably meant.
func (d *decoder) refuseUnknown(known []string) field {
	return func(pointer, name string, _ json.RawMessage) {
		for _, k := range known {
			if strings.EqualFold(letters.Replace(k), letters.Replace(name)) {
				d.refuse(pointer, "unknown key; did you mean %s?", k)
				return
			}
		}
		d.refuse(pointer, "unknown key; keys of your own go into custom_data")
	}
}

var letters = strings.NewReplacer("_", "", "-", "", " ", "")

// text decodes a string of at most limit characters.
func (d *decoder) text(pointer string, raw json.RawMessage, limit int) (string, bool) {
	if raw[0] != '"' {
		d.refuse(pointer, "must be a string")
		return "", false
	}
	s := unquote(raw)
	if n := utf8.RuneCountInString(s); n > limit {
		d.refuse(pointer, "must have at most %d characters, this has %d", limit, n)
		return "", false
	}
	return s, true
}
