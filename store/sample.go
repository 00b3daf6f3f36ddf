package store

import (
	"strings"

	"github.com/google/uuid"
)

// SamplePrefix begins the event id of a sample lead; a UUID follows.
const SamplePrefix = "sample_"

// IsSample reports whether an event id is that of a sample lead.
func IsSample(eventID string) bool {
	rest, ok := strings.CutPrefix(eventID, SamplePrefix)
	return ok && len(rest) == len(uuid.Nil.String()) && uuid.Validate(rest) == nil
}
