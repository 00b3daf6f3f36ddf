package format

import (
	"encoding/json"
	"slices"

	"iozen/store/event/field"
	"iozen/store/strictjson"
)

// maxLeftOut is how many fields may be left out.
const maxLeftOut = 50

// DecodeLeaveOut reads which fields an endpoint never gets. null is none.
func DecodeLeaveOut(d *strictjson.Document, pointer string, raw json.RawMessage) []string {
	names := []string{}
	if strictjson.IsNull(raw) {
		return names
	}
	d.List(pointer, raw, func(at string, value json.RawMessage) {
		name, ok := d.Text(at, value)
		if !ok {
			return
		}
		if problem := checkLeaveOut(name); problem != "" {
			d.Refuse(at, "%s", problem)
		} else if slices.Contains(names, name) {
			d.Refuse(at, "is given twice")
		} else if names = append(names, name); len(names) == maxLeftOut+1 {
			d.Refuse(pointer, "at most %d fields", maxLeftOut)
		}
	})
	return names
}

// checkLeaveOut says why a field cannot be left out, or "".
func checkLeaveOut(name string) string {
	path, problem := field.Parse(name)
	if problem != "" {
		return problem
	}
	return field.CanLeaveOut(path)
}
