package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

// liveSettings is what an open page asks for when there is news: the settings as they are saved now, for the fields that
// nobody is editing on that page.
type liveSettings struct {
	Version int64                     `json:"version"`
	Fields  map[store.Field]liveField `json:"fields"`
	Notes   map[string]string         `json:"notes"` // those that depend on all fields
}

// liveField is one field: the version of its last change, its controls and the words beside it.
type liveField struct {
	Version int64             `json:"version"`
	Theirs  [][2]string       `json:"theirs"`
	Notes   map[string]string `json:"notes"`
}

func (a *app) webhookFields(c echo.Context) error {
	_, w, err := a.botAndWebhook(c)
	if err != nil {
		return err
	}
	live := liveSettings{Version: w.Version, Fields: map[store.Field]liveField{}}
	form, notes := formOf(w, nil), a.notes(w)
	for _, f := range fieldLabels {
		field := liveField{Version: w.FieldVersions[f.field], Theirs: fieldPairs(f.field, form)}
		if field.Notes, err = fieldPlaces(f.field, notes).render(c); err != nil {
			return err
		}
		live.Fields[f.field] = field
	}
	common, err := a.commonPlaces(c, w)
	if err != nil {
		return err
	}
	if live.Notes, err = common.render(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, live)
}
