package option

// Consent says what a webhook does with an event whose visitor has not agreed that advertisers get their data
// (custom_data.ad_user_data). "" is ConsentAlways.
type Consent string

// The consent rules.
const (
	ConsentAlways  Consent = "always"  // every event is sent whole
	ConsentStrip   Consent = "strip"   // without personal data unless it was granted
	ConsentRequire Consent = "require" // not at all unless it was granted
)
