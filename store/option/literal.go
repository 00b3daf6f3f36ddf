package option

import "encoding/json"

// Literal is a string, number, true or false of JSON as it was written, so that a number keeps its digits; "" is none.
type Literal string

// Text is the literal as people read and type it: a string without its quotes.
func (l Literal) Text() string {
	var text string
	if json.Unmarshal([]byte(l), &text) != nil {
		return string(l)
	}
	return text
}

// MarshalJSON writes the literal as it is; none is null.
func (l Literal) MarshalJSON() ([]byte, error) {
	if l == "" {
		return []byte("null"), nil
	}
	return []byte(l), nil
}

// UnmarshalJSON takes the literal as it is written.
func (l *Literal) UnmarshalJSON(text []byte) error {
	*l = Literal(text)
	if *l == "null" {
		*l = ""
	}
	return nil
}
