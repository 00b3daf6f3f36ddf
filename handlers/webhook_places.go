package handlers

import (
	"bytes"
	"fmt"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// places are the texts of the settings page, by the id of the element that they go into.
type places map[string]templ.Component

// fieldPlaces are the texts beside one field.
func fieldPlaces(field store.Field, notes views.WebhookNotes) places {
	switch field {
	case store.FieldURL:
		return places{"url-note": views.URLWords(notes.URL)}
	case store.FieldHeaders:
		return places{"headers-note": views.HeadersWords(notes.Headers)}
	case store.FieldEventNames:
		return places{"events-note": views.FieldWords(notes.Events)}
	case store.FieldFilter:
		return places{"only-note": views.TextsWords(notes.OnlyWhen)}
	case store.FieldConsent:
		return places{"consent-note": views.FieldWords(notes.Consent)}
	case store.FieldRateLimit:
		return places{"rate-note": views.FieldWords(notes.RateLimit)}
	case store.FieldFormat:
		return places{"format-note": views.TextsWords(notes.Format)}
	case store.FieldLeaveOut:
		return places{"leave-out-note": views.TextsWords(notes.LeaveOut)}
	case store.FieldSuccess:
		return places{"success-note": views.TextsWords(notes.Success)}
	}
	return places{}
}

// commonPlaces are the texts that depend on all fields.
func (a *app) commonPlaces(c echo.Context, w store.Webhook) (places, error) {
	held, err := a.heldNote(c, w.WebhookID, w.Sends())
	if err != nil {
		return nil, err
	}
	return places{
		"enabled-note": views.EnabledWords(enabledNote(w, a.Now())),
		"held":         views.HeldNotice(held),
		"only-now":     views.OnlyWhenNow(onlyWhen(w.Filter)),
		"format-now":   views.FormatNow(formOf(w, nil)),
	}, nil
}

// render writes the texts as HTML, for a script to put into the page.
func (p places) render(c echo.Context) (map[string]string, error) {
	notes := make(map[string]string, len(p))
	for id, component := range p {
		var html bytes.Buffer
		if err := component.Render(c.Request().Context(), &html); err != nil {
			return nil, fmt.Errorf("render %s: %w", id, err)
		}
		notes[id] = html.String()
	}
	return notes, nil
}
