package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// fieldAnswer is what autosave.js is told about one field.
type fieldAnswer struct {
	State   string            `json:"state"` // saved, invalid, conflict
	Field   store.Field       `json:"field"`
	Version int64             `json:"version"`
	At      time.Time         `json:"at,omitzero"`       // of the save, or of the other person's change
	Message string            `json:"message,omitempty"` // for the save state
	Theirs  [][2]string       `json:"theirs,omitempty"`  // the field's controls as they are saved
	Notes   map[string]string `json:"notes"`             // HTML by the id of the place that it goes to
}

// answerSaved tells what was saved. The words of other fields are left alone (one of them may be refused just
// now), but for those that follow from all of them together.
func (a *app) answerSaved(c echo.Context, field store.Field, w savedWebhook) error {
	answer := fieldAnswer{State: "saved", Field: field, Version: w.Version, At: a.Now()}
	notes := a.notes(w.Webhook)
	if w.leakHost != "" {
		notes.URL.Leak = &views.Leak{Names: headerNames(w.Headers), Host: w.leakHost}
	}
	if field == store.FieldHeaders {
		notes.Headers.Remarks = headerRemarks(c.Request().PostForm.Get("headers"))
	}
	return a.answerField(c, http.StatusOK, answer, w.Webhook, notes)
}

// answerRefusal tells why a field was not saved; other errors are passed on.
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
		w, err := a.webhook(c, bot)
		if err != nil {
			return err
		}
		notes := a.notes(w)
		noteRefusals(&notes, map[store.Field]refusal{field: *refused}, w)
		answer := fieldAnswer{State: "invalid", Field: field, Version: w.Version, Message: labelOf(field) + " not saved: " + refused.message}
		return a.answerField(c, http.StatusUnprocessableEntity, answer, w, notes)
	case errors.As(err, &stale):
		w := stale.Current
		answer := fieldAnswer{
			State: "conflict", Field: field, Version: w.Version, At: w.FieldChanges[field].At,
			Message: conflictMessage(stale, actorOf(c)), Theirs: fieldPairs(field, formOf(w, nil)),
		}
		return a.answerField(c, http.StatusConflict, answer, w, a.notes(w))
	}
	return err
}

// answerField adds the words beside the field, and those that depend on all fields.
func (a *app) answerField(c echo.Context, status int, answer fieldAnswer, w store.Webhook, notes views.WebhookNotes) error {
	held, err := a.heldNote(c.Request().Context(), w)
	if err != nil {
		return err
	}
	places := map[string]templ.Component{
		"enabled-note": views.EnabledWords(notes.Enabled),
		"held":         views.HeldNotice(held),
	}
	switch answer.Field {
	case store.FieldURL:
		places["url-note"] = views.URLWords(notes.URL)
	case store.FieldHeaders:
		places["headers-note"] = views.HeadersWords(notes.Headers)
	case store.FieldEventNames:
		places["events-note"] = views.FieldWords(notes.Events)
		names, err := a.testEvents(c.Request().Context(), w)
		if err != nil {
			return err
		}
		places["test-event"] = views.TestEvent(names)
	case store.FieldRateLimit:
		places["rate-note"] = views.FieldWords(notes.RateLimit)
	}
	if answer.Notes, err = renderNotes(c, places); err != nil {
		return err
	}
	return c.JSON(status, answer)
}

func renderNotes(c echo.Context, places map[string]templ.Component) (map[string]string, error) {
	notes := make(map[string]string, len(places))
	for id, component := range places {
		var html bytes.Buffer
		if err := component.Render(c.Request().Context(), &html); err != nil {
			return nil, fmt.Errorf("render %s: %w", id, err)
		}
		notes[id] = html.String()
	}
	return notes, nil
}

// conflictMessage says who was first: "maria@acme.example changed Webhook URL". The page adds when.
func conflictMessage(stale *store.StaleError, me store.Actor) string {
	field := stale.Fields[0]
	by := stale.Current.FieldChanges[field].By
	if by.ID == me.ID {
		return "You changed " + labelOf(field) + " in another tab"
	}
	return by.Name + " changed " + labelOf(field)
}
