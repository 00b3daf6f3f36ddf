package event

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// samplePrefix begins the event id of a sample, and of nothing else that comes from here.
const samplePrefix = "sample_"

// Sample is a real event about the person of the documentation, for somebody who has no visitor yet: it is sent, retried and
// counted like any other, and its id tells what it is.
func Sample(name string, id uuid.UUID, now time.Time) Event {
	e := ExampleEvent()
	e.Name = name
	e.ID = samplePrefix + id.String()
	e.Time = now
	e.Custom.ContentName = name
	return e
}

// IsSample tells a sample by its event id.
func IsSample(eventID string) bool {
	rest, ok := strings.CutPrefix(eventID, samplePrefix)
	return ok && len(rest) == len(uuid.Nil.String()) && uuid.Validate(rest) == nil
}

// SampleIDs are the bounds between which the event ids of samples sort: the first may be one, the last is none.
func SampleIDs() (first, last string) {
	return samplePrefix, samplePrefix[:len(samplePrefix)-1] + string(samplePrefix[len(samplePrefix)-1]+1)
}
