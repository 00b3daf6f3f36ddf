package handlers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

const (
	// jobPatience is how long a request that starts a job waits for its end: most jobs end at once, and then the answer is
	// the outcome.
	jobPatience = 2 * time.Second
	// jobShown is how long a job is still shown after its end.
	jobShown = 10 * time.Minute
)

// begun waits a little for the end of a job that has just started.
func (a *app) begun(c echo.Context, j store.Job) (store.Job, error) {
	j, err := a.Store.AwaitJob(c.Request().Context(), j.ID, jobPatience)
	if err != nil {
		return j, fmt.Errorf("wait for job: %w", err)
	}
	return j, nil
}

// jobStop ends a job; what it has done stays.
func (a *app) jobStop(c echo.Context) error {
	id, err := idParam(c, "job")
	if err != nil {
		return err
	}
	j, err := a.Store.StopJob(c.Request().Context(), id, actorOf(c))
	if err != nil {
		return fmt.Errorf("stop job: %w", err)
	}
	if err := a.say(c, ui.OK, "Stopped. What was already sent stays sent."); err != nil {
		return err
	}
	return a.backOr(c, logURL(idOrNone(j.BotID)))
}

// sendingJobs are the jobs that a page of a bot (uuid.Nil: of all) shows.
func (a *app) sendingJobs(ctx context.Context, botID uuid.UUID, editable bool, back string) ([]views.JobView, error) {
	return a.jobViews(ctx, store.JobFilter{BotID: botID, Kinds: []store.JobKind{store.JobResend, store.JobRelease}}, editable, back)
}

func (a *app) jobViews(ctx context.Context, f store.JobFilter, editable bool, back string) ([]views.JobView, error) {
	f.EndedAfter = a.Now().Add(-jobShown)
	jobs, err := a.Store.Jobs(ctx, f)
	if err != nil {
		return nil, err
	}
	list := make([]views.JobView, len(jobs))
	for i, j := range jobs {
		list[i] = jobView(j)
		list[i].CanStop, list[i].Back = editable && j.CanStop(), back
	}
	return list, nil
}

func jobView(j store.Job) views.JobView {
	v := views.JobView{
		ID: j.ID.String(), Done: j.Done, Total: j.Total, Running: j.State == store.JobRunning, Ended: j.EndedAt, By: j.By.Name,
		Counts: ui.Number(j.Done),
	}
	if j.Total >= 0 {
		v.Counts += " of " + ui.Number(max(j.Total, j.Done))
	}
	switch j.Kind {
	case store.JobErase:
		eraseWords(&v, j)
	case store.JobRelease:
		sendWords(&v, j, sendWording{"Sending what was held", "Sent " + v.Counts + " held " + plural(max(j.Total, j.Done), "event", "events"), "Stopped sending what was held"})
	default:
		what := resendWhat(j.Filter)
		sendWords(&v, j, sendWording{"Resending " + what, "Resent " + ui.Number(j.Done) + " " + what, "Stopped resending " + what})
	}
	return v
}

// sendWording are the words of a job that sends, in each state.
type sendWording struct{ running, done, stopped string }

func sendWords(v *views.JobView, j store.Job, words sendWording) {
	switch {
	case v.Running:
		v.Words = words.running + ":"
	case j.State == store.JobDone:
		v.Words, v.Counts = words.done, ""
	case j.Reason != "":
		v.Words = words.stopped + ", because the webhook does not send (" + reasonShort(j.Reason) + "):"
	default:
		v.Words = words.stopped + ":"
	}
}

func eraseWords(v *views.JobView, j store.Job) {
	if v.Running {
		v.Words, v.More, v.Again = "Erasing a person:", "Not all is erased yet. It goes on when you leave this page.", "/people"
		return
	}
	v.Words, v.Counts = "Erased from "+ui.Count(j.Done, "event")+".", ""
	if j.Reason == store.ReasonNotWiped {
		v.More = "Somebody, such as a backup, was reading the database files at its end, so that its last traces are still in one of them. They leave it by themselves within a minute of the reader's end."
	}
}
