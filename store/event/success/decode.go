package success

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"iozen/store"
	"iozen/store/strictjson"
)

const (
	maxPath  = 200 // characters
	maxValue = 200
)

// Decode reads a success rule from a document; null asks for nothing.
func Decode(d *strictjson.Document, pointer string, raw json.RawMessage) (rule store.SuccessRule) {
	if strictjson.IsNull(raw) {
		return store.SuccessRule{}
	}
	isObject := d.Object(pointer, raw, func(name string, value json.RawMessage) {
		at := strictjson.Pointer(pointer, name)
		switch name {
		case "path":
			rule.Path, _ = d.Text(at, value)
		case "value":
			if !strictjson.IsNull(value) {
				rule.Value = store.Literal(value)
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
