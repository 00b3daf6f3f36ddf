package views

import (
	"strconv"
	"time"

	"iozen/views/ui"
)

// DeliveryPage is one event on its way, with every attempt.
type DeliveryPage struct {
	Page
	Live         Live
	Here         string // the address of this page, to ask for its parts
	ID, BotName  string
	WebhookRef          // where it goes
	Endpoint     string // what that is called, where the bot has several
	Gone         bool   // it was deleted
	Others       []OtherDelivery
	EventName    string
	Test, Sample bool
	Kind         ui.Kind
	Icon, Status string
	Next         time.Time // of the next attempt, if one is planned
	Outcome      Outcome
	Changes      *Changes
	Warnings     []Fact // by the place in the event
	Resend       Resend
	Axis         []AxisMark // attempts and coming ones
	Tries        int        // attempts in all, if none gets through; 0: no more are planned
	Off          bool       // it could be sent again if the webhook were on
	Ask          bool       // whoever reads it may not send it again, and others may

	Attempts    []AttemptRow // the newest first
	Exchange    *Exchange    // of the attempt that is looked at; nil before the first
	Event       EventFacts
	Attribution Attribution
	Revealed    bool // personal data is shown
	CanReveal   bool
	Erased      bool
}

// Outcome is what happened in one sentence, "Lead from Roofing quote bot was not delivered: …", and what to do.
type Outcome struct {
	Before string // of the bot's name
	After  string
	Fix    string
	Why    string // it is not tried again, or later than usual
	Edit   TestAction
	Coming Coming
}

// Coming is what follows a failed attempt by itself; the zero value: nothing.
type Coming struct {
	Next  time.Time
	After int       // attempts after the next one
	Until time.Time // of the last of them
}

// AxisMark is one attempt on the time axis: made, next, or planned.
type AxisMark struct {
	State string // "ok", "bad", "next", "wait"
	At    time.Time
}

// Changes are what differs between the settings of the last success and those of the first failure after it.
type Changes struct {
	Since time.Time // of the last success
	Items []string  // none: nothing changed
	By    string
	At    time.Time
}

// AttemptRow is one attempt in the list.
type AttemptRow struct {
	Number   int
	Kind     ui.Kind
	Icon     string
	Headline string
	Version  int64
	At       time.Time
	Duration time.Duration
	Path     string // address, protocol
	Current  bool   // its request and response are shown
}

// Exchange is the request and the answer of one attempt.
type Exchange struct {
	Number      int
	Request     string
	Masked      bool // personal data in it is hidden
	Bars        []ui.Bar
	Note        string // what of the request can not be shown as it was
	Response    string
	Certificate []Fact
	Curl        string
}

// EventFacts are what the event says.
type EventFacts struct {
	ID       string
	Happened time.Time
	Accepted time.Time
	More     []Fact
}

// Attribution is where the visitor came from.
type Attribution struct {
	Headline string // "Google Ads · spring-roof"; "" when nothing is known
	Facts    []Fact
}

// version tells one exchange from another, so that a live page leaves the one alone that somebody is reading.
func (e Exchange) version() string {
	return strconv.Itoa(e.Number) + "-" + strconv.FormatBool(e.Masked)
}

// OtherDelivery is one of the same event, to another endpoint.
type OtherDelivery struct {
	ID, Endpoint string
	Kind         ui.Kind
	Icon, Status string
}
