package alert

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
)

// Alert is something about a bot's webhook that needs a person's attention. The banner, the first page, emails and the
// notification webhook all use its words.
type Alert struct {
	Kind  string // one of the constants below
	Grave bool   // events do not get through
	Short string // for a subject line: "failing (HTTP 401)"
	Of    string // what it is about: the bot's name, with its endpoint's where it has several
	Text  string // follows that: "has been failing for 2 hours: …"
	Fix   string // what to do, "" when Text says it
}

// The kinds of alerts.
const (
	Failing     = "failing"
	SwitchedOff = "switched_off"
	Certificate = "certificate"
	Silent      = "silent"
	Held        = "held"
)

// Alerts are those of a bot's webhook now, the gravest first. hours are the bot's counters of the last days; without them silence
// is not judged.
func Alerts(w store.BotState, hours []store.HourCount, now time.Time) []Alert {
	var found []Alert
	switch {
	case w.Webhook.SwitchedOff != nil:
		found = append(found, offAlert(w))
	case IsFailing(w.Webhook, w.Health, now):
		found = append(found, failingAlert(w.Health, w.Waiting, now))
	}
	if ends, soon := CertificateEnds(w.Webhook, w.Health, now); soon {
		found = append(found, certificateAlert(ends, w.Endpoint != "", now))
	}
	if s, silent := FindSilence(hours, now); silent && w.Webhook.Enabled {
		found = append(found, silenceAlert(s))
	}
	if w.Held > 0 && w.Webhook.SwitchedOff == nil { // offAlert counts them
		found = append(found, Alert{
			Kind: Held, Short: count(w.Held, "event") + " held",
			Text: "holds " + count(w.Held, "event") + ", because its webhook was off or had no URL.",
			Fix:  "Send the held events, or leave them.",
		})
	}
	for i := range found {
		if found[i].Of = w.Label(); found[i].Kind == Silent { // events stay away from the bot, not from one of its endpoints
			found[i].Of = w.Name
		}
	}
	return found
}

func offAlert(w store.BotState) Alert {
	c := Alert{
		Kind: SwitchedOff, Grave: true, Short: "switched off",
		Text: "was switched off by ioZen: " + outcome.SwitchOffWords(w.Webhook.SwitchedOff.Reason) + ".",
		Fix:  "Fix it, test it, then switch it back on.",
	}
	if w.Held > 0 {
		c.Text += " Held: " + count(w.Held, "event") + "."
	}
	return c
}

// failingAlert says how many deliveries wait, not how often they were tried: pressing Retry now makes no more of them.
func failingAlert(h store.Health, waiting int, now time.Time) Alert {
	d := outcome.Diagnose(h.LastOutcome, h.LastCode, nil)
	c := Alert{
		Kind: Failing, Grave: true, Short: "failing (" + d.Error + ")", Fix: d.Fix,
		Text: fmt.Sprintf("has been failing for %s: %s.", spell(now.Sub(h.FailingSince)), d.Sentence),
	}
	switch {
	case waiting == 1:
		c.Text += " 1 event is waiting."
	case waiting > 1:
		c.Text += " " + count(waiting, "event") + " are waiting."
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
