package store

import (
	"time"

	"github.com/google/uuid"
)

// Bot is an intake bot: the form on a customer's site whose conversions become events.
// Its webhook is made with it and lives as long as it does.
type Bot struct {
	ID        uuid.UUID // UUIDv7
	Name      string    // 1–100 characters, not unique
	CreatedAt time.Time
}

// BotSummary is a bot with what the bots page shows of its webhook.
type BotSummary struct {
	Bot
	Webhook WebhookState
	Health  Health
	Waiting int         // queued, being sent or to be sent again
	Held    int         // events that wait for a person
	Daily   [7]DayCount // oldest first, today last, UTC days
}

// DayCount counts the real events of one day.
type DayCount struct {
	Day    time.Time
	Total  int
	Failed int
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

// BotState is what decides whether a bot needs attention.
type BotState struct {
	Bot
	Webhook WebhookState
	Health  Health
	Held    int // events that wait for a person's "Send them" or "Leave them"
}
