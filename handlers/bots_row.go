package handlers

import (
	"time"

	"iozen/sender/alert"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// botRow words a bot for home: where it has several webhooks, by the one that does worst.
func botRow(b store.BotSummary, now time.Time) views.BotRow {
	worst := worstOf(b, now)
	row := views.BotRow{ID: b.ID.String(), Name: b.Name, Last: b.LastEventAt, SendsTo: sendsTo(worst.Webhook.URL) + otherEndpoints(len(b.Others)), Flow: "none"}
	row.Kind, row.Status = webhookStatus(worst.Webhook, worst.Health, now)
	switch {
	case worst.Webhook.SwitchedOff != nil:
		row.Flow, row.Kind = "bad", ui.Bad
	case alert.IsFailing(worst.Webhook, worst.Health, now):
		row.Flow, row.Since = "bad", worst.Health.FailingSince
		row.Note = outcome.Diagnose(worst.Health.LastOutcome, worst.Health.LastCode, nil).Error
	case row.Kind == ui.OK:
		row.Flow = "ok"
	}
	if worst.Endpoint != "" && row.Kind == ui.Bad {
		row.Status = worst.Endpoint + ": " + row.Status
	}
	if b.Held > 0 && row.Note == "" {
		row.Note = ui.Count(b.Held, "event") + " held"
	}
	for _, day := range b.Daily {
		row.Days = append(row.Days, botDay(day))
	}
	row.DaysText = views.DaysText(row.Days)
	week := weekOf(b.Daily[:])
	row.Events, row.Delivered = week.Total, deliveredPart(week, b.Waiting)
	return row
}

// worstOf is the webhook of a bot that most needs to be looked at. Of those that are in no trouble one that sends stands for the
// bot, rather than one that a person switched off or has only begun to set up.
func worstOf(b store.BotSummary, now time.Time) store.BotState {
	worst := store.BotState{Bot: b.Bot, N: 1, Endpoint: b.Endpoint, Webhook: b.Webhook, Health: b.Health}
	for _, other := range b.Others {
		if urgency(other, now) > urgency(worst, now) {
			worst = other
		}
	}
	return worst
}

func urgency(s store.BotState, now time.Time) int {
	switch kind, _ := webhookStatus(s.Webhook, s.Health, now); {
	case alert.IsFailing(s.Webhook, s.Health, now):
		return 5
	case s.Webhook.SwitchedOff != nil:
		return 4
	case kind == ui.Bad:
		return 3
	case kind == ui.OK:
		return 2
	case s.Webhook.Enabled:
		return 1
	}
	return 0
}

func botSums(s store.HomeSums) views.BotSums {
	return views.BotSums{Bots: s.Bots, Events: s.Week.Total, Delivered: deliveredPart(s.Week, s.Waiting), Waiting: s.Waiting, Held: s.Held, Lost: s.Lost}
}

// botDay is how a day went. A day on which attempts failed and nothing got through is a failed one, even if all is to be
// tried again.
func botDay(d store.DayCount) views.BotDay {
	switch {
	case d.Failed > 0 || d.FailedAttempts > 0 && d.Delivered == 0:
		return "f"
	case d.FailedAttempts > 0:
		return "w"
	case d.Delivered > 0:
		return ""
	}
	return "n"
}

// weekOf adds up the last seven days.
func weekOf(days []store.DayCount) (week store.DayCount) {
	for _, d := range days[len(days)-store.WeekShown:] {
		week = week.Plus(d)
	}
	return week
}

// deliveredPart is which part of what was to be sent in seven days got through: the rest was given up, or waits for another
// try.
func deliveredPart(week store.DayCount, waiting int) string {
	all := week.Delivered + week.Failed + waiting
	if all == 0 {
		return ""
	}
	return percentOf(week.Delivered, all)
}
