package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/sender/target"
	"iozen/store"
	"iozen/views"
)

// fieldAnswer is the answer to autosave.js about one field.
type fieldAnswer struct {
	State   string      `json:"state"` // saved, invalid, conflict
	Field   store.Field `json:"field"`
	Version int64       `json:"version"`
	At      time.Time   `json:"at,omitzero"`       // of the save, or of the other person's change
	Message string      `json:"message,omitempty"` // for the save state
	Theirs  [][2]string `json:"theirs"`            // the field's controls as they are saved
	Undo    bool        `json:"undo,omitempty"`    // the page may take this edit back

	Conflict string            `json:"conflict,omitempty"` // HTML that shows both values
	Notes    map[string]string `json:"notes"`              // HTML by the id of the place that it goes to
}

// answerSaved says what was saved. The texts of other fields are left alone (one of them may just have been refused), except
// those that depend on all fields.
func (a *app) answerSaved(c echo.Context, field store.Field, w savedWebhook) error {
	answer := fieldAnswer{State: "saved", Field: field, Version: w.Version, At: a.Now(), Undo: w.undoable}
	notes := a.notes(w.Webhook)
	if field == store.FieldURL && w.URL != "" {
		notes.URL.Remarks = target.URLRemarks(last(c.Request().PostForm["url"]), w.URL)
	}
	if field == store.FieldHeaders {
		notes.Headers.Remarks = headerRemarks(c.Request().PostForm.Get("headers"))
	}
	beside := fieldPlaces(field, notes)
	if w.Moved || field == store.FieldHeaders {
		beside["leak"] = views.LeakNotice(leakOf(w.SavedWebhook))
	}
	return a.answerField(c, http.StatusOK, answer, w.Webhook, beside)
}

// answerUndone is answerSaved with the field as it is now. The headers are back where they were, so nothing leaks.
func (a *app) answerUndone(c echo.Context, field store.Field, w store.Webhook) error {
	answer := fieldAnswer{
		State: "saved", Field: field, Version: w.Version, At: a.Now(), Theirs: fieldPairs(field, formOf(w, nil)),
	}
	beside := fieldPlaces(field, a.notes(w))
	beside["leak"] = views.LeakNotice(nil)
	return a.answerField(c, http.StatusOK, answer, w, beside)
}

// answerRefusal says why a field was not saved; other errors are passed on.
func (a *app) answerRefusal(c echo.Context, bot store.Bot, field store.Field, form url.Values, err error) error {
	var refused *refusal
	var keep *store.KeepError
	var stale *store.StaleError
	if errors.As(err, &keep) {
		r := refuseKeep(form.Get("headers"), keep)
		refused = &r
	}
	switch {
	case refused != nil || errors.As(err, &refused):
		w, err := a.webhook(c, bot.ID)
		if err != nil {
			return err
		}
		notes := a.notes(w)
		noteRefusals(&notes, map[store.Field]refusal{field: *refused}, w)
		answer := fieldAnswer{State: "invalid", Field: field, Version: w.Version, Message: labelOf(field) + " not saved: " + refused.message}
		return a.answerField(c, http.StatusUnprocessableEntity, answer, w, fieldPlaces(field, notes))
	case errors.As(err, &stale):
		w := stale.Current
		answer := fieldAnswer{
			State: "conflict", Field: field, Version: w.Version, At: w.FieldChanges[field].At,
			Message: conflictMessage(stale, actorOf(c)), Theirs: fieldPairs(field, formOf(w, nil)),
		}
		both, err := places{"conflict": views.ConflictWords(conflictOf(field, form, stale, actorOf(c)))}.render(c)
		if err != nil {
			return err
		}
		answer.Conflict = both["conflict"]
		return a.answerField(c, http.StatusConflict, answer, w, fieldPlaces(field, a.notes(w)))
	}
	return err
}

// answerField adds the texts beside the field, and those that depend on all fields.
func (a *app) answerField(c echo.Context, status int, answer fieldAnswer, w store.Webhook, beside places) error {
	common, err := a.commonPlaces(c, w)
	if err != nil {
		return err
	}
	maps.Copy(beside, common)
	if answer.Field == store.FieldEventNames {
		seen, err := a.Store.EventNames(c.Request().Context(), w.BotID)
		if err != nil {
			return fmt.Errorf("load event names: %w", err)
		}
		choice, err := a.testChoice(c.Request().Context(), w, seen)
		if err != nil {
			return err
		}
		beside["test-event"] = views.TestEvent(choice)
	}
	if answer.Notes, err = beside.render(c); err != nil {
		return err
	}
	return c.JSON(status, answer)
}
