package handlers

import (
	"cmp"
	"fmt"
	"strings"

	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// outcome says what happened to a delivery in one sentence, and what to do about it.
func (a *app) outcome(d store.Delivery, attempts []store.Attempt) views.Outcome {
	o := views.Outcome{Before: d.EventName + " from", After: outcomeWords(d)}
	if d.Test {
		o.Before = "Test " + o.Before
	}
	if d.Status == store.Failed || d.Status == store.Retrying || d.LastOutcome != "" && d.Status == store.Delivered {
		diagnosis := outcome.Diagnose(d.LastOutcome, d.LastCode, d.LastDetail)
		o.Fix, o.Edit = diagnosis.Fix, testAction(diagnosis.Action)
		if o.Edit.URL != "" {
			o.Edit = views.TestAction{Label: "Edit URL", Target: "webhook-url"}
		}
	}
	if d.Status == store.Queued {
		if _, why := a.Engine.Waits(d.WebhookID()); why != "" {
			o.Why = engine.WaitWords(why) + "."
		}
	}
	if len(attempts) > 0 && !d.Test && (d.Status == store.Failed || d.Status == store.Retrying) {
		o.Why = a.whyNext(d, attempts[len(attempts)-1])
	}
	if d.Reason == store.ReasonSentAnyway {
		o.Why = strings.TrimSpace("Its visitor has not agreed to share data for ads; somebody chose to send it anyway. " + o.Why)
	}
	return o
}

// outcomeWords end the sentence that begins with the event and the bot's name.
func outcomeWords(d store.Delivery) string {
	diagnosis := outcome.Diagnose(d.LastOutcome, d.LastCode, d.LastDetail)
	switch d.Status {
	case store.Delivered:
		if diagnosis.Sentence != "" {
			return "was delivered: " + diagnosis.Sentence + "."
		}
		return fmt.Sprintf("was delivered: your endpoint answered HTTP %d in %s.", d.LastCode, ui.Duration(d.LastDuration))
	case store.Retrying:
		return "is not delivered yet: " + diagnosis.Sentence + "."
	case store.Failed:
		return "was not delivered: " + diagnosis.Sentence + "."
	case store.Sending:
		return "is being sent now."
	case store.Held, store.Skipped:
		return "was not sent: " + reasonWords(d) + "."
	}
	if d.Attempts > 0 {
		return "is waiting to be sent again."
	}
	return "is waiting to be sent."
}

// filterWords are the conditions that an event did not match: "value is over 100".
func filterWords(d store.Delivery) string {
	return cmp.Or(strings.TrimPrefix(d.LastDetail[store.DetailFilter], "its filter: "), "Only when")
}

// reasonWords say why a delivery is held or was not sent, as the end of a sentence.
func reasonWords(d store.Delivery) string {
	switch d.Reason {
	case store.ReasonNotChosen:
		return "the webhook is not set to send events of this type"
	case store.ReasonHeldTooLong:
		return "it was held for 7 days and nobody sent it"
	case store.ReasonOff:
		return "the webhook was off, and the event is held until you send it"
	case store.ReasonNoURL:
		return "the webhook had no URL, and the event is held until you send it"
	case store.ReasonSwitchedOff:
		return "ioZen had switched the webhook off, and the event is held until you send it"
	case store.ReasonErased:
		return "its personal data was deleted"
	case store.ReasonWebhookDeleted:
		return "its endpoint was deleted before it was sent"
	case store.ReasonFilter:
		return "it does not match what the webhook asks for (" + filterWords(d) + ")"
	case store.ReasonConsent:
		return "its visitor has not agreed to share data for ads (ad_user_data), and the webhook sends only with consent"
	}
	return d.Reason
}

// whyNext says why a delivery is not tried again, or later than usual. It asks the schedule again, with the least
// patience for Retry-After, so that it never names a reason that did not apply.
func (a *app) whyNext(d store.Delivery, last store.Attempt) string {
	decision := a.Schedule.Decide(last, d.Round, a.Now(), 1)
	if decision.Status != d.Status { // the schedule has been changed since
		return ""
	}
	return outcome.WhyWords(decision.Why)
}

// attemptHeadline words an attempt: HTTP 401 · Authentication failed.
func attemptHeadline(at store.Attempt) (kind ui.Kind, icon, text string) {
	diagnosis := outcome.DiagnoseAttempt(at)
	switch {
	case !at.Delivered():
		return ui.Bad, "x", joined(diagnosis.Error, diagnosis.Cause)
	case at.Outcome != "":
		return ui.Warn, "triangle-alert", joined(fmt.Sprintf("HTTP %d", at.StatusCode), diagnosis.Error)
	}
	return ui.OK, "check", fmt.Sprintf("HTTP %d · Accepted", at.StatusCode)
}
