package handlers

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// maxFieldErrors are told at once: a megabyte of mistakes need not come back as ten.
const maxFieldErrors = 100

// takeField takes the value of one key; pointer leads to it.
type takeField func(d *document, pointer string, value json.RawMessage)

// document walks a valid JSON document and collects what is wrong with it, each with its place. Decoding into structs
// would tell neither the places nor an unknown or repeated key.
type document struct{ errors []FieldError }

func (d *document) refuse(pointer, message string) {
	if len(d.errors) < maxFieldErrors {
		d.errors = append(d.errors, FieldError{pointer, message})
	}
}

func (d *document) problem() error {
	if len(d.errors) == 0 {
		return nil
	}
	return invalid(d.errors)
}

// object hands the value of each key to the function that takes it, and returns the keys that it found.
func (d *document) object(pointer string, raw json.RawMessage, fields map[string]takeField) (found map[string]bool) {
	found = map[string]bool{}
	read := json.NewDecoder(bytes.NewReader(raw))
	if start, _ := read.Token(); start != json.Delim('{') {
		d.refuse(pointer, "must be an object")
		return found
	}
	for read.More() {
		token, _ := read.Token() // cannot fail: the document was checked
		name, _ := token.(string)
		var value json.RawMessage
		_ = read.Decode(&value)
		at := pointer + "/" + pointerEscape.Replace(name)
		take, known := fields[name]
		switch {
		case found[name]:
			d.refuse(at, "is given twice")
		case !known:
			d.refuse(at, "unknown key")
		case take != nil:
			take(d, at, value)
		}
		found[name] = true
	}
	return found
}

// pointerEscape writes a key as a part of a JSON Pointer (RFC 6901).
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// list hands over each element of an array.
func (d *document) list(pointer string, raw json.RawMessage, each takeField) {
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		d.refuse(pointer, "must be a list")
		return
	}
	for i, element := range elements {
		each(d, pointer+"/"+strconv.Itoa(i), element)
	}
}

func (d *document) text(pointer string, raw json.RawMessage) (text string, ok bool) {
	if raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		d.refuse(pointer, "must be a string")
		return "", false
	}
	return text, true
}

func (d *document) boolean(pointer string, raw json.RawMessage) (yes, ok bool) {
	if json.Unmarshal(raw, &yes) != nil || isNull(raw) {
		d.refuse(pointer, "must be true or false")
		return false, false
	}
	return yes, true
}

func (d *document) number(pointer string, raw json.RawMessage) (n float64, ok bool) {
	if json.Unmarshal(raw, &n) != nil || isNull(raw) {
		d.refuse(pointer, "must be a number")
		return 0, false
	}
	return n, true
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
