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
	Held           []Held
	Several        bool // the bot has, or had, several endpoints: rows name theirs
	Chart          LogChart
	Statuses       []StatusChip
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

// StatusChip is one choice of the row of statuses: a link that chooses it, or leaves it.
type StatusChip struct {
	ID, Text string
	Kind     ui.Kind // of its dot; "" for all
	Count    string  // "" while it is not known
	Chosen   bool
	URL      string
}

// DeliveryRow is one delivery in the log.
type DeliveryRow struct {
	ID        string
	BotName   string // in the log of all bots
	Endpoint  string // where its bot has several
	Kind      ui.Kind
	Icon      string
	Status    string
	Reason    string // why it is held or was not sent
	Next      time.Time
	EventName string
	Test      bool
	Sample    bool
	Detail    string // the person, masked
	EventTail string
	Selects   bool   // it can be selected, to be resent
	Answer    string // the code, or what came instead of one
	Duration  time.Duration
	Attempts  int
	At        time.Time
}

// where is the endpoint of a bot with several; in the log of all bots, the bot too.
func (r DeliveryRow) where(allBots bool) string {
	switch {
	case !allBots:
		return r.Endpoint
	case r.Endpoint == "":
		return r.BotName
	}
	return r.BotName + " · " + r.Endpoint
}

// Resend is the button that puts a delivery back into the queue.
type Resend struct {
	ID    string
	Label string    // "" where it cannot be
	Code  int       // of the success that is there already: then the button asks first
	At    time.Time // of that success

	NoConsent bool // its visitor has not consented: the button asks first
}
