package filter

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/option"
)

func TestWhatAPersonTypesIsANumberOnlyWhereNumbersAreCompared(t *testing.T) {
	for _, c := range []struct {
		op    option.Op
		typed string
		want  option.Literal
	}{
		{option.OpOver, "100", "100"},
		{option.OpOver, " 14,99\u00a0", "14.99"},
		{option.OpUnder, "1e3", "1e3"},
		{option.OpUnder, "-5.00", "-5.00"},
		{option.OpOver, "1.000,50", `"1.000,50"`}, // Check asks for a number
		{option.OpOver, "many", `"many"`},
		{option.OpIs, "100", `"100"`},
		{option.OpIs, "01234", `"01234"`},
		{option.OpIs, "true", `"true"`},
		{option.OpContains, ` say "hi" `, `"say \"hi\""`},
		{option.OpStartsWith, "\u200bLead", `"Lead"`},
		{option.OpExists, "x", ""},
		{option.OpIs, "  ", ""},
	} {
		value := Typed(c.op, c.typed)
		require.Equal(t, c.want, value, c.typed)
		require.Equal(t, value, Typed(c.op, value.Text()), "what is shown can be typed again")
	}
}
