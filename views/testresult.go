package views

import (
	"time"

	"iozen/views/ui"
)

// TestResult is the result of one Test Connection.
type TestResult struct {
	Kind     ui.Kind
	Headline string // "HTTP 401 · Authentication failed"
	Took     string // "" where the headline says it
	Fix      string
	Action   TestAction
	Retries  string // what would happen next to a real event; may be ""
	Failed   *FailedEvents

	// Everything below is empty when nothing was sent.
	Sent        bool
	At          time.Time
	Version     int64  // of the settings that were tested
	Connection  string // "192.0.2.7:443 · HTTP/2.0 · TLS 1.3"
	LogURL      string
	Bars        []ui.Bar
	Response    string
	Request     string
	Certificate []Fact
	Expires     string // a warning while the certificate still works
}

// TestAction is the button beside a diagnosis: it goes to a field, or fixes what is in it.
type TestAction struct {
	Label      string // "" without a button
	Target     string // id of the field
	EditHeader string // the line of this header is where to go
	AddHeader  string // a line for this header is added
	URL        string // goes into Webhook URL
}

// FailedEvents are real events that did not get through before a passing test.
type FailedEvents struct {
	Count     string // "37 events"
	Since     time.Time
	Host      string // where they would go
	Sends     bool   // the webhook is on
	PerSecond int    // a second
}

// Fact is one named detail.
type Fact struct{ Name, Text string }
