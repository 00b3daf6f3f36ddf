package filter

import (
	"strings"

	"iozen/store/option"
	"iozen/store/strictjson"
	"iozen/store/text"
)

// Typed is the value of a condition that a person typed: a number where numbers are compared, with a comma or a point, else
// a text. "" is none.
func Typed(op option.Op, typed string) option.Literal {
	typed = text.Clean(typed)
	if typed == "" || !HasValue(op) {
		return ""
	}
	if op == option.OpOver || op == option.OpUnder {
		if number := strings.Replace(typed, ",", ".", 1); strictjson.IsNumberText(number) {
			return option.Literal(number)
		}
	}
	return option.Literal(strictjson.AppendString(nil, typed))
}
