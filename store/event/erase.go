package event

import (
	"encoding/json"
	"time"
)

// WithoutPerson is what is kept of a payload once its person is erased: what happened, when, and what it was worth. The
// caller's own keys and the page's address go with the person: they may identify the person in ways that nobody can
// foresee.
func WithoutPerson(payload []byte) []byte {
	var p struct {
		EventName    string    `json:"event_name"`
		EventID      string    `json:"event_id"`
		EventTime    time.Time `json:"event_time"`
		ActionSource string    `json:"action_source"`
		CustomData   struct {
			Value       json.Number `json:"value"`
			Currency    string      `json:"currency"`
			ContentName string      `json:"content_name"`
		} `json:"custom_data"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return []byte("{}") // not a payload made by ioZen
	}
	return Event{
		Name: p.EventName, ID: p.EventID, Time: p.EventTime, ActionSource: p.ActionSource,
		Custom: CustomData{Value: p.CustomData.Value, Currency: p.CustomData.Currency, ContentName: p.CustomData.ContentName},
	}.Payload()
}
