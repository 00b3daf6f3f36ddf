package success

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"iozen/store/option"
	"iozen/store/strictjson"
	"iozen/store/text"
)

const (
	maxPath  = 200 // characters
	maxValue = 200
)

// Decode reads a success rule from a document; null asks for nothing.
func Decode(d *strictjson.Document, pointer string, raw json.RawMessage) (rule option.Success) {
	if strictjson.IsNull(raw) {
		return option.Success{}
	}
	isObject := d.Object(pointer, raw, func(name string, value json.RawMessage) {
		at := strictjson.Pointer(pointer, name)
		switch name {
		case "path":
			rule.Path, _ = d.Text(at, value)
		case "value":
			if !strictjson.IsNull(value) {
				rule.Value = option.Literal(value)
			}
		default:
			d.Refuse(at, "unknown key; Success by answer has path and value")
		}
	})
	if !isObject {
		return rule
	}
	if problem := checkPath(rule.Path); problem != "" && !d.Refused(pointer+"/path") {
		d.Refuse(pointer+"/path", "%s", problem)
	}
	if problem := checkValue(json.RawMessage(rule.Value)); problem != "" {
		d.Refuse(pointer+"/value", "%s", problem)
	}
	return rule
}

func checkPath(path string) string {
	switch {
	case path == "":
		return "is required, such as success or status.ok"
	case utf8.RuneCountInString(path) > maxPath:
		return "must have at most 200 characters"
	case slices.Contains(strings.Split(path, "."), ""):
		return "must be keys with one dot between them, such as status.ok"
	}
	return ""
}

func checkValue(value json.RawMessage) string {
	switch {
	case len(value) == 0:
		return "is required, such as true"
	case value[0] == '{' || value[0] == '[':
		return "must be a text, a number, true or false"
	case utf8.RuneCount(value) > maxValue:
		return "must have at most 200 characters"
	}
	return ""
}

// Typed is a value that a person typed: true, false or a number as such, else a text; "" is none.
func Typed(typed string) option.Literal {
	typed = text.Clean(typed)
	switch {
	case typed == "":
		return ""
	case typed == "true" || typed == "false" || strictjson.IsNumberText(typed):
		return option.Literal(typed)
	}
	return option.Literal(strictjson.AppendString(nil, typed))
}
