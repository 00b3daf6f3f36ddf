package event

import "encoding/json"

// attribution are the agreed keys of custom_data that say where a visitor came from, in the order of the documentation,
// each with a realistic value.
var attribution = []struct{ name, example string }{
	{"utm_source", "google"},
	{"utm_medium", "cpc"},
	{"utm_campaign", "spring-roof"},
	{"utm_term", "roof repair"},
	{"utm_content", "headline-b"},
	{"gclid", "EAIaIQobChMI8Z-Vw5m8_AIVkQitBh0aXQ1bEAAYASAAEgK0wPD_BwE"},
	{"gbraid", "0AAAAADmR2x5Xq8hN0kT1sY7vB3cW9eL4"},
	{"wbraid", "CjgKCAjw5ImwBhBtEigA7kM2pQz9Xc4vR1"},
	{"fbclid", "IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk"},
	{"fbc", "fb.1.1772711990000.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk"},
	{"fbp", "fb.1.1772711990000.1098115397"},
	{"msclkid", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"},
	{"ttclid", "E.C.P.CrMBqQ3vXk2dJ7sW9yT1"},
	{"li_fat_id", "5e0c2f5d-8a41-4f0b-9c6e-2b7d1a3f4e58"},
	{"referrer_url", "https://www.google.com/"},
	{"landing_url", "https://example.com/landing-page?utm_source=google&utm_medium=cpc&utm_campaign=spring-roof"},
	{"client_user_agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1"},
	{"client_ip_address", "203.0.113.7"},
	{"ad_user_data", "GRANTED"},
	{"ad_personalization", "GRANTED"},
}

// WithAttribution is an example with every agreed key of attribution: tools learn from it which fields there are.
func WithAttribution(e Event) Event {
	for _, a := range attribution {
		value := json.RawMessage(`"` + a.example + `"`) // none has what JSON escapes
		e.Custom.More = append(e.Custom.More[:len(e.Custom.More):len(e.Custom.More)], Member{Name: a.name, JSON: value})
	}
	return e
}

// AttributionNames are the agreed keys of custom_data that say where a visitor came from, in the order of the
// documentation.
func AttributionNames() []string {
	names := make([]string, len(attribution))
	for i, a := range attribution {
		names[i] = a.name
	}
	return names
}
