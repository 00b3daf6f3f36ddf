package handlers

import (
	"encoding/json"

	"iozen/store/strictjson"
)

// takeField takes the value of one key; pointer leads to it.
type takeField func(d *document, pointer string, value json.RawMessage)

// document collects what is wrong with a posted document, by the rules that events obey too.
type document struct{ strictjson.Document }

func (d *document) refuse(pointer, message string) { d.Refuse(pointer, "%s", message) }

func (d *document) problem() error {
	if len(d.Problems) == 0 {
		return nil
	}
	refused := make([]FieldError, len(d.Problems))
	for i, p := range d.Problems {
		refused[i] = FieldError(p)
	}
	return invalid(refused)
}

// object passes the value of each key to the function for it, and returns the keys that it found.
func (d *document) object(pointer string, raw json.RawMessage, fields map[string]takeField) (found map[string]bool) {
	found = map[string]bool{}
	d.Object(pointer, raw, func(name string, value json.RawMessage) {
		found[name] = true
		at := strictjson.Pointer(pointer, name)
		switch take, known := fields[name]; {
		case !known:
			d.refuse(at, "unknown key")
		case take != nil:
			take(d, at, value)
		}
	})
	return found
}

// list passes each element of an array to a function.
func (d *document) list(pointer string, raw json.RawMessage, each takeField) {
	d.List(pointer, raw, func(pointer string, value json.RawMessage) { each(d, pointer, value) })
}

func (d *document) text(pointer string, raw json.RawMessage) (text string, ok bool) {
	return d.Text(pointer, raw)
}

func (d *document) boolean(pointer string, raw json.RawMessage) (yes, ok bool) {
	return d.Bool(pointer, raw)
}

func (d *document) number(pointer string, raw json.RawMessage) (n float64, ok bool) {
	return d.Number(pointer, raw)
}

func isNull(raw json.RawMessage) bool { return strictjson.IsNull(raw) }
