package sender

import "strconv"

// maxEventNames is far more than any webhook tells apart.
const maxEventNames = 100

// EventChoice collects the event names that a webhook is to be sent, one by one, by the rules that page and API share.
type EventChoice struct {
	names []string
	known map[string]bool
}

// CheckEventName says why an event cannot have this name, or "".
func CheckEventName(name string) string {
	if !eventNamePattern.MatchString(name) {
		return "must be 1 to 64 letters, digits, _ . - (and spaces inside)"
	}
	return ""
}

// Add takes one more name. One that is there already changes nothing: added is false, and problem "".
func (c *EventChoice) Add(name string) (added bool, problem string) {
	switch problem = CheckEventName(name); {
	case problem != "":
		return false, problem
	case c.known[name]:
		return false, ""
	case len(c.names) == maxEventNames:
		return false, "at most " + strconv.Itoa(maxEventNames) + " names"
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
