package option

import (
	"encoding/json"
	"slices"
)

// Filter says which of the chosen events a webhook is sent: those that match all conditions, or any. Without conditions
// it lets every event through.
type Filter struct {
	Match      Match       `json:"match"`
	Conditions []Condition `json:"conditions"`
}

// Match says how many conditions an event must match.
type Match string

// The two ways to match.
const (
	MatchAll Match = "all"
	MatchAny Match = "any"
)

// Condition compares one field of an event with a value.
type Condition struct {
	Field string  `json:"field"` // event_name, user_data.email, source_url.query.utm_source, …
	Op    Op      `json:"op"`
	Value Literal `json:"value,omitzero"` // of OpExists and OpMissing: none
}

// Op is how a condition compares.
type Op string

// The comparisons. A field that an event lacks matches only OpIsNot and OpMissing.
const (
	OpIs         Op = "is"
	OpIsNot      Op = "is_not"
	OpContains   Op = "contains"
	OpStartsWith Op = "starts_with"
	OpOver       Op = "gt"
	OpUnder      Op = "lt"
	OpExists     Op = "exists"
	OpMissing    Op = "missing"
)

// MaxConditions is how many conditions a filter may have.
const MaxConditions = 10

// IsZero says whether the filter lets every event through.
func (f Filter) IsZero() bool { return len(f.Conditions) == 0 }

// Equal says whether two filters are the same.
func (f Filter) Equal(other Filter) bool {
	return f.IsZero() && other.IsZero() || f.Match == other.Match && slices.Equal(f.Conditions, other.Conditions)
}

// MarshalJSON writes null for a filter that lets every event through.
func (f Filter) MarshalJSON() ([]byte, error) {
	if f.IsZero() {
		return []byte("null"), nil
	}
	type plain Filter
	return json.Marshal(plain(f))
}
