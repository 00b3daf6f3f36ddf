package option

import "encoding/json"

// Success says what the JSON of an answer with a 2xx status must hold, so that the event counts as delivered. The zero
// Success asks for nothing.
type Success struct {
	Path  string  `json:"path"` // keys and positions, separated by dots: results.0.ok
	Value Literal `json:"value"`
}

// IsZero says whether any 2xx is a success.
func (s Success) IsZero() bool { return s == Success{} }

// MarshalJSON writes null when nothing is asked for.
func (s Success) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	type plain Success
	return json.Marshal(plain(s))
}
