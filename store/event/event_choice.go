package event

import (
	"strconv"

	"iozen/store"
)

// EventChoice collects the event names that a webhook is to be sent, one by one, by the rules that page and API share.
type EventChoice struct {
	names []string
	known map[string]bool
}

// Add takes one more name. One that is there already changes nothing: added is false, and problem "".
func (c *EventChoice) Add(name string) (added bool, problem string) {
	switch problem = CheckEventName(name); {
	case problem != "":
		return false, problem
	case c.known[name]:
		return false, ""
	case len(c.names) == store.MaxEventNames:
		return false, "at most " + strconv.Itoa(store.MaxEventNames) + " names"
	case c.known == nil:
		c.known = make(map[string]bool)
	}
	c.names = append(c.names, name)
	c.known[name] = true
	return true, ""
}

// Names are those that were added, in their order; never nil.
func (c *EventChoice) Names() []string {
	if c.names == nil {
		return []string{}
	}
	return c.names
}
