package views

import "time"

// WebhookNotes are the texts beside the fields. Each can be replaced alone after a save; the fields never are.
type WebhookNotes struct {
	Enabled   EnabledNote
	URL       URLNote
	Headers   HeadersNote
	Events    FieldNote
	RateLimit FieldNote
	OnlyWhen  TextsNote
	Format    TextsNote
	LeaveOut  TextsNote
	Consent   FieldNote
	Success   TextsNote
}

// EnabledNote says what happens with events now.
type EnabledNote struct {
	Text      string
	Bad       bool
	Meanwhile string        // shown instead until the quiet time after an edit is over
	Quiet     time.Duration // how long that is; 0: no quiet time
}

// URLNote says what is wrong with the typed URL, or what is worth knowing about it.
type URLNote struct {
	Error        string
	Suggest      []string // valid URLs that may be meant
	Remarks      []string // remarks about an unusual URL that was accepted
	Meanwhile    string   // where events go while the text cannot be saved
	Hints        []URLHint
	TestEndpoint string   // offered while there is no URL
	Allowed      []string // private targets that the administrator allows; only of a private URL
	Tool         string   // the name of the tool that the URL belongs to
}

// URLHint is a remark about a receiver, with a link to help and a better URL if there are any.
type URLHint struct {
	Text, Recipe, Label, URL string
	Format                   string // JSON of the controls of a format that the button chooses; "": it offers none
}

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

// HeadersNote says how Custom Headers were understood.
type HeadersNote struct {
	Errors  []string
	Remarks []string
	Summary string
}

// TextsNote are the errors of a field that may have several.
type TextsNote struct{ Errors []string }

// FieldNote is the error of a simple field, or "".
type FieldNote struct{ Error string }

// Held are the events that came in while nothing was sent.
type Held struct {
	WebhookRef
	Endpoint string // what the webhook is called, where it has to be said; else ""
	Count    int
	Since    time.Time
	Sends    bool   // they could be sent now
	Asks     bool   // whoever reads it may answer
	Back     string // the page that asks; "": the settings
}
