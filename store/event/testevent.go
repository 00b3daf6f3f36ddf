package event

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// TestEvent is what Test Connection sends: every key of the payload, so that a tool that learns its mapping from it sees
// them all, and recognizable by its body, because many tools show no headers.
func TestEvent(name string, id uuid.UUID, now time.Time) Event {
	e := WithAttribution(ExampleEvent())
	e.Name = name
	e.ID = TestID(id)
	e.Time = now
	e.User.ExternalID = testExternalID
	e.Custom.ContentName = name
	return e
}

// testExternalID is the external id of whoever a test is about.
const testExternalID = "test-submission"

// ExampleEvent is the sample of the documentation. (The sample pairs its time with another second's
// unix time; ours come from one instant.)
func ExampleEvent() Event {
	return Event{
		Name: "Lead",
		ID:   "unique-event-id",
		Time: time.Date(2026, time.March, 5, 12, 0, 0, 0, time.UTC),
		User: UserData{
			Email: "user@example.com", Phone: "+1234567890",
			FirstName: "Jane", LastName: "Doe", ExternalID: "submission-id",
		},
		Custom:    CustomData{Value: "100", Currency: "USD", ContentName: "Lead"},
		SourceURL: "https://example.com/landing-page",
	}
}

// ExampleFieldConversion is what comes before the sample's Lead: one question was answered. It names the question and
// the field, and has the external_id of the Lead that may follow.
func ExampleFieldConversion() Event {
	lead := ExampleEvent()
	return Event{
		Name: "FieldConversion",
		ID:   "unique-event-id-of-the-answer",
		Time: lead.Time.Add(-40 * time.Second),
		User: UserData{Email: lead.User.Email, ExternalID: lead.User.ExternalID},
		Custom: CustomData{
			ContentName: "What is your email address?",
			More:        []Member{{Name: "field", JSON: json.RawMessage(`"email"`)}},
		},
		SourceURL: lead.SourceURL,
	}
}
