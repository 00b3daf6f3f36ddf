package views

import (
	"time"

	"iozen/views/ui"
)

// DeliveriesPage is the log of one bot, or of all of them together (BotID is "").
type DeliveriesPage struct {
	Page
	BotID, BotName string
	Editable       bool   // the role of who looks may resend
	Here           string // the address of this page, to come back to
	Live           Live
	Held           Held
	Charts         Charts
	Filter         LogFilter
	Jobs           []JobView
	Chosen         []Choice // the filter, for the export
	ResendURL      string   // to resend all that the filter shows
	ResendLabel    string   // "" when there is nothing to resend
	Rows           []DeliveryRow
	Fresh          string // "3 new deliveries" that are not shown
	NewestURL      string // "" on the first page
	NewerURL       string
	OlderURL       string
	SearchedTo     time.Time     // the page is not full, and the search goes on from here on the next one; zero: it is
	Guide          *WebhookGuide // how events get in; of a bot that has none yet
	HasBots        bool          // of an empty log of all bots: there is a bot to go to
}

// LogFilter is what the log is filtered by, as it stands in the address.
type LogFilter struct {
	Action   string // the address of the list
	Active   bool   // something is chosen
	Statuses []StatusChoice
	Query    string
	Times    FilterTimes
	Event    string
	Test     string
	Code     string
	Range    string

	Events, Tests, Codes, Ranges []ui.Option

	// Problems are the reasons why a part of the filter does not count, by the name of its control.
	Problems map[string]string
}

// StatusChoice is one box of the status filter.
type StatusChoice struct {
	Value, Text string
	Chosen      bool
}

// DeliveryRow is one delivery in the log.
type DeliveryRow struct {
	ID        string
	BotName   string // in the log of all bots
	Kind      ui.Kind
	Icon      string
	Status    string
	Reason    string // why it is held or was not sent
	Next      time.Time
	EventName string
	Test      bool
	EventTail string
	Person    string // masked
	Answer    string // the code, or what came instead of one
	Duration  time.Duration
	Attempts  int
	At        time.Time
	Resend    Resend
}

// Resend is the button that puts a delivery back into the queue.
type Resend struct {
	ID    string
	Label string    // "" where it cannot be
	Code  int       // of the success that is there already: then the button asks first
	At    time.Time // of that success
	Back  string    // where to go afterwards; "" for the delivery
}

// more says whether the filters that few people need are in use.
func (f LogFilter) more() bool {
	for _, name := range []string{"test", "code", "from", "to"} {
		if f.Problems[name] != "" {
			return true
		}
	}
	return f.Test != "" || f.Code != "" || f.Times.chosen()
}

// FilterTimes are the times between which a log is shown.
type FilterTimes struct {
	Zone         string // the time zone of the boxes, such as Europe/Berlin
	From, To     string // as a datetime-local box has them
	FromAt, ToAt string // the instants that they stand for, for a browser in another zone
}

func (t FilterTimes) chosen() bool { return t.From != "" || t.To != "" }

// statusWords say which statuses are chosen.
func (f LogFilter) statusWords() string {
	words := ""
	for _, s := range f.Statuses {
		if s.Chosen && words != "" {
			words += ", "
		}
		if s.Chosen {
			words += s.Text
		}
	}
	if words == "" {
		return "Any status"
	}
	return words
}
