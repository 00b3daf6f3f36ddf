package views

import (
	"time"

	"iozen/views/ui"
)

// Marketing is the page Bot → Settings → Marketing & Attribution.
type Marketing struct {
	Page     Page
	BotID    string
	BotName  string
	Editable bool // the role of who looks may change settings

	Form     WebhookForm
	Notes    WebhookNotes
	Leak     *Leak // of the save that led here
	Held     Held
	Revealed Revealed
	Secret   Secret
	Test     *TestResult // of a press without JavaScript
	Recent   Recent
	Day      Charts
	Jobs     []JobView
	Live     Live
	Guide    WebhookGuide

	TestEvents []string // names that a test can be made with

	Unsaved bool // the form holds what was typed and refused

	// State is what the save state says after a save without JavaScript; "" before any.
	State     string
	StateKind ui.Kind
}

// WebhookForm is what stands in the fields: the saved settings, or what was typed when it could not be saved.
type WebhookForm struct {
	Version    int64 // what the texts are based on
	Enabled    bool
	URL        string
	Headers    string // values masked
	AllEvents  bool
	Events     []EventChoice
	MoreEvents string // names that no box stands for, separated by commas
	RateLimit  string
}

// EventChoice is one box of the event filter.
type EventChoice struct {
	Name   string
	Chosen bool
}

// WebhookNotes are the words beside the fields. Each is replaced by itself after a save; the fields never are.
type WebhookNotes struct {
	Enabled   EnabledNote
	URL       URLNote
	Headers   HeadersNote
	Events    FieldNote
	RateLimit FieldNote
}

// EnabledNote says what happens with events now.
type EnabledNote struct {
	Text      string
	Bad       bool
	Meanwhile string        // in its place until the last edit counts
	Settle    time.Duration // until then; 0: it counts
}

// URLNote says what is wrong with the URL typed, or what is worth knowing about it.
type URLNote struct {
	Error        string
	Suggest      []string // URLs that would do
	Remarks      []string // what is odd about a URL that was taken all the same
	Meanwhile    string   // where events go while the text cannot be saved
	Hints        []URLHint
	TestEndpoint string // offered while there is no URL
}

// URLHint is a remark about a receiver, with the help that tells more and a better URL if there are any.
type URLHint struct{ Text, Recipe, Label, URL string }

// Leak warns that headers typed for one host now go to another.
type Leak struct {
	Names []string
	Host  string
}

func (l Leak) them() string {
	if len(l.Names) == 1 {
		return "it"
	}
	return "them"
}

// HeadersNote says what was understood of Custom Headers.
type HeadersNote struct {
	Errors  []string
	Remarks []string
	Summary string
}

// FieldNote is the error of a simple field, or "".
type FieldNote struct{ Error string }

// Held are the events that came in while nothing was sent.
type Held struct {
	BotID string
	Count int
	Since time.Time
	Sends bool   // they could be sent now
	Back  string // the page that asks; "": the settings
}

// Revealed are the values of Custom Headers, when a person asked to see them: each such act is audited.
type Revealed struct {
	Shown   bool
	Headers string
}

// Recent is what happened last, and what waits.
type Recent struct {
	Rows  []RecentDelivery
	Waits string // why events that are due wait: "Waiting for the rate limit. 12 events wait."
}

// RecentDelivery is one row of the list beside the settings.
type RecentDelivery struct {
	URL       string
	Kind      ui.Kind
	Icon      string
	Status    string
	Code      int // 0: no answer
	EventName string
	Test      bool
	EventTail string // the last characters of the event's id
	At        time.Time
	Next      time.Time // of the next attempt, if one is planned
	Duration  time.Duration
}

// WebhookGuide is what a developer needs: the payload, and how to send a real event.
type WebhookGuide struct {
	BotID     string
	Examples  []Example
	Receivers []Receiver
	LeadCurl  string   // of a real event, to our API
	Allowed   []string // private targets that the operator allows
}

// Receiver is a sample of the other end of a webhook, in one language.
type Receiver struct{ Language, Name, Code string }

// Example is one event as it would go out.
type Example struct {
	EventName string
	Headers   string
	Payload   string
	Curl      string // of the same request, to the webhook
}
