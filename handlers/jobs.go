package handlers

import (
	"context"
	"fmt"
	"strings"
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
	page, undo := nextOr(c, logURL(idOrNone(j.BotID))), ""
	if j.Done > 0 { // they are queued, and not all have left
		undo = undoJob(j.ID, page)
	}
	if err := a.sayUndo(c, ui.OK, "Stopped. What was already sent stays sent.", undo); err != nil {
		return err
	}
	return seeOther(c, page)
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
	if len(jobs) == 0 {
		return nil, nil
	}
	actors, err := a.actorNames(ctx)
	if err != nil {
		return nil, err
	}
	endpoints := a.everyEndpointOnce(ctx)
	list := make([]views.JobView, len(jobs))
	for i, j := range jobs {
		if list[i], err = a.jobView(ctx, j); err != nil {
			return nil, err
		}
		if j.Webhook > 0 {
			names, err := endpoints(j.BotID)
			if err != nil {
				return nil, err
			}
			list[i].Endpoint = endpointOf(names, j.Webhook)
		}
		list[i].By = actors.of(j.By)
		list[i].CanStop, list[i].Back = editable && j.CanStop(), back
	}
	return list, nil
}

// jobView words a job. One that sent something tells what became of it.
func (a *app) jobView(ctx context.Context, j store.Job) (views.JobView, error) {
	if j.Reason == store.ReasonTakenBack {
		return a.takenBackView(ctx, j)
	}
	var o store.JobOutcome
	if j.Kind != store.JobErase && j.State != store.JobRunning {
		var err error
		if o, err = a.Store.JobOutcome(ctx, j); err != nil {
			return views.JobView{}, err
		}
	}
	return jobWords(j, o), nil
}

// takenBackView words a job that was taken back: what has left since is counted, too.
func (a *app) takenBackView(ctx context.Context, j store.Job) (views.JobView, error) {
	o, err := a.takenBack(ctx, j.ID)
	v := jobWords(j, store.JobOutcome{})
	_, v.Words = takenBackWords(o)
	v.Counts = ""
	return v, err
}

func jobWords(j store.Job, o store.JobOutcome) views.JobView {
	v := views.JobView{
		ID: j.ID.String(), Done: j.Done, Total: j.Total, Running: j.State == store.JobRunning, Ended: j.EndedAt,
		Counts: ui.Number(j.Done),
	}
	if j.Total >= 0 {
		v.Counts += " of " + ui.Number(max(j.Total, j.Done))
	}
	switch j.Kind {
	case store.JobErase:
		eraseWords(&v, j)
	case store.JobRelease:
		sendWords(&v, j, o, "Sending held events", "sent")
	default:
		sendWords(&v, j, o, "Resending "+resendWhat(j.Filter.Status), resent)
	}
	return v
}

// resent is what a resend has done with a delivery; whatever is sent otherwise had not failed before.
const resent = "resent"

// sendWords say how far a job that sends is, and how it ended.
func sendWords(v *views.JobView, j store.Job, o store.JobOutcome, doing, done string) {
	stopped := "Stopped " + strings.ToLower(doing[:1]) + doing[1:]
	switch {
	case v.Running:
		v.Words = doing + ":"
	case j.State == store.JobDone:
		v.Words, v.Counts = outcomeOfJob(j.Done, o, done), ""
		v.Kind = outcomeKind(o)
	case j.Reason != "":
		v.Words = stopped + ", because the webhook does not send (" + reasonShort(j.Reason) + "):"
	default:
		v.Words = stopped + ":"
	}
}

// outcomeOfJob says what became of the deliveries that a job sent: "All 12 delivered".
func outcomeOfJob(n int, o store.JobOutcome, done string) string {
	all := ui.Count(n, "delivery")
	switch {
	case n == 0:
		return "Nothing was left to send"
	case !o.Known || o.Waiting+o.Failed > n:
		return all + " " + done
	case o.Waiting == 0 && o.Failed == 0 && n == 1:
		return "1 delivery " + done + " and delivered"
	case o.Waiting == 0 && o.Failed == 0:
		return "All " + ui.Number(n) + " delivered"
	}
	parts := []string{}
	if delivered := n - o.Waiting - o.Failed; delivered > 0 {
		parts = append(parts, ui.Number(delivered)+" delivered")
	}
	if o.Waiting > 0 {
		parts = append(parts, ui.Number(o.Waiting)+" on "+plural(o.Waiting, "its", "their")+" way")
	}
	if o.Failed > 0 {
		failed := " failed"
		if done == resent {
			failed += " again"
		}
		parts = append(parts, ui.Number(o.Failed)+failed)
	}
	return all + " " + done + ": " + strings.Join(parts, ", ")
}

func outcomeKind(o store.JobOutcome) ui.Kind {
	switch {
	case o.Known && o.Failed > 0:
		return ui.Bad
	case o.Known && o.Waiting == 0:
		return ui.OK
	}
	return ""
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
