package views

import "iozen/views/ui"

// LogFilter is the filter of the log, as it is in the address.
type LogFilter struct {
	Action   string // the address of the list
	Active   bool   // something is chosen
	Statuses []StatusChoice
	Query    string
	Times    FilterTimes
	Event    string
	Test     string
	Code     string
	Range    string

	Events, Tests, Codes, Ranges []ui.Option

	// Problems are the reasons why a part of the filter was left out, by the name of its control.
	Problems map[string]string
}

// StatusChoice is one box of the status filter.
type StatusChoice struct {
	Value, Text string
	Chosen      bool
}

// more reports whether one of the rarely needed filters is in use.
func (f LogFilter) more() bool {
	for _, name := range []string{"test", "code", "from", "to"} {
		if f.Problems[name] != "" {
			return true
		}
	}
	return f.Test != "" || f.Code != "" || f.Times.chosen()
}

// FilterTimes are the times between which a log is shown.
type FilterTimes struct {
	Zone         string // the time zone of the boxes, such as Europe/Berlin
	From, To     string // in the form of a datetime-local box
	FromAt, ToAt string // the instants that they stand for, for a browser in another zone
}

func (t FilterTimes) chosen() bool { return t.From != "" || t.To != "" }

// statusWords name the chosen statuses.
func (f LogFilter) statusWords() string {
	words := ""
	for _, s := range f.Statuses {
		if s.Chosen && words != "" {
			words += ", "
		}
		if s.Chosen {
			words += s.Text
		}
	}
	if words == "" {
		return "Any status"
	}
	return words
}
