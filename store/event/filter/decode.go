package filter

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"iozen/store/event/field"
	"iozen/store/option"
	"iozen/store/strictjson"
)

// maxValue is how many characters a condition's value may have: no field is compared with a longer one in earnest.
const maxValue = 256

// Decode reads a filter from a document and refuses what cannot be meant, each at its place. null is no filter.
func Decode(d *strictjson.Document, pointer string, raw json.RawMessage) (f option.Filter) {
	if strictjson.IsNull(raw) {
		return option.Filter{}
	}
	f.Match = option.MatchAll
	d.Object(pointer, raw, func(name string, value json.RawMessage) {
		at := strictjson.Pointer(pointer, name)
		switch name {
		case "match":
			f.Match = decodeMatch(d, at, value)
		case "conditions":
			f.Conditions = decodeConditions(d, at, value)
		default:
			d.Refuse(at, "unknown key; a filter has match and conditions")
		}
	})
	return f
}

func decodeMatch(d *strictjson.Document, pointer string, value json.RawMessage) option.Match {
	text, ok := d.Text(pointer, value)
	match := option.Match(text)
	if ok && match != option.MatchAll && match != option.MatchAny {
		d.Refuse(pointer, "must be all or any")
	}
	return match
}

func decodeConditions(d *strictjson.Document, pointer string, value json.RawMessage) (conditions []option.Condition) {
	d.List(pointer, value, func(at string, value json.RawMessage) {
		switch {
		case len(conditions) < option.MaxConditions:
			conditions = append(conditions, decodeCondition(d, at, value))
		case !d.Refused(pointer):
			d.Refuse(pointer, "at most %d conditions", option.MaxConditions)
		}
	})
	return conditions
}

func decodeCondition(d *strictjson.Document, pointer string, raw json.RawMessage) (c option.Condition) {
	isObject := d.Object(pointer, raw, func(name string, value json.RawMessage) {
		at := strictjson.Pointer(pointer, name)
		switch name {
		case "field":
			if text, ok := d.Text(at, value); ok {
				c.Field = text
			}
		case "op":
			if text, ok := d.Text(at, value); ok {
				c.Op = option.Op(text)
			}
		case "value":
			if !strictjson.IsNull(value) {
				c.Value = option.Literal(value)
			}
		default:
			d.Refuse(at, "unknown key; a condition has field, op and value")
		}
	})
	if !isObject {
		return c
	}
	for _, p := range Check(c) {
		if at := pointer + p.Pointer; !d.Refused(at) {
			d.Refuse(at, "%s", p.Message)
		}
	}
	return c
}

// Check says what is wrong with a condition, whoever gave it: the page's form and the API share this rule.
func Check(c option.Condition) (problems []strictjson.Problem) {
	refuse := func(pointer, format string, args ...any) {
		problems = append(problems, strictjson.Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
	}
	if path, problem := field.Parse(c.Field); c.Field == "" {
		refuse("/field", "is required")
	} else if problem != "" {
		refuse("/field", "%s", problem)
	} else if problem := canFilter(path); problem != "" {
		refuse("/field", "%s", problem)
	}
	switch {
	case c.Op == "":
		refuse("/op", "is required")
	case OpWords(c.Op) == "":
		refuse("/op", "must be one of %s", allOps())
	case HasValue(c.Op):
		if problem := checkValue(c.Op, json.RawMessage(c.Value)); problem != "" {
			refuse("/value", "%s", problem)
		}
	case c.Value != "":
		refuse("/value", "must be left out: “%s” takes no value", OpWords(c.Op))
	}
	return problems
}

// CanFilter says whether a known field can be compared.
func CanFilter(name string) bool {
	path, problem := field.Parse(name)
	return problem == "" && canFilter(path) == ""
}

// canFilter says why a field says nothing that a filter could compare, or "".
func canFilter(p field.Path) string {
	switch p.String() {
	case field.Whole, "user_data", "custom_data":
		return "must name one field, such as user_data.email or custom_data.value"
	case "event_id", "event_time", "event_time_unix", "source":
		return "cannot be filtered by. Use event_name, action_source, source_url, user_data. or custom_data."
	}
	return ""
}

func checkValue(op option.Op, value json.RawMessage) string {
	switch {
	case len(value) == 0 || string(value) == `""`:
		return "is required"
	case value[0] == '{' || value[0] == '[':
		return "must be a text, a number, true or false"
	case utf8.RuneCountInString(field.Text(value)) > maxValue:
		return fmt.Sprintf("must have at most %d characters", maxValue)
	case (op == option.OpOver || op == option.OpUnder) && !isNumber(value):
		return fmt.Sprintf("must be a number, such as 100 or 14.99, for “%s”", OpWords(op))
	}
	return ""
}

func allOps() string {
	var names []string
	for _, op := range Ops() {
		names = append(names, string(op))
	}
	return strings.Join(names, ", ")
}
