package store

import (
	"time"

	"github.com/google/uuid"
)

// Bot is an intake bot: the form on a customer's site whose conversions become events.
// Its first webhook is made with it and lives as long as it does.
type Bot struct {
	ID        uuid.UUID // UUIDv7
	Name      string    // 1–100 characters, not unique
	CreatedAt time.Time
}

// BotSummary is a bot with what the bots page shows of it: the state of its first webhook and those of the others, and counts
// of all.
type BotSummary struct {
	Bot
	Webhook     WebhookState
	Health      Health
	Endpoint    string              // what the first webhook is called; "" when the bot has no other
	Others      []BotState          // in the order in which people see them
	Waiting     int                 // queued, being sent or to be sent again
	Held        int                 // events that wait for a person
	LastEventAt time.Time           // when the last real event came; zero: none in the log
	Daily       [DaysShown]DayCount // oldest first, today last, UTC days
}

// DeleteUndoFor is how long a person may take back that a bot was deleted: somewhat longer than the page offers it.
const DeleteUndoFor = 45 * time.Second

const (
	// DaysShown is how many days home shows of each bot.
	DaysShown = 30
	// WeekShown is how many days the figures of home cover.
	WeekShown = 7
	// HomePage is how many bots home shows at once.
	HomePage = 50
)

// DayCount counts what happened to real events in one day. An event counts on the day that it came, an attempt or a delivery on
// its own.
type DayCount struct {
	Day            time.Time
	Total          int // events that came
	Delivered      int // deliveries that got through
	FailedAttempts int
	Failed         int // deliveries given up
	Expired        int // events held for too long

	Answered     int           // attempts that got an answer,
	AnsweredTime time.Duration // and how long those took together
}

// Add counts one more of the counters' kinds.
func (d *DayCount) Add(kind string, n int) {
	switch kind {
	case CountAccepted:
		d.Total += n
	case CountDelivered:
		d.Delivered += n
	case CountFailedAttempt:
		d.FailedAttempts += n
	case CountFailed:
		d.Failed += n
	}
}

// Plus adds another day's counts.
func (d DayCount) Plus(other DayCount) DayCount {
	d.Total += other.Total
	d.Delivered += other.Delivered
	d.FailedAttempts += other.FailedAttempts
	d.Failed += other.Failed
	d.Expired += other.Expired
	d.Answered += other.Answered
	d.AnsweredTime += other.AnsweredTime
	return d
}

// HomeSums is what home says of all bots together.
type HomeSums struct {
	Bots          int
	Waiting, Held int
	Lost          int      // deliveries of the last 30 days that were given up, or held for too long
	Week          DayCount // the last seven UTC days, today included
}

// BotFilter selects a page of bots, newest first. Zero values mean "any"; Limit 1–200, 0 means 50.
type BotFilter struct {
	Query  string // part of the name, any case
	Cursor string
	Limit  int
}

// BotNames is one page of bots by name. Next is "" on the last page.
type BotNames struct {
	Bots []Bot
	Next string
}

// BotPage is one page of bots. Next is "" on the last page.
type BotPage struct {
	Bots []BotSummary
	Next string
}

// BotState is what decides whether a webhook of a bot needs attention.
type BotState struct {
	Bot
	N        int    // the webhook's number
	Endpoint string // what the webhook is called; "" when the bot has no other
	Webhook  WebhookState
	Health   Health
	Waiting  int // queued, being sent or to be sent again
	Held     int // events that wait for a person's "Send them" or "Leave them"
}

// Label is what people know the webhook by: the bot's name, with its own where the bot has several.
func (s BotState) Label() string {
	if s.Endpoint == "" {
		return s.Name
	}
	return s.Name + " · " + s.Endpoint
}

// WebhookID is the webhook that the state is about.
func (s BotState) WebhookID() WebhookID { return WebhookID{BotID: s.ID, N: s.N} }
