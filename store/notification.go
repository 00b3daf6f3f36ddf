package store

import (
	"time"

	"github.com/google/uuid"
)

// Notification is one message to people about a change.
type Notification struct {
	ID    uuid.UUID // UUIDv7
	At    time.Time // set when it is stored
	Kind  string    // failing, switched_off, recovered, silent, certificate
	BotID uuid.UUID // uuid.Nil: several bots
	N     int       // the webhook's number; 0: several bots
	Bot   string    // the bot's name at that time
	Title string    // for a subject line
	Text  string    // sentences, lines separated by \n

	// Computed by lists: what became of its sends.
	Sent, Waiting, Failed int
	Note                  string // what went wrong last with one that did not arrive
}

// Channel is a way to notify people.
type Channel string

// The channels.
const (
	ChannelMail    Channel = "mail"
	ChannelWebhook Channel = "webhook"
)

// NotificationSend is one notification on its way to one address or to the webhook. Only its holder sends it until the
// lease ends; Attempts fences its settlement.
type NotificationSend struct {
	Notification Notification
	Channel      Channel
	Target       string // an email address; "" for the webhook
	Attempts     int    // this one included
}

// NotificationWebhook is where notifications are posted; URL "": nowhere.
type NotificationWebhook struct {
	URL    string
	Secret string // whsec_…; made with the first URL, and kept
}

// AlertState says whether an alert holds for a webhook, as the last look at it found. The kinds are those of package alert.
type AlertState struct {
	WebhookID
	Kind  string
	Holds bool
	Since time.Time // when the alert last began or ended
}

// AlertChange is an alert that begins or ends.
type AlertChange struct {
	WebhookID
	BotName string
	Kind    string
	Holds   bool
	// Notify is the kind of the notification about it; "": none. Title is for a subject line, Text holds the sentences.
	Notify, Title, Text string
}
