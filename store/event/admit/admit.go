// Package admit decides whether a webhook is sent an event at all: by the event's name, by the webhook's filter, and by the
// visitor's consent.
//
// Its functions are pure.
package admit

import (
	"iozen/store"
	"iozen/store/event"
	"iozen/store/event/consent"
	"iozen/store/event/field"
	"iozen/store/event/filter"
	"iozen/store/option"
)

// Event is an event that is asked about. Its fields are found once, if a rule needs them.
type Event struct {
	Name    string
	Payload []byte
	fields  *field.Event
}

func (e *Event) read() field.Event {
	if e.fields == nil {
		fields, _ := field.Read(e.Payload) // we made it; of anything else every field is missing
		e.fields = &fields
	}
	return *e.fields
}

// Rules are those of one webhook.
type Rules struct {
	names   []string       // none: all
	filter  *filter.Filter // nil: it has none
	consent option.Consent
}

// New makes the rules of a webhook ready.
func New(eventNames []string, chosen option.Set) Rules {
	r := Rules{names: eventNames, consent: chosen.Consent}
	if !chosen.Filter.IsZero() {
		r.filter = new(filter.New(chosen.Filter))
	}
	return r
}

// Names are the event names that were chosen; none: all.
func (r Rules) Names() []string { return r.names }

// Chooses says whether events of a name are sent, if nothing else is against it.
func (r Rules) Chooses(name string) bool { return store.Chosen(r.names, name) }

// Refuses says why an event is not sent (a reason of store), or "". The detail has the words of a filter, without what they
// say about the event's person.
func (r Rules) Refuses(e *Event) (reason string, detail map[string]string) {
	if !r.Chooses(e.Name) {
		return store.ReasonNotChosen, nil
	}
	if r.filter != nil {
		if matches, why := r.filter.Match(e.read()); !matches {
			return store.ReasonFilter, event.MaskDetail(map[string]string{store.DetailFilter: why}, e.Payload)
		}
	}
	if r.Withholds("", e.Payload) {
		return store.ReasonConsent, nil
	}
	return "", nil
}

// Withholds says whether a delivery may not be sent because its visitor has not consented. It is asked again at every send;
// reason is the delivery's, since a person may have chosen to send it anyway.
func (r Rules) Withholds(reason string, payload []byte) bool {
	return r.consent == option.ConsentRequire && reason != store.ReasonSentAnyway && !consent.Granted(payload)
}
