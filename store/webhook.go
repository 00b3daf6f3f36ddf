package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"iozen/store/option"
)

// Header is one custom header as configured: the name in the case typed, the value in clear.
// Values are sealed in the database and must never reach a log, an error or a page unmasked.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Webhook is the current settings of a webhook. Every change makes a new Version;
// versions that something was sent with are kept forever as WebhookVersion.
type Webhook struct {
	WebhookID
	Name    string // shown when a bot has several; "": none was given
	Version int64  // grows by one per change; the ETag of the API

	WebhookState
	Headers    []Header
	EventNames []string // empty: all
	RateLimit  *float64 // requests per second, nil: none
	option.Set          // what it chooses besides

	// Secret signs (whsec_…, Standard Webhooks 1.0). While PreviousUntil is ahead, PreviousSecret signs too.
	Secret         string
	PreviousSecret string
	PreviousUntil  time.Time

	// FieldVersions says in which version each field last changed, so that edits of different fields merge.
	FieldVersions map[Field]int64
	// FieldChanges says who changed each field last and when, for the words of a conflict.
	FieldChanges map[Field]Change

	// Undo takes the last edit on an open page back; nil when the last change was none.
	Undo *Undo

	// Damaged says what of the sealed values could not be opened.
	Damaged Damaged

	// HeldLeftAt is when a person last said "Leave them": held events older than this raise no banner.
	HeldLeftAt time.Time
}

// WebhookState is the part of the settings that decides whether events are sent.
type WebhookState struct {
	Enabled bool   // switched on by the person
	URL     string // "": not set yet
	// SwitchedOff is set when ioZen switched the webhook off; a person's switching on clears it.
	SwitchedOff *SwitchedOff
	// QuietUntil is when edits made on the page begin to count: nothing is sent before.
	QuietUntil time.Time
	// ChangedAt is when URL or headers last changed: a success before it proves nothing about them.
	ChangedAt time.Time
}

// Damaged are the sealed parts of settings that cannot be opened. They read as empty, so that everything else can be seen
// and saved; nothing is sent without them.
type Damaged struct {
	Headers, Secret bool

	SealedHeaders string // as it is in the database: it stays there until other headers are saved
}

// Any says whether anything is damaged that requests need.
func (d Damaged) Any() bool { return d.Headers || d.Secret }

// Whole returns an error for settings that nothing can be sent with.
func (w Webhook) Whole() error {
	if w.Damaged.Any() {
		return fmt.Errorf("settings of bot %s: %w", w.BotID, ErrUnreadable)
	}
	return nil
}

// Sends says whether events accepted now are queued (true) or held (false).
func (s WebhookState) Sends() bool { return s.Enabled && s.SwitchedOff == nil && s.URL != "" }

// Chooses says whether the webhook is sent events of a name.
func (w Webhook) Chooses(name string) bool { return Chosen(w.EventNames, name) }

// Chosen says whether a name is one of those that were chosen; none: all are.
func Chosen(names []string, name string) bool {
	return len(names) == 0 || slices.Contains(names, name)
}

// MaxEventNames is far more than any webhook needs. Every event is compared with those that are chosen.
const MaxEventNames = 100

// ChosenNames reads stored event names. An earlier version stored any number of them: those beyond the bound are not
// chosen any more.
func ChosenNames(stored string) (names []string, err error) {
	if err := json.Unmarshal([]byte(stored), &names); err != nil {
		return nil, err
	}
	return boundedNames(names), nil
}

func boundedNames(names []string) []string { return names[:min(len(names), MaxEventNames)] }

// TwoSign says whether the secret from before the last rotation signs too.
func (w Webhook) TwoSign(at time.Time) bool {
	return w.PreviousSecret != "" && at.Before(w.PreviousUntil)
}

// SwitchedOff says why and when ioZen switched a webhook off.
type SwitchedOff struct {
	Reason string // one of the SwitchOff… reasons of package outcome
	At     time.Time
}

// Field names one setting that is saved on its own.
type Field string

// The fields of a webhook.
const (
	FieldEnabled    Field = "enabled"
	FieldURL        Field = "url"
	FieldHeaders    Field = "headers"
	FieldEventNames Field = "event_names"
	FieldRateLimit  Field = "rate_limit"
	FieldFilter     Field = Field(option.NameFilter)
	FieldFormat     Field = Field(option.NameFormat)
	FieldLeaveOut   Field = Field(option.NameLeaveOut)
	FieldConsent    Field = Field(option.NameConsent)
	FieldSuccess    Field = Field(option.NameSuccess)
)

// Actor is who does something: an account, an API key, or ioZen itself (zero ID).
type Actor struct {
	ID   uuid.UUID
	Name string // email of the account, or name of the key
	IP   string // from where; only the audit log keeps it
}

// Change is who changed something, and when; Edit says in which save of an open page, if it was one.
type Change struct {
	By   Actor
	At   time.Time
	Edit Edit
}

// HeaderChange sets a header; a nil Value keeps the value stored under that name (any case).
type HeaderChange struct {
	Name  string
	Value *string
}

// WebhookChange changes the fields that are not nil. The values are already checked.
type WebhookChange struct {
	// IfVersion, if set, must be the current version, else StaleError (API, If-Match).
	IfVersion *int64
	// Base, if set, is the version that the change was based on: a field changed since then by
	// anyone is not overwritten, and StaleError names it (page, auto-save).
	Base *int64

	Name       *string // "" removes it; makes no version
	Enabled    *bool
	URL        *string // "" removes it
	Headers    *[]HeaderChange
	EventNames *[]string
	RateLimit  *float64 // 0 removes it
	option.Change

	// StayWithOrigin refuses to lead a stored header value to another origin than it was stored for, with KeepError:
	// the caller may not see the values (API), and could have them sent to a place of their own.
	StayWithOrigin bool
	// Copied, if set, says that the values are those of another webhook.
	Copied *CopySource
	// TakesBack names the webhook whose copied settings the change takes back.
	TakesBack string
	undoing   bool // it only takes an edit or a copy back

	// Edit, if set, orders the saves of one open page: they may arrive in another order than they were made.
	// A save made after the stored one replaces it, whatever Base says; one made before it changes nothing.
	Edit *Edit

	// QuietFor is how long sending waits after this change (page: 5 s after an edit of URL or headers; API: 0).
	QuietFor time.Duration
	By       Actor
}

// Edit numbers the saves of one open page.
type Edit struct {
	Tab string // random, one per page load
	Seq int64  // grows with each save of that page
	Run int64  // the same for the saves of one stay in a field: they are one edit
}

// WebhookVersion is one entry of the settings' history: what was, or may still be, sent with.
type WebhookVersion struct {
	WebhookID
	Version int64
	Change
	Enabled    bool
	URL        string
	Headers    []Header
	EventNames []string
	RateLimit  *float64
	option.Set
	Damaged bool // the headers cannot be opened, and read as none
	Used    bool // something was sent with it: it will never change
}

// VersionPage is one page of a webhook's history, newest first. Next is "" on the last page.
type VersionPage struct {
	Versions []WebhookVersion
	Next     string
}

// Holds says why events are held now, or "".
func (s WebhookState) Holds(now time.Time) string {
	switch {
	case s.SwitchedOff != nil:
		return ReasonSwitchedOff
	case !s.Enabled:
		return ReasonOff
	case s.URL == "" && !now.Before(s.QuietUntil):
		return ReasonNoURL
	}
	return ""
}

// WebhookID names one webhook: its bot, and its number in the bot. Numbers begin with 1 and are never reused.
type WebhookID struct {
	BotID uuid.UUID
	N     int
}

// MaxWebhooks is how many webhooks a bot has at most.
const MaxWebhooks = 20

// FirstWebhook is the webhook that every bot has: it is made with the bot and cannot be deleted.
func FirstWebhook(botID uuid.UUID) WebhookID { return WebhookID{BotID: botID, N: 1} }

// Compare orders webhooks by the bytes of their bot's id, and then by number.
func (id WebhookID) Compare(other WebhookID) int {
	return cmp.Or(bytes.Compare(id.BotID[:], other.BotID[:]), cmp.Compare(id.N, other.N))
}

// String is "bot <id>", with the webhook's number unless it is the first.
func (id WebhookID) String() string {
	if id.N == 1 {
		return "bot " + id.BotID.String()
	}
	return fmt.Sprintf("bot %s (webhook %d)", id.BotID, id.N)
}

// WebhookName is what people know one of a bot's webhooks by.
type WebhookName struct {
	N       int
	Name    string
	URL     string
	Deleted bool
}

// Label is its name, or its number where none was given.
func (w WebhookName) Label() string { return WebhookLabel(w.N, w.Name) }

// WebhookLabel is what a webhook is called: its name, or its number where none was given.
func WebhookLabel(n int, name string) string {
	if name == "" {
		return fmt.Sprintf("Endpoint %d", n)
	}
	return name
}
