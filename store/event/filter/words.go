package filter

import (
	"iozen/store/event/field"
	"iozen/store/option"
)

// opWords are the comparisons as people read them, in the order in which they choose from them.
var opWords = []struct {
	op    option.Op
	words string
}{
	{option.OpIs, "is"},
	{option.OpIsNot, "is not"},
	{option.OpContains, "contains"},
	{option.OpStartsWith, "starts with"},
	{option.OpOver, "is over"},
	{option.OpUnder, "is under"},
	{option.OpExists, "exists"},
	{option.OpMissing, "is missing"},
}

// Ops are the comparisons in the order in which people choose from them.
func Ops() []option.Op {
	ops := make([]option.Op, len(opWords))
	for i, o := range opWords {
		ops[i] = o.op
	}
	return ops
}

// OpWords is a comparison as people read it, "" for an unknown one.
func OpWords(op option.Op) string {
	for _, o := range opWords {
		if o.op == op {
			return o.words
		}
	}
	return ""
}

// HasValue says whether a comparison needs a value.
func HasValue(op option.Op) bool { return op != option.OpExists && op != option.OpMissing }

// Words is a condition as people read it: "value is over 100".
func Words(c option.Condition) string {
	label := c.Field
	if path, problem := field.Parse(c.Field); problem == "" {
		label = path.Label()
	}
	words := label + " " + OpWords(c.Op)
	if c.Value != "" && HasValue(c.Op) {
		words += " " + c.Value.Text()
	}
	return words
}
