package template

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is something wrong with a template, and where. Lines and columns count from 1, columns in characters.
type Problem struct {
	Line, Column int
	Message      string
}

// String is the form that people read: "Line 3, column 14: there is no field user_data.mail. Did you mean user_data.email?"
func (p Problem) String() string {
	return fmt.Sprintf("Line %d, column %d: %s", p.Line, p.Column, p.Message)
}

// place is the line and column of a byte of the text.
func place(text string, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	line = 1 + strings.Count(before, "\n")
	column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return line, column
}

// TooLargeError says that the body of an event would be larger than MaxResult, and at which placeholder it became so.
type TooLargeError struct {
	Placeholder  string // as it stands in the template; the name of a field where there is no template
	Line, Column int    // 0 where there is no template
	// Filters says that the values are so long that their filters would have too much to do.
	Filters bool
}

func (e *TooLargeError) Error() string {
	where := e.Placeholder
	if e.Line > 0 {
		where += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	if e.Filters {
		return "the values are too long for so many filters; the limit was reached at " + where
	}
	return fmt.Sprintf("the body would be larger than %d KiB; the limit was reached at %s", MaxResult>>10, where)
}
