package views

// WebhookForm is the content of the fields: the saved settings, or what was typed but could not be saved.
type WebhookForm struct {
	Version    int64 // what the texts are based on
	Enabled    bool
	URL        string
	Headers    string // values masked
	AllEvents  bool
	Events     []EventChoice
	MoreEvents string // names without a box, separated by commas
	RateLimit  string

	Format       FormatForm
	LeaveOut     []LeaveOutChoice
	MoreLeaveOut string // fields without a box, separated by commas
	SuccessPath  string
	SuccessValue string
}

// EventChoice is one box of the event filter.
type EventChoice struct {
	Name   string
	Chosen bool
}

// Revealed are the values of Custom Headers, when a person asked to see them: each such act is audited.
type Revealed struct {
	Shown   bool
	Headers string
}

// more is what the row with the rarer settings says about them.
func (f WebhookForm) more() string {
	words := "No rate limit"
	if f.RateLimit != "" {
		words = "At most " + f.RateLimit + " requests per second"
	}
	if f.SuccessPath != "" {
		words += ", success by answer"
	}
	return words
}
