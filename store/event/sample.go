package event

import (
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// Sample is a real event about the person of the documentation, for people who have no visitor yet. It is sent, retried and
// counted like any other event; store.IsSample knows it by its id.
func Sample(name string, id uuid.UUID, now time.Time) Event {
	e := ExampleEvent()
	e.Name = name
	e.ID = store.SamplePrefix + id.String()
	e.Time = now
	e.Custom.ContentName = name
	return e
}
