package store

// SuccessRule says what the JSON of an answer with a 2xx status must hold, so that the event counts as delivered. The zero
// SuccessRule asks for nothing.
type SuccessRule struct {
	Path  string  `json:"path"` // keys and positions, separated by dots: results.0.ok
	Value Literal `json:"value"`
}

// IsZero says whether any 2xx is a success.
func (s SuccessRule) IsZero() bool { return s == SuccessRule{} }
