package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
)

// The page about a person receives the email, phone or id by POST: addresses are kept in browser histories and proxy logs.

func (a *app) peoplePage(c echo.Context) error {
	var p store.Person
	if kept(c, views.ShownPerson, &p) {
		return a.renderPerson(c, p)
	}
	return a.renderPeople(c, http.StatusOK, views.PeoplePage{Kind: string(store.PersonEmail)})
}

// backToPerson leads to the page about a person. Who it is waits in the session: an address stands in histories.
func (a *app) backToPerson(c echo.Context, p store.Person) error {
	if err := a.keep(c, views.ShownPerson, p); err != nil {
		return err
	}
	return seeOther(c, "/people")
}

func (a *app) renderPeople(c echo.Context, status int, page views.PeoplePage) error {
	page.Live = a.liveOf(uuid.Nil)
	jobs, err := a.eraseJobs(c)
	if err != nil {
		return err
	}
	page.Page, page.Jobs = a.page(c, "Personal data", "workspace"), jobs
	page.Scripts = []string{"js/parts.js"}
	page.Crumbs = []views.Crumb{{Text: "Workspace", URL: "/workspace"}, {Text: "Personal data"}}
	if page.KeptDays, err = a.keptDays(c.Request().Context()); err != nil {
		return err
	}
	return a.render(c, status, views.People(page))
}

// keptDays is how long the log is kept; 0: forever.
func (a *app) keptDays(ctx context.Context) (int, error) {
	days, err := a.Store.RetentionDays(ctx)
	if err != nil {
		return 0, fmt.Errorf("load how long the log is kept: %w", err)
	}
	return int(a.Retention.For(days) / (24 * time.Hour)), nil
}

// personOf reads the form; wrong says why it cannot be searched for.
func personOf(c echo.Context) (p store.Person, wrong string) {
	p = store.Person{Kind: store.PersonKind(c.FormValue("kind")), Value: strings.TrimSpace(c.FormValue("value"))}
	switch pointer, _ := checkPerson(p); pointer {
	case "/kind":
		return p, "Choose what you know of the person."
	case "/value":
		return p, "Enter the full value, as the event has it."
	}
	return p, ""
}

// checkPerson says why a value cannot be searched for.
func checkPerson(p store.Person) (pointer, wrong string) {
	switch p.Kind {
	case store.PersonEmail, store.PersonPhone, store.PersonExternalID:
	default:
		return "/kind", "must be email, phone or external_id"
	}
	if p.Nobody() || len([]rune(p.Value)) > maxTerm {
		return "/value", "must be the whole value, as the event has it"
	}
	return "", ""
}

// personFind counts what is kept about a person.
func (a *app) personFind(c echo.Context) error {
	p, wrong := personOf(c)
	if wrong != "" {
		return a.renderPeople(c, http.StatusUnprocessableEntity, views.PeoplePage{Kind: string(p.Kind), Value: p.Value, Error: wrong})
	}
	return a.backToPerson(c, p)
}

func (a *app) renderPerson(c echo.Context, p store.Person) error {
	ctx := c.Request().Context()
	counts, err := a.Store.PersonCounts(ctx, p)
	if err != nil {
		return fmt.Errorf("count events of a person: %w", err)
	}
	erasures, err := a.Store.Erasures(ctx, p)
	if err != nil {
		return fmt.Errorf("look for erasures: %w", err)
	}
	actors, err := a.actorNames(ctx)
	if err != nil {
		return err
	}
	page := views.PeoplePage{Kind: string(p.Kind), Value: p.Value, Asked: true}
	for _, n := range counts {
		page.Events += n.Events
		page.Bots = append(page.Bots, views.PersonBot{ID: n.BotID.String(), Name: n.BotName, Events: n.Events})
	}
	for _, e := range erasures {
		page.Erased = append(page.Erased, views.Erasure{At: e.At, By: actors.of(e.By), Note: e.Note})
	}
	return a.renderPeople(c, http.StatusOK, page)
}

// personErase erases the person from the log, permanently. It is a job: the page shows its progress and its outcome.
func (a *app) personErase(c echo.Context) error {
	p, wrong := personOf(c)
	if wrong != "" {
		return a.renderPeople(c, http.StatusUnprocessableEntity, views.PeoplePage{Kind: string(p.Kind), Value: p.Value, Error: wrong})
	}
	j, err := a.Store.StartErase(c.Request().Context(), p, actorOf(c))
	if err != nil {
		return fmt.Errorf("erase person: %w", err)
	}
	if _, err := a.begun(c, j); err != nil {
		return err
	}
	forget := func(n *store.SessionNote) { n.Hide(views.ShownPerson) } // who is erased is not kept here either
	if err := a.sessions.ChangeNote(c.Request().Context(), forget); err != nil {
		return err
	}
	return seeOther(c, "/people")
}

// peopleNews is the progress of erasures, for a page that is open. It names nobody.
func (a *app) peopleNews(c echo.Context) error {
	jobs, err := a.eraseJobs(c)
	if err != nil {
		return err
	}
	return a.render(c, http.StatusOK, views.Jobs(jobs))
}

func (a *app) eraseJobs(c echo.Context) ([]views.JobView, error) {
	jobs, err := a.jobViews(c.Request().Context(), store.JobFilter{Kinds: []store.JobKind{store.JobErase}}, false, "")
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return jobs, nil
}

// personExport streams everything that is kept about a person, one event with its attempts a line. It is logged before it
// begins.
func (a *app) personExport(c echo.Context) error {
	p, wrong := personOf(c)
	if wrong != "" {
		return a.renderPeople(c, http.StatusUnprocessableEntity, views.PeoplePage{Kind: string(p.Kind), Value: p.Value, Error: wrong})
	}
	if err := a.audit(c, store.AuditEntry{Action: "person.export", Target: a.Store.PersonMark(p)}); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", `attachment; filename="iozen-person.ndjson"`)
	c.Response().WriteHeader(http.StatusOK)
	if err := a.writePerson(c, p); err != nil {
		a.Log.ErrorContext(c.Request().Context(), "export of a person", "error", err)
		panic(http.ErrAbortHandler) // the file must not look complete
	}
	return nil
}

func (a *app) writePerson(c echo.Context, p store.Person) error {
	ctx, out := c.Request().Context(), json.NewEncoder(c.Response())
	for e, err := range a.Store.PersonEvents(ctx, p) {
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		line, err := a.detailOf(ctx, e.Delivery, e.Attempts, true)
		if err != nil {
			return err
		}
		if err := out.Encode(line); err != nil {
			return fmt.Errorf("write line: %w", err)
		}
	}
	return nil
}
