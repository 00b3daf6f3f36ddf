package views

import (
	"time"

	"iozen/views/ui"
)

// TestResult is what became of one press of Test Connection.
type TestResult struct {
	Kind     ui.Kind
	Headline string // "HTTP 401 · Authentication failed"
	Fix      string
	Duration time.Duration
	Action   TestAction
	Failed   *FailedEvents

	// Nothing below is there when nothing was sent.
	Sent        bool
	LogURL      string
	Bars        []ui.Bar
	Response    string
	Request     string
	Certificate []Fact
}

// TestAction is the button beside a diagnosis: it goes to a field, or puts a better URL into it.
type TestAction struct {
	Label  string // "" without a button
	Target string // id of the field
	Line   string // the line of the field that starts with this
	URL    string
}

// FailedEvents are real events that did not get through before a passing test.
type FailedEvents struct {
	Count int
	Since time.Time
	URL   string // the log, filtered
}

// Fact is one named detail.
type Fact struct{ Name, Text string }
