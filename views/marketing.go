package views

import "iozen/views/ui"

// Marketing is the page Bot → Settings → Marketing & Attribution.
type Marketing struct {
	Page Page
	WebhookRef
	BotName  string
	Editable bool // the reader's role may change settings

	Form     WebhookForm
	Notes    WebhookNotes
	Leak     *Leak // of the save that led here
	Held     Held
	Revealed Revealed
	Preview  FormatPreview
	Test     *TestResult // the last one; nil: none yet
	Recent   Recent
	Jobs     []JobView
	Live     Live
	Flow     Flow
	Steps    *Steps // nil once a lead was delivered
	Tool     string // the key of the tool that the URL belongs to
	Sampled  string // the address of a sample that was just sent without JavaScript

	Endpoints Endpoints
	Own       *OwnEndpoint // nil for the only one

	TestChoice TestChoice
	Matches    *Matches // of the saved conditions; nil: there are none

	Conflicts map[string]Conflict // of a save without JavaScript, by field

	Unsaved bool // the form holds what was typed and refused

	// State is what the save state says after a save without JavaScript; "" before any.
	State     string
	StateKind ui.Kind
}

// LogURL is the log of what went to the webhook.
func (m Marketing) LogURL() string { return WebhookLogURL(m.WebhookRef, m.Own != nil) }

// refusedName says whether the page is about a name that was refused: then that field has the focus.
func (m Marketing) refusedName() bool { return m.Endpoints.Error != "" || m.Own != nil && m.Own.Open }
