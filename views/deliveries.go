package views

import (
	"time"

	"iozen/views/ui"
)

// DeliveriesPage is the log of one bot, or of all of them together (BotID is "").
type DeliveriesPage struct {
	Page
	BotID, BotName string
	Editable       bool   // the reader's role may resend
	Here           string // the address of this page, to return to
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
	SearchedTo     time.Time     // where the search of a page that is not full stopped, and goes on with the next one; else zero
	Guide          *WebhookGuide // how events get in, for a bot without any; else nil
	HasBots        bool          // there is a bot to go to from an empty log of all bots
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
	Answer    string // the status code, or what happened instead of an answer
	Duration  time.Duration
	Attempts  int
	At        time.Time
	Resend    Resend
}

// Resend is the button that puts a delivery back into the queue.
type Resend struct {
	ID    string
	Label string    // "" where that is not possible
	Code  int       // of an earlier success: then the button asks first
	At    time.Time // of that success
	Back  string    // where to go afterwards; "" for the delivery
}
