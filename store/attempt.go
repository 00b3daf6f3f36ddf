package store

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Phase is a step of one attempt.
type Phase string

// The phases in the order they happen.
const (
	PhaseDNS       Phase = "dns"
	PhaseConnect   Phase = "connect"
	PhaseTLS       Phase = "tls"
	PhaseSend      Phase = "send"
	PhaseFirstByte Phase = "first_byte"
	PhaseBody      Phase = "body"
)

// Phases are the times that the steps of an attempt took; negative: the step did not happen
// (a reused connection has no DNS, connect or TLS).
type Phases struct {
	DNS, Connect, TLS, Send, FirstByte, Body time.Duration
}

// Attempt is one HTTP request and what became of it. Rows are never changed once written.
// The request's headers are not kept: they follow from WebhookVersion, StartedAt and the delivery.
type Attempt struct {
	BotID          uuid.UUID
	DeliveryID     uuid.UUID
	Claim          int64 // token of the claim under which it was made: what it is known by among the attempts of its delivery
	Number         int   // 1 is the first
	StartedAt      time.Time
	WebhookVersion int64
	URL            string // of that version; filled on reading
	RemoteAddr     string // ip:port, "" when nothing was connected
	Protocol       string // HTTP/1.1, HTTP/2.0, "" without an answer
	StatusCode     int    // 0 without an answer
	Duration       time.Duration
	Phases         Phases
	FailedPhase    Phase // "" when it was delivered
	// Outcome is the diagnosis code (package outcome puts it in words); "" when delivered without a remark.
	Outcome string
	// Detail is the evidence for the words: host, port, address, rule, location, certificate dates …
	Detail      map[string]string
	Response    Response
	Certificate *Certificate
}

// Delivered says whether the endpoint took the event: a 2xx status, whatever became of the body, unless the webhook asks for
// more than the status and did not get it.
func (a Attempt) Delivered() bool {
	return a.StatusCode >= 200 && a.StatusCode <= 299 && !strings.HasPrefix(a.Outcome, Unconfirmed)
}

// Unconfirmed is the beginning of the outcomes that make a 2xx a failure (package success).
const Unconfirmed = "success_"

// Response is what is kept of an answer: at most 100 headers, 16 KiB of them and 16 KiB of body, with every configured
// secret masked.
type Response struct {
	Headers   []Header
	Body      []byte
	Truncated bool
}

// Certificate is the leaf certificate that the endpoint showed.
type Certificate struct {
	Subject   string    `json:"subject"`
	Names     []string  `json:"names"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Protocol  string    `json:"protocol"` // TLS 1.3
}
