package views

import (
	"time"

	"iozen/views/ui"
)

// TestResult is the result of one Test Connection.
type TestResult struct {
	Kind     ui.Kind
	Headline string // "Your endpoint did not accept the test"
	Detail   string // "HTTP 401 · Authentication failed"; "" where the headline says it all
	Brief    string // the answer in the few words that a phone has room for
	Took     string
	Why, Fix string
	Hint     string // the host's own, below the diagnosis
	Action   TestAction
	Retries  string // what would happen next to a real event; may be ""
	Failed   *FailedEvents
	Ask      *TestAsk

	// Everything below is empty when nothing was sent.
	Sent        bool
	At          time.Time
	Version     int64 // of the settings that were tested
	Stale       bool  // URL or headers have changed since
	Before      *TestBefore
	Fields      string // what was sent: "email, phone, …"
	Connection  string // "192.0.2.7:443 · HTTP/2.0 · TLS 1.3"
	LogURL      string
	Bars        []ui.Bar
	Response    string
	Request     string
	Certificate []Fact
	Expires     string // a warning while the certificate still works
}

// TestChoice is what a person can choose to test with.
type TestChoice struct {
	Names []string // of examples
	Real  string   // the name of the event whose last real one can be the model; "" while there is none
}

// The kinds of tests that are like a real event; the event's name follows after a colon.
const (
	TestShape  = "like"   // the real event's shape, about the person of the example
	TestPerson = "person" // with the real person
)

// TestAsk is the question before a real person's data are sent in a test.
type TestAsk struct {
	Action    string // where the answer goes
	Delivery  string
	EventName string
	Person    string // masked; may be ""
	At        time.Time
	Host      string // where they would go
}

// TestBefore is the test before the last one.
type TestBefore struct {
	At   time.Time
	Text string // "got HTTP 401"
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
