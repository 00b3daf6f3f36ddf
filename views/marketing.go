package views

import "iozen/views/ui"

// Marketing is the page Bot → Settings → Marketing & Attribution.
type Marketing struct {
	Page     Page
	BotID    string
	BotName  string
	Editable bool // the reader's role may change settings

	Form     WebhookForm
	Notes    WebhookNotes
	Leak     *Leak // of the save that led here
	Held     Held
	Revealed Revealed
	Secret   Secret
	Test     *TestResult // of a test without JavaScript
	Recent   Recent
	Day      Charts
	Jobs     []JobView
	Live     Live
	Guide    WebhookGuide

	TestEvents []string // names that a test can use

	Unsaved bool // the form holds what was typed and refused

	// State is what the save state says after a save without JavaScript; "" before any.
	State     string
	StateKind ui.Kind
}
