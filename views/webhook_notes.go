package views

import "time"

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
	Quiet     time.Duration // until then; 0: it counts
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
