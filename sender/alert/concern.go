package alert

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
)

// Concern is something about a bot's webhook that somebody should look at, in words. It is told in the same words by
// the banner, the first page, e-mails and the notification webhook.
type Concern struct {
	Kind  string // one of the Concern constants
	Grave bool   // events do not get through
	Short string // for a subject line: "failing (HTTP 401)"
	Text  string // goes on after the bot's name: "has been failing for 2 hours: …"
	Fix   string // what to do, "" when Text says it
}

// The kinds of Concern.
const (
	ConcernFailing     = "failing"
	ConcernSwitchedOff = "switched_off"
	ConcernCertificate = "certificate"
	ConcernSilent      = "silent"
	ConcernHeld        = "held"
)

// Concerns says what about a bot needs attention now, the gravest first. hours are its counters of the last days; without
// them nothing is said about silence.
func Concerns(w store.BotState, hours []store.HourCount, now time.Time) []Concern {
	var found []Concern
	switch {
	case w.Webhook.SwitchedOff != nil:
		found = append(found, offConcern(w))
	case Failing(w.Webhook, w.Health, now):
		found = append(found, failingConcern(w.Health, now))
	}
	if ends, soon := CertificateEnds(w.Webhook, w.Health, now); soon {
		found = append(found, certificateConcern(ends, now))
	}
	if s, silent := Silent(hours, now); silent && w.Webhook.Enabled {
		found = append(found, silenceConcern(s))
	}
	if w.Held > 0 && w.Webhook.SwitchedOff == nil { // offConcern counts them
		found = append(found, Concern{
			Kind: ConcernHeld, Short: count(w.Held, "event") + " held",
			Text: "holds " + count(w.Held, "event") + " that came in while its webhook was off or had no URL.",
			Fix:  "Say whether to send what is held, or to leave it.",
		})
	}
	return found
}

func offConcern(w store.BotState) Concern {
	c := Concern{
		Kind: ConcernSwitchedOff, Grave: true, Short: "switched off",
		Text: "was switched off by ioZen: " + outcome.SwitchOffWords(w.Webhook.SwitchedOff.Reason) + ".",
		Fix:  "Fix it, test it, then switch it back on.",
	}
	if w.Held > 0 {
		c.Text += " Held: " + count(w.Held, "event") + "."
	}
	return c
}

func failingConcern(h store.Health, now time.Time) Concern {
	d := outcome.Diagnose(h.LastOutcome, h.LastCode, nil)
	c := Concern{
		Kind: ConcernFailing, Grave: true, Short: "failing (" + d.Error + ")", Fix: d.Fix,
		Text: fmt.Sprintf("has been failing for %s: %s. Did not get through at first: %s.",
			spell(now.Sub(h.FailingSince)), d.Sentence, count(h.FailingEvents, "event")),
	}
	if at, soon := outcome.SwitchOffWarning(h, now); soon {
		c.Text += " It will be switched off in " + spell(at.Sub(now)) + " unless an event gets through."
	}
	return c
}

// spell writes a span of time for a sentence: "1 minute", "26 hours", "5 days".
func spell(d time.Duration) string {
	switch {
	case d < 90*time.Minute:
		return count(max(1, int(d.Round(time.Minute)/time.Minute)), "minute")
	case d < 48*time.Hour:
		return count(int(d.Round(time.Hour)/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}

// count writes a number with its noun, thousands separated.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String() + " " + noun + "s"
}
