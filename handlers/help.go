package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/sender/outcome"
	"iozen/store/event"
	"iozen/views"
)

func (a *app) helpPage(c echo.Context) error {
	return a.render(c, http.StatusOK, views.Help(a.page(c, "Help", "help")))
}

// helpWebhooks is the help page on custom webhooks. Its example is made by the code that sends.
func (a *app) helpWebhooks(c echo.Context) error {
	var example bytes.Buffer
	if err := json.Indent(&example, event.ExampleEvent().Payload(), "", "  "); err != nil {
		return fmt.Errorf("indent the example: %w", err)
	}
	page := views.HelpWebhooksPage{Page: a.helpFrame(c, "Custom Webhooks"), Example: example.String(), UserAgent: "ioZen-Webhooks/" + a.Version}
	for _, e := range outcome.Diagnoses()[:5] { // the five rows of the specification's own table come first
		page.Rows = append(page.Rows, diagnosisRow(e))
	}
	return a.render(c, http.StatusOK, views.HelpWebhooks(page))
}

// helpRecipes describes what to do in each destination.
func (a *app) helpRecipes(c echo.Context) error {
	return a.render(c, http.StatusOK, views.HelpRecipes(a.helpFrame(c, "Recipes"), views.Recipes()))
}

// helpTroubleshooting lists everything that can go wrong, from the same table that diagnoses it.
func (a *app) helpTroubleshooting(c echo.Context) error {
	var rows []views.DiagnosisRow
	for _, e := range outcome.Diagnoses() {
		rows = append(rows, diagnosisRow(e))
	}
	return a.render(c, http.StatusOK, views.HelpTroubleshooting(a.helpFrame(c, "Troubleshooting"), rows))
}

// helpExport describes what an export of deliveries holds.
func (a *app) helpExport(c echo.Context) error {
	columns := make([]views.ExportColumn, len(exportColumns))
	for i, column := range exportColumns {
		columns[i] = views.ExportColumn{Name: column.name, Text: column.about}
	}
	return a.render(c, http.StatusOK, views.HelpExport(a.helpFrame(c, "Export of deliveries"), columns))
}

// helpShortcuts lists the keys; a script that shows them in a dialog gets the list alone.
func (a *app) helpShortcuts(c echo.Context) error {
	if asksForFragment(c.Request()) {
		return a.render(c, http.StatusOK, views.Shortcuts())
	}
	page := a.helpFrame(c, "Keyboard shortcuts")
	page.Scripts = []string{"js/shortcuts.js"}
	return a.render(c, http.StatusOK, views.HelpShortcuts(page))
}

func (a *app) helpFrame(c echo.Context, title string) views.Page {
	p := a.page(c, title, "help")
	p.Crumbs = []views.Crumb{{Text: "Help", URL: "/help"}, {Text: title}}
	return p
}

func diagnosisRow(e outcome.Entry) views.DiagnosisRow {
	return views.DiagnosisRow{Key: e.Key, Error: e.Error, Cause: e.Cause, Fix: e.Fix}
}
