package outcome

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"iozen/store"
)

// Schedule is how long to wait after each failed attempt before the next one. Ten attempts in all:
//
//	attempt  1    2     3     4      5     6     7      8      9      10
//	after    now  +5 s  +5 m  +30 m  +2 h  +5 h  +10 h  +14 h  +20 h  +24 h    (75 h 35 m in all)
//
// It is the schedule that Standard Webhooks proposes.
type Schedule []time.Duration

// DefaultSchedule is used unless IOZEN_RETRY_SCHEDULE says otherwise.
var DefaultSchedule = Schedule{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

const (
	maxSteps = 100
	maxStep  = 30 * 24 * time.Hour // longer than the log is kept by default; also keeps sums far from overflow
	spread   = 0.2                 // each wait is up to this much shorter or longer
	fewTries = 3                   // attempts after an answer that another attempt hardly changes
)

// ParseSchedule reads "5s,5m,30m"; empty text is the default.
func ParseSchedule(text string) (Schedule, error) {
	if strings.TrimSpace(text) == "" {
		return DefaultSchedule, nil
	}
	var s Schedule
	for _, part := range strings.Split(text, ",") {
		step, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("retry schedule: %w", err)
		}
		if step < time.Millisecond || step > maxStep {
			return nil, fmt.Errorf("retry schedule: %s is not between 1ms and %s", step, maxStep)
		}
		s = append(s, step)
	}
	if len(s) > maxSteps {
		return nil, fmt.Errorf("retry schedule: %d steps, at most %d", len(s), maxSteps)
	}
	return s, nil
}

// Decision is what follows an attempt.
type Decision struct {
	Status store.Status // Delivered, Failed or Retrying
	DueAt  time.Time    // of the next attempt, when Retrying
	Why    string       // one of the Why codes, or "" for an ordinary retry
}

// Why a decision is not the ordinary next step; WhyWords says them.
const (
	WhyRedirect    = "not_retried_redirect" // it may have run; another attempt could add another row
	WhyFewTries    = "tried_3_times"        // the endpoint refuses this payload
	WhyLastAttempt = "last_attempt"
	WhyRetryAfter  = "retry_after" // the endpoint asked for more time than the schedule gives
)

// Decide says what follows an attempt. round counts the attempts since the schedule started, this one
// included: 1 is the first. jitter is a random number in [0,1).
func (s Schedule) Decide(a store.Attempt, round int, now time.Time, jitter float64) Decision {
	if a.Delivered() {
		return Decision{Status: store.Delivered}
	}
	if tries, why := s.triesOf(a); round >= tries {
		return Decision{Status: store.Failed, Why: why}
	}
	step := s[max(round, 1)-1]
	wait := time.Duration(float64(step) * (1 - spread + 2*spread*jitter))
	if asked := askedWait(a); asked > wait {
		return Decision{Status: store.Retrying, DueAt: now.Add(asked), Why: WhyRetryAfter}
	}
	return Decision{Status: store.Retrying, DueAt: now.Add(wait)}
}

// Coming are the attempts that follow if none gets through: the next one, and those that the schedule has after it. a is the
// last attempt, round as for Decide.
func (s Schedule) Coming(a store.Attempt, round int, next time.Time) []time.Time {
	coming := []time.Time{next}
	tries, _ := s.triesOf(a)
	for r := round + 1; r < tries; r++ {
		next = next.Add(s[r-1])
		coming = append(coming, next)
	}
	return coming
}

// triesOf is how many attempts an answer is worth: a 2xx that does not say success as much as a 422.
func (s Schedule) triesOf(a store.Attempt) (int, string) {
	if strings.HasPrefix(a.Outcome, store.Unconfirmed) {
		return s.tries(http.StatusUnprocessableEntity)
	}
	return s.tries(a.StatusCode)
}

// tries is how many attempts an answer is worth, and why no more.
func (s Schedule) tries(status int) (int, string) {
	all := len(s) + 1
	switch status {
	case 400, 405, 406, 411, 413, 415, 422:
		if fewTries < all {
			return fewTries, WhyFewTries
		}
	}
	if status >= 300 && status <= 399 {
		return 1, WhyRedirect
	}
	return all, WhyLastAttempt
}

// WhyWords says in a sentence why a delivery is not tried again, or later than usual.
func WhyWords(why string) string {
	switch why {
	case WhyRedirect:
		return "Not retried: a redirect may have run already, and another try would make another row."
	case WhyFewTries:
		return "Not retried any more: the endpoint refused this payload 3 times."
	case WhyLastAttempt:
		return "Not retried any more: this was the last attempt of the schedule."
	case WhyRetryAfter:
		return "The endpoint asked for this much time (Retry-After)."
	}
	return ""
}
