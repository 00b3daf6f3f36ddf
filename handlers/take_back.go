package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views/ui"
)

// Undo of a resend or a release: what has not left yet is again what it was before. The act is a job, several deliveries that
// were selected (which have an id like one), or a single delivery.

func undoJob(act uuid.UUID, back string) string { return undoURL("/jobs/", act, back) }

func undoDelivery(id uuid.UUID, back string) string { return undoURL("/deliveries/", id, back) }

// undoURL leads back to the page on which Undo stands.
func undoURL(path string, act uuid.UUID, back string) string {
	return path + act.String() + "/take-back?" + url.Values{"next": {back}}.Encode()
}

// takeBackOutcome is what came of an undo: how many deliveries the act had queued, and how many of them had left.
type takeBackOutcome struct {
	Of        int `json:"of"`
	TakenBack int `json:"taken_back"`
	Sent      int `json:"sent"`
}

// takenBack tells what has come of taking an act back. The engine knows which requests are on the wire, and the store those that
// were recorded: it is asked once more afterwards, so that a request which ends between the two is counted, and counted once.
func (a *app) takenBack(ctx context.Context, act uuid.UUID) (o takeBackOutcome, err error) {
	before, err := a.Store.TakenBack(ctx, act)
	if err != nil {
		return o, err
	}
	left := a.Engine.OnTheWire(before.Open)
	now, err := a.Store.TakenBack(ctx, act)
	if err != nil {
		return o, err
	}
	o = takeBackOutcome{Of: now.Of, TakenBack: now.Back}
	for _, id := range left {
		if !slices.Contains(now.Late, id) {
			o.TakenBack--
		}
	}
	o.Sent = o.Of - o.TakenBack
	return o, nil
}

func (a *app) takeBack(ctx context.Context, act uuid.UUID, by store.Actor) (o takeBackOutcome, err error) {
	if err := a.Store.TakeBack(ctx, act, by); err != nil {
		return o, err
	}
	return a.takenBack(ctx, act)
}

// takenBackWords say what came of an undo.
func takenBackWords(o takeBackOutcome) (ui.Kind, string) {
	switch {
	case o.Of == 0:
		return ui.OK, "Stopped before anything was sent."
	case o.Sent == 0 && o.Of == 1:
		return ui.OK, "Taken back. Nothing was sent."
	case o.Sent == 0:
		return ui.OK, "Took back all " + ui.Number(o.Of) + ". Nothing was sent."
	case o.Of == 1:
		return ui.Warn, "Too late to undo: it had already been sent."
	case o.TakenBack == 0:
		return ui.Warn, "Too late to undo: all " + ui.Number(o.Of) + " had already been sent."
	}
	return ui.Warn, "Took back " + ui.Number(o.TakenBack) + " of " + ui.Number(o.Of) + ". " + ui.Number(o.Sent) + " had already been sent."
}

func (a *app) jobTakeBack(c echo.Context) error {
	id, err := idParam(c, "job")
	if err != nil {
		return err
	}
	err = a.undoResend(c, id, logURL(""))
	if errors.Is(err, store.ErrTooLate) {
		if _, unknown := a.Store.Job(c.Request().Context(), id); unknown != nil {
			return unknown
		}
	}
	return err
}

func (a *app) deliveryTakeBack(c echo.Context) error {
	d, err := a.delivery(c)
	if err != nil {
		return err
	}
	return a.undoResend(c, d.ID, "/deliveries/"+d.ID.String())
}

func (a *app) undoResend(c echo.Context, act uuid.UUID, page string) error {
	o, err := a.takeBack(c.Request().Context(), act, actorOf(c))
	if err != nil {
		return fmt.Errorf("undo resend: %w", err)
	}
	kind, words := takenBackWords(o)
	if err := a.say(c, kind, words); err != nil {
		return err
	}
	return a.backOr(c, page)
}

func (a *app) apiDeliveryTakeBack(c echo.Context) error { return a.answerTakeBack(c, deliveryOf(c).ID) }

func (a *app) apiJobTakeBack(c echo.Context) error { return a.answerTakeBack(c, jobOf(c).ID) }

func (a *app) answerTakeBack(c echo.Context, act uuid.UUID) error {
	o, err := a.takeBack(c.Request().Context(), act, actorOf(c))
	if err != nil {
		return fmt.Errorf("undo resend: %w", err)
	}
	return answerJSON(c, http.StatusOK, o)
}
