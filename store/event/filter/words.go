package filter

import (
	"encoding/json"

	"iozen/store"
	"iozen/store/event/field"
)

// opWords are the comparisons as people read them, in the order in which they choose from them.
var opWords = []struct {
	op    store.Op
	words string
}{
	{store.OpIs, "is"},
	{store.OpIsNot, "is not"},
	{store.OpContains, "contains"},
	{store.OpStartsWith, "starts with"},
	{store.OpOver, "is over"},
	{store.OpUnder, "is under"},
	{store.OpExists, "exists"},
	{store.OpMissing, "is missing"},
}

// Ops are the comparisons in the order in which people choose from them.
func Ops() []store.Op {
	ops := make([]store.Op, len(opWords))
	for i, o := range opWords {
		ops[i] = o.op
	}
	return ops
}

// OpWords is a comparison as people read it, "" for an unknown one.
func OpWords(op store.Op) string {
	for _, o := range opWords {
		if o.op == op {
			return o.words
		}
	}
	return ""
}

// HasValue says whether a comparison needs a value.
func HasValue(op store.Op) bool { return op != store.OpExists && op != store.OpMissing }

// Words is a condition as people read it: "value is over 100".
func Words(c store.Condition) string {
	label := c.Field
	if path, problem := field.Parse(c.Field); problem == "" {
		label = path.Label()
	}
	words := label + " " + OpWords(c.Op)
	if c.Value != "" && HasValue(c.Op) {
		words += " " + field.Text(json.RawMessage(c.Value))
	}
	return words
}
