package handlers

import (
	"context"
	"strings"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
)

// attemptAnswer is one request and what became of it. Configured header values are masked in it, as on the page.
type attemptAnswer struct {
	Number         int          `json:"number"`
	StartedAt      instant      `json:"started_at"`
	URL            string       `json:"url"`
	WebhookVersion int64        `json:"webhook_version"`
	RemoteAddr     *string      `json:"remote_addr"` // null when nothing was connected
	Protocol       *string      `json:"protocol"`    // null without an answer
	StatusCode     *int         `json:"status_code"`
	DurationMS     int64        `json:"duration_ms"`
	Phases         phasesAnswer `json:"phases"`
	FailedPhase    *store.Phase `json:"failed_phase"`
	diagnosisAnswer
	Request  requestAnswer   `json:"request"`
	Response *responseAnswer `json:"response"` // null without an answer
}

// phasesAnswer has null for a phase that did not happen: a kept connection has no DNS, connect and TLS.
type phasesAnswer struct {
	DNS       *int64 `json:"dns_ms"`
	Connect   *int64 `json:"connect_ms"`
	TLS       *int64 `json:"tls_ms"`
	Send      *int64 `json:"send_ms"`
	FirstByte *int64 `json:"first_byte_ms"`
	Body      *int64 `json:"body_ms"`
}

type requestAnswer struct {
	Headers []store.Header `json:"headers"`
	Body    string         `json:"body"`
}

type responseAnswer struct {
	Headers   []store.Header `json:"headers"`
	Body      string         `json:"body"` // as text; bytes that are not text become U+FFFD
	Truncated bool           `json:"truncated"`
}

// answerOfAttempt rebuilds the request from the settings it was made with: they are not copied into each attempt.
// shown is the event as the caller may see it; the body is made of it as it was for sending.
func (a *app) answerOfAttempt(w store.Webhook, d store.Delivery, at store.Attempt, shown []byte) (attemptAnswer, error) {
	headers, _, err := a.requestHeaders(w, d, at)
	if err != nil {
		return attemptAnswer{}, err
	}
	answer := attemptAnswer{
		Number: at.Number, StartedAt: instant(at.StartedAt), URL: at.URL, WebhookVersion: at.WebhookVersion,
		RemoteAddr: orNull(at.RemoteAddr), Protocol: orNull(at.Protocol), StatusCode: orNull(at.StatusCode),
		DurationMS: at.Duration.Milliseconds(), Phases: answerOfPhases(at.Phases), FailedPhase: orNull(at.FailedPhase),
		diagnosisAnswer: answerOfDiagnosis(outcome.DiagnoseAttempt(at)),
		Request:         requestAnswer{headers, string(sentBody(w, shown).Bytes)},
	}
	if at.StatusCode != 0 {
		answer.Response = &responseAnswer{
			orEmpty(at.Response.Headers), strings.ToValidUTF8(string(at.Response.Body), "\uFFFD"), at.Response.Truncated,
		}
	}
	return answer, nil
}

func answerOfPhases(p store.Phases) phasesAnswer {
	return phasesAnswer{
		phaseMS(p.DNS), phaseMS(p.Connect), phaseMS(p.TLS), phaseMS(p.Send), phaseMS(p.FirstByte), phaseMS(p.Body),
	}
}

func phaseMS(took time.Duration) *int64 {
	if took < 0 {
		return nil
	}
	ms := took.Milliseconds()
	return &ms
}

// attemptSettings loads the settings that attempts were made with, by version.
func (a *app) attemptSettings(ctx context.Context, id store.WebhookID, attempts []store.Attempt) (map[int64]store.Webhook, error) {
	settings := map[int64]store.Webhook{}
	if len(attempts) == 0 {
		return settings, nil
	}
	now, err := a.webhookOnce(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, at := range attempts {
		if _, ok := settings[at.WebhookVersion]; ok {
			continue
		}
		if settings[at.WebhookVersion], err = a.settingsOf(ctx, at, now); err != nil {
			return nil, err
		}
	}
	return settings, nil
}
