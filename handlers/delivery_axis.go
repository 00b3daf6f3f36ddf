package handlers

import (
	"time"

	"iozen/store"
	"iozen/views"
)

// axisMarks is how many attempts fit beside each other on the time axis.
const axisMarks = 10

// addAxis adds what follows by itself, and the axis on which it stands behind the attempts that were made.
func (a *app) addAxis(page *views.DeliveryPage, d store.Delivery, attempts []store.Attempt) {
	var coming []time.Time
	if d.Status == store.Retrying && len(attempts) > 0 {
		coming = a.Schedule.Coming(attempts[len(attempts)-1], d.Round, d.DueAt)
		page.Outcome.Coming = views.Coming{Next: coming[0], After: len(coming) - 1, Until: coming[len(coming)-1]}
		page.Tries = len(attempts) + len(coming)
	}
	page.Axis = axisOf(attempts, coming)
}

// axisOf puts the newest attempts and the next ones beside each other. Where not all fit, the last of the coming ones stays: it
// says until when.
func axisOf(attempts []store.Attempt, coming []time.Time) (marks []views.AxisMark) {
	if room := axisMarks - min(len(coming), axisMarks-3); len(attempts) > room {
		attempts = attempts[len(attempts)-room:]
	}
	for _, at := range attempts {
		state := "bad"
		if at.Delivered() {
			state = "ok"
		}
		marks = append(marks, views.AxisMark{State: state, At: at.StartedAt})
	}
	if room := axisMarks - len(attempts); len(coming) > room {
		coming = append(coming[:room-1:room-1], coming[len(coming)-1])
	}
	for i, at := range coming {
		state := "wait"
		if i == 0 {
			state = "next"
		}
		marks = append(marks, views.AxisMark{State: state, At: at})
	}
	return marks
}
