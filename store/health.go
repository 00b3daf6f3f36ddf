package store

import (
	"time"
)

// Health is what the last real attempts of a webhook said about its endpoint. Tests do not count.
type Health struct {
	WebhookID
	LastAttemptAt time.Time
	LastSuccessAt time.Time // zero: never
	LastTestOKAt  time.Time // last passing test
	LastCode      int       // of the last attempt, 0: no answer
	LastOutcome   string    // diagnosis code of the last attempt, "" when it was delivered
	FirstFailures int       // consecutive deliveries whose first attempt failed
	FailingSince  time.Time // first failure after the last success; zero: not failing
	FailingEvents int       // events (first attempts) that failed since then

	// What counts towards switching off starts anew also when a person switches the webhook on, or changes URL or
	// headers: those say that it is worth another try.
	StrikesSince time.Time // first failure since then; zero: none
	Strikes      int       // events (first attempts) that failed since then
	GoneAt       time.Time // first 410 since then; zero: none

	// The life of the certificate that the endpoint showed last, to a test too; zero: none.
	CertificateFrom, CertificateUntil time.Time
}

// Attempted takes in a real attempt: a success ends a time of failing, a failure may begin one. first: of its schedule.
// newlyFailed: its event has not failed before since the last success.
func (h *Health) Attempted(a Attempt, first, newlyFailed bool, now time.Time) {
	h.LastAttemptAt, h.LastCode, h.LastOutcome = now, a.StatusCode, a.Outcome
	h.showed(a)
	if a.Delivered() {
		h.LastSuccessAt = now
		h.FirstFailures, h.FailingEvents, h.FailingSince = 0, 0, time.Time{}
		h.Forgive()
		return
	}
	if h.FailingSince.IsZero() {
		h.FailingSince = now
	}
	if h.StrikesSince.IsZero() {
		h.StrikesSince = now
	}
	if first {
		h.FirstFailures++
		h.Strikes++
	}
	if newlyFailed {
		h.FailingEvents++
	}
	if a.StatusCode == 410 && h.GoneAt.IsZero() {
		h.GoneAt = now
	}
}

// Tested takes in the attempt of a test: it says nothing of real events.
func (h *Health) Tested(a Attempt, now time.Time) {
	h.showed(a)
	if a.Delivered() {
		h.LastTestOKAt = now
	}
}

// showed takes in the certificate of an attempt. An answer without one came over plain HTTP; without an answer nothing is known.
func (h *Health) showed(a Attempt) {
	switch {
	case a.Certificate != nil:
		h.CertificateFrom, h.CertificateUntil = a.Certificate.NotBefore, a.Certificate.NotAfter
	case a.StatusCode > 0:
		h.CertificateFrom, h.CertificateUntil = time.Time{}, time.Time{}
	}
}

// Forgive resets what counts towards switching the webhook off.
func (h *Health) Forgive() { h.Strikes, h.StrikesSince, h.GoneAt = 0, time.Time{}, time.Time{} }

// FailsAt says whether the last attempt with a webhook's URL and headers, which changed last at a moment, failed.
func (h Health) FailsAt(changed time.Time) bool {
	return !h.FailingSince.IsZero() && !h.LastAttemptAt.Before(changed)
}
