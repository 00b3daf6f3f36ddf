package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/strictjson"
)

// Problem is a reason to refuse what was posted.
type Problem struct {
	Pointer string // RFC 6901, into the posted document
	Message string
	// Syntax says that the body is not JSON at all: 400 rather than 422.
	Syntax bool
}

const maxEvents = 1000 // in one array

// CountEvents says about how many events a body holds, without decoding it.
func CountEvents(body []byte) int { return max(1, bytes.Count(body, []byte(`"event_name"`))) }

// DecodeEvents reads one event object or an array of 1 to 1,000. It is strict on names, types, sizes and
// unknown keys (a developer's mistake, better seen) and lenient on contents (what a visitor typed is never
// a reason to lose a lead): those come back as warnings, in the answer with the array's index and on the
// delivery without it. With any problem nothing is accepted.
func DecodeEvents(body []byte, now time.Time, newID func() uuid.UUID) ([]store.NewDelivery, []store.Warning, []Problem) {
	events, pointers, problem := splitEvents(body)
	if problem != nil {
		return nil, nil, []Problem{*problem}
	}
	var (
		deliveries = make([]store.NewDelivery, 0, len(events))
		warnings   []store.Warning
		problems   []Problem
	)
	for i, event := range events {
		d := decoder{now: now}
		delivery := d.delivery(event, newID)
		for _, w := range delivery.Warnings {
			warnings = append(warnings, store.Warning{Pointer: pointers[i] + w.Pointer, Message: w.Message})
		}
		for _, p := range d.Problems {
			problems = append(problems, Problem{Pointer: pointers[i] + p.Pointer, Message: p.Message})
		}
		if len(problems) >= strictjson.MaxProblems {
			return nil, nil, problems[:strictjson.MaxProblems]
		}
		deliveries = append(deliveries, delivery)
	}
	if len(problems) > 0 {
		return nil, nil, problems
	}
	return deliveries, warnings, nil
}

// splitEvents returns the posted events with the JSON Pointer of each.
func splitEvents(body []byte) (events []json.RawMessage, pointers []string, problem *Problem) {
	document, err := strictjson.Check(body)
	if err != nil {
		return nil, nil, &Problem{Message: strictjson.NotJSON(err), Syntax: true}
	}
	if document[0] != '[' {
		return []json.RawMessage{document}, []string{""}, nil
	}
	strictjson.Elements(document, func(value json.RawMessage) bool {
		pointers = append(pointers, "/"+strconv.Itoa(len(events)))
		events = append(events, value)
		return len(events) <= maxEvents
	})
	switch {
	case len(events) == 0:
		return nil, nil, &Problem{Message: "the array holds no event"}
	case len(events) > maxEvents:
		return nil, nil, &Problem{Message: fmt.Sprintf("an array holds at most %d events", maxEvents)}
	}
	return events, pointers, nil
}

// delivery decodes one event and makes its bytes.
func (d *decoder) delivery(event json.RawMessage, newID func() uuid.UUID) store.NewDelivery {
	e := d.event(event)
	if len(d.Problems) > 0 {
		return store.NewDelivery{}
	}
	// What was given is compared with a repeat, so our own defaults stay out of the fingerprint:
	// a repeat without event_time is the same event, although our "now" has moved on.
	fingerprint := sha256.Sum256(e.meaning(make([]byte, 0, 640)))
	if e.Time.IsZero() {
		e.Time = d.now.UTC().Truncate(time.Millisecond)
	}
	if e.ID == "" {
		e.ID = newID().String()
	}
	return store.NewDelivery{
		ID: newID(), EventID: e.ID, EventName: e.Name, EventTime: e.Time,
		Payload: e.Payload(), Fingerprint: fingerprint, Warnings: d.warnings,
		Email: e.User.Email, Phone: e.User.Phone, ExternalID: e.User.ExternalID,
	}
}
