package option

import "encoding/json"

// Consent says what a webhook does with an event whose visitor has not agreed that advertisers get their data
// (custom_data.ad_user_data).
type Consent string

// The consent rules.
const (
	ConsentAlways  Consent = ""        // every event is sent whole; "always" in JSON
	ConsentStrip   Consent = "strip"   // without personal data unless it was granted
	ConsentRequire Consent = "require" // not at all unless it was granted
)

const always = "always"

// MarshalJSON writes the rule as the API names it.
func (c Consent) MarshalJSON() ([]byte, error) {
	if c == ConsentAlways {
		return json.Marshal(always)
	}
	return json.Marshal(string(c))
}

// UnmarshalJSON reads a stored rule. What a caller sends is read by package consent, which says what is wrong with it.
func (c *Consent) UnmarshalJSON(text []byte) error {
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return err
	}
	if *c = Consent(name); name == always {
		*c = ConsentAlways
	}
	return nil
}
