package views

import "iozen/views/ui"

// LogFilter is what the log is filtered by, as it stands in the address.
type LogFilter struct {
	Action   string   // the address of the list
	Active   bool     // something is chosen
	Statuses []string // the chosen ones: chips choose them
	Query    string
	Times    FilterTimes
	Event    string
	Endpoint string
	Test     string
	Code     string
	Range    string

	Events, Tests, Codes, Ranges []ui.Option
	Endpoints                    []ui.Option // none where there is only one

	// Problems are the reasons why a part of the filter does not count, by the name of its control.
	Problems map[string]string
}

// more says whether something is wrong with a filter that is not in view.
func (f LogFilter) more() bool {
	for name := range f.Problems {
		if name != "q" {
			return true
		}
	}
	return false
}

// chosen counts the filters that are not in view.
func (f LogFilter) chosen() (n int) {
	for _, value := range []string{f.Event, f.Endpoint, f.Test, f.Code, f.Range, f.Times.From, f.Times.To} {
		if value != "" {
			n++
		}
	}
	return n
}

// FilterTimes are the times between which a log is shown.
type FilterTimes struct {
	Zone         string // the time zone of the boxes, such as Europe/Berlin
	From, To     string // as a datetime-local box has them
	FromAt, ToAt string // the instants that they stand for, for a browser in another zone
}

func (t FilterTimes) chosen() bool { return t.From != "" || t.To != "" }
