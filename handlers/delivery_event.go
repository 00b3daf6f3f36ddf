package handlers

import (
	"encoding/json"

	"iozen/store"
	"iozen/views"
)

// sentPayload is the part of a payload that pages read. We made it, but it may be masked or have been erased since, so
// everything may be missing.
type sentPayload struct {
	User struct {
		Email      string `json:"email"`
		Phone      string `json:"phone"`
		FirstName  string `json:"first_name"`
		LastName   string `json:"last_name"`
		ExternalID string `json:"external_id"`
	} `json:"user_data"`
	Custom    map[string]json.RawMessage `json:"custom_data"`
	SourceURL string                     `json:"source_url"`
}

func readPayload(payload []byte) sentPayload {
	var p sentPayload
	_ = json.Unmarshal(payload, &p) // an unreadable part is not shown
	return p
}

// custom reads a key of custom_data as text, whatever its type.
func (p sentPayload) custom(key string) string {
	raw := p.Custom[key]
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// eventFacts are the facts of an event, read from the payload as this person may see it.
func eventFacts(d store.Delivery, payload []byte) views.EventFacts {
	p := readPayload(payload)
	facts := views.EventFacts{ID: d.EventID, Happened: d.EventTime, Accepted: d.CreatedAt}
	add := func(name, text string) {
		if text != "" {
			facts.More = append(facts.More, views.Fact{Name: name, Text: visible(text)})
		}
	}
	add("Email", p.User.Email)
	add("Phone", p.User.Phone)
	add("Name", spaced(p.User.FirstName, p.User.LastName))
	add("External ID", p.User.ExternalID)
	add("Value", spaced(p.custom("value"), p.custom("currency")))
	add("Content", p.custom("content_name"))
	return facts
}

// spaced joins what is there.
func spaced(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
