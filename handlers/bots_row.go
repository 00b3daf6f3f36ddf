package handlers

import (
	"time"

	"iozen/sender/alert"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// botRow words a bot for home.
func botRow(b store.BotSummary, now time.Time) views.BotRow {
	row := views.BotRow{ID: b.ID.String(), Name: b.Name, Last: b.LastEventAt, SendsTo: "No URL yet", Flow: "none"}
	row.Kind, row.Status = webhookStatus(b.Webhook, b.Health, now)
	if b.Webhook.URL != "" {
		row.SendsTo = hostOf(b.Webhook.URL)
	}
	switch {
	case b.Webhook.SwitchedOff != nil:
		row.Flow, row.Kind = "bad", ui.Bad
	case alert.IsFailing(b.Webhook, b.Health, now):
		row.Flow, row.Since = "bad", b.Health.FailingSince
		row.Note = outcome.Diagnose(b.Health.LastOutcome, b.Health.LastCode, nil).Error
	case row.Kind == ui.OK:
		row.Flow = "ok"
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
