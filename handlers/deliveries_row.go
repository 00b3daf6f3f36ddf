package handlers

import (
	"strconv"
	"strings"

	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
)

// deliveryRow words a delivery for a row of the log.
func (a *app) deliveryRow(d store.Delivery, page views.DeliveriesPage) views.DeliveryRow {
	row := views.DeliveryRow{
		ID: d.ID.String(), Reason: reasonOf(d), EventName: d.EventName, Test: d.Test,
		Sample: store.IsSample(d.EventID), Detail: d.Person, EventTail: shortID(d.EventID), Answer: answerWord(d), Duration: d.LastDuration,
		Attempts: d.Attempts, At: d.CreatedAt, Selects: d.Resendable() == nil && !d.Status.OnItsWay(),
	}
	row.Kind, row.Icon, row.Status = recentStatus(d.Status)
	switch d.Status {
	case store.Retrying:
		row.Next = d.DueAt
	case store.Queued:
		_, why := a.Engine.Waits(d.WebhookID())
		row.Reason = waitShort(why)
	}
	if page.BotID == "" {
		row.BotName = d.BotName
	}
	return row
}

// waitShort says why a delivery that is due waits, for a row: "waiting for the rate limit".
func waitShort(why string) string {
	words, _, _ := strings.Cut(engine.WaitWords(why), ":")
	if words == "" {
		return ""
	}
	return strings.ToLower(words[:1]) + words[1:]
}

// shortID shows a short id in full, and only the end of a long one, where ids differ.
func shortID(id string) string {
	const whole, end = 20, 12
	if len(id) <= whole {
		return id
	}
	return "…" + tail(id, end)
}

// answerWord is the status code of the last attempt, or what happened instead of an answer.
func answerWord(d store.Delivery) string {
	switch {
	case d.LastCode > 0:
		return strconv.Itoa(d.LastCode)
	case d.LastOutcome != "":
		return outcome.Diagnose(d.LastOutcome, d.LastCode, d.LastDetail).Error
	}
	return "–"
}

// reasonOf says why a delivery is held or was not sent, for its row: of a filter in the filter's own words.
func reasonOf(d store.Delivery) string {
	if words := d.LastDetail[store.DetailFilter]; d.Reason == store.ReasonFilter && words != "" {
		return words
	}
	return reasonShort(d.Reason)
}

// reasonShort says why a delivery is held or was not sent, for a row.
func reasonShort(reason string) string {
	switch reason {
	case store.ReasonNotChosen:
		return "event type not selected"
	case store.ReasonHeldTooLong:
		return "held for 7 days"
	case store.ReasonOff:
		return "webhook off"
	case store.ReasonNoURL:
		return "no URL"
	case store.ReasonSwitchedOff:
		return "switched off by ioZen"
	case store.ReasonErased:
		return "personal data erased"
	case store.ReasonWebhookDeleted:
		return "endpoint deleted"
	case store.ReasonDeleted:
		return "bot deleted"
	case store.ReasonFilter:
		return "its filter"
	case store.ReasonConsent:
		return "no consent"
	}
	return reason
}

// resendOf is the button that sends a delivery again. A test is sent by Test Connection only; a delivery that is under way
// or erased cannot be sent.
func resendOf(d store.Delivery) views.Resend {
	r := views.Resend{ID: d.ID.String()}
	if d.Resendable() != nil || d.Status.OnItsWay() {
		return r
	}
	r.NoConsent = d.NeedsAnswer()
	switch d.Status {
	case store.Retrying:
		r.Label = "Retry now"
	case store.Held:
		r.Label = "Send now"
	case store.Delivered:
		r.Label, r.Code, r.At = "Resend", d.LastCode, d.UpdatedAt
	default:
		r.Label = "Resend"
	}
	return r
}
