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
	OnlyWhen   OnlyWhen
	Consent    string // "always", "strip" or "require"

	Format       FormatForm
	LeaveOut     []LeaveOutChoice
	MoreLeaveOut string // fields without a box, separated by commas
	SuccessPath  string
	SuccessValue string
}

// OnlyWhen are the conditions that an event must match.
type OnlyWhen struct {
	Any    bool           // one of them is enough
	Rows   []ConditionRow // always as many as there may be: controls are never replaced
	Fields []string       // offered while typing
	Ops    []OpChoice
	Words  string // "value is over 100"; "" without conditions
}

// ConditionRow is one condition as it is typed; the zero value is an empty row.
type ConditionRow struct{ Field, Op, Value string }

// OpChoice is one comparison. Some need no value.
type OpChoice struct {
	Op, Words string
	NoValue   bool
}

// used says how many rows are shown before a script is there: those that are filled in, and one more.
func (o OnlyWhen) used() int {
	n := 0
	for i, row := range o.Rows {
		if row.Field != "" || row.Value != "" {
			n = i + 1
		}
	}
	return n
}

// Matches is how many of the last events conditions match.
type Matches struct{ Of, Match int }

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
	switch f.Consent {
	case "strip":
		words += ", personal data only with consent"
	case "require":
		words += ", only with consent"
	}
	if f.SuccessPath != "" {
		words += ", success by answer"
	}
	return words
}
