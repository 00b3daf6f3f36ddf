package template

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"iozen/store/strictjson"
	"iozen/store/text"
)

// filter changes the value of a placeholder.
type filter struct {
	// apply takes the value, and makes another, or none.
	apply func(v value) (value, bool)
	// otherwise is the value that default gives where there is none; nil for other filters.
	otherwise *value
	quick     bool
}

// kind is a filter as templates name it.
type kind struct {
	name string
	arg  string // an argument as an example; "" if it takes none
	// optional says that it may come without its argument.
	optional bool
	// quick says that it reads many bytes in little time.
	quick bool
	// make checks the argument ("" if there is none) and makes the filter.
	make func(arg argument) (filter, string)
}

// argument is what stands behind the colon of a filter.
type argument struct {
	text  string
	bare  bool // it had no quotes: a number, true or false
	given bool
}

// kinds are all filters in the order of the documentation.
var kinds = []kind{
	{name: "lower", make: textFilter(strings.ToLower)},
	{name: "upper", make: textFilter(strings.ToUpper)},
	{name: "trim", make: textFilter(text.Trim)},
	{name: "digits", make: textFilter(digits)},
	{name: "e164", arg: "'DE'", optional: true, make: e164Filter},
	{name: "sha256", quick: true, make: textFilter(hashed)},
	{name: "default", arg: "'x'", make: defaultFilter},
	{name: "date", arg: "'2006-01-02'", make: dateFilter},
	{name: "unix", make: plainFilter(unix)},
	{name: "number", make: plainFilter(number)},
	{name: "json", quick: true, make: plainFilter(asJSON)},
}

// Filter is a filter for people to choose from.
type Filter struct {
	Name string
	Use  string // as it is written in a template: e164:'DE'
}

// Filters are all filters in the order of the documentation.
func Filters() []Filter {
	all := make([]Filter, len(kinds))
	for i, k := range kinds {
		all[i] = Filter{k.name, k.name}
		if k.arg != "" {
			all[i].Use += ":" + k.arg
		}
	}
	return all
}

// plainFilter makes a filter that takes no argument.
func plainFilter(apply func(value) (value, bool)) func(argument) (filter, string) {
	return func(argument) (filter, string) { return filter{apply: apply}, "" }
}

// textFilter makes a filter of a function of texts. A text of which nothing is left is missing.
func textFilter(change func(string) string) func(argument) (filter, string) {
	return plainFilter(func(v value) (value, bool) {
		before := v.String()
		after := change(before)
		return value{text: after}, after != "" || before == ""
	})
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func asJSON(v value) (value, bool) { return value{text: string(v.appendJSON(nil))}, true }

// number makes a number of a text that is one. Anything else is missing: a receiver that wants a number can do nothing
// with it.
func number(v value) (value, bool) {
	if v.raw != nil && strictjson.IsNumber(v.raw) {
		return v, true
	}
	const most = 40 // digits, as everywhere in an event
	typed := strings.TrimPrefix(text.Trim(v.String()), "+")
	if !strictjson.IsNumberText(typed) || len(typed) > most || strictjson.IsHuge(json.RawMessage(typed)) {
		return value{}, false
	}
	return value{raw: json.RawMessage(typed)}, true
}

func defaultFilter(arg argument) (filter, string) {
	otherwise := value{text: arg.text}
	if arg.bare {
		otherwise = value{raw: json.RawMessage(arg.text)}
	}
	return filter{otherwise: &otherwise}, ""
}
