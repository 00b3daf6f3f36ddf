package option

// Success says what the JSON of an answer with a 2xx status must hold, so that the event counts as delivered. The zero
// Success asks for nothing.
type Success struct {
	Path  string  `json:"path"` // keys and positions, separated by dots: results.0.ok
	Value Literal `json:"value"`
}

// IsZero says whether any 2xx is a success.
func (s Success) IsZero() bool { return s == Success{} }
