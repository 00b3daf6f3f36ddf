package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// resendSelected resends the deliveries that were ticked in a log. When some of them were delivered it asks first: they would
// arrive twice.
func (a *app) resendSelected(c echo.Context) error {
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	found, err := a.selected(c, form)
	if err != nil {
		return err
	}
	if deliveredOf(found) > 0 && form.Get("sure") == "" {
		return seeOther(c, "/deliveries/resend-selected?"+url.Values{"id": form["id"], "next": form["next"]}.Encode())
	}
	r, err := a.Store.ResendSelected(c.Request().Context(), idsOf(found), actorOf(c))
	if err != nil {
		return fmt.Errorf("resend selected deliveries: %w", err)
	}
	page, undo := nextOr(c, logURL("")), ""
	if r.Done > 0 {
		undo = undoJob(r.Act, page)
	}
	if err := a.sayUndo(c, selectedKind(r.Done, len(found)), selectedWords(r.Done, len(found)), undo); err != nil {
		return err
	}
	return seeOther(c, page)
}

// selectedWords say how many of the selected deliveries are sent again.
func selectedWords(sent, of int) string {
	switch {
	case of == 0:
		return "Nothing was selected."
	case sent == of:
		return "Resending " + ui.Count(sent, "delivery") + "."
	case sent == 0:
		return "Nothing was resent: tests and bots that are off are skipped."
	}
	return "Resending " + ui.Number(sent) + " of " + ui.Count(of, "delivery") + ": tests and bots that are off are skipped."
}

func selectedKind(sent, of int) ui.Kind {
	if sent == of && of > 0 {
		return ui.OK
	}
	return ui.Warn
}

// resendSelectedPage asks before what was delivered is sent again.
func (a *app) resendSelectedPage(c echo.Context) error {
	asked := c.QueryParams()
	found, err := a.selected(c, asked)
	if err != nil {
		return err
	}
	back := localPath(asked.Get("next"))
	if back == "/" {
		back = logURL("")
	}
	page := views.ResendSelectedPage{
		Page: a.page(c, "Resend", "deliveries"), N: len(found), Delivered: deliveredOf(found), Back: back,
	}
	for _, id := range idsOf(found) {
		page.IDs = append(page.IDs, id.String())
	}
	return a.render(c, http.StatusOK, views.ResendSelected(page))
}

// selected loads the deliveries that an address or a form names, as many as a page shows.
func (a *app) selected(c echo.Context, values url.Values) ([]store.Delivery, error) {
	found, err := a.Store.DeliveriesByID(c.Request().Context(), shownIDs(strings.Join(values["id"], ",")))
	if err != nil {
		return nil, fmt.Errorf("load selected deliveries: %w", err)
	}
	return found, nil
}

func idsOf(found []store.Delivery) (ids []uuid.UUID) {
	for _, d := range found {
		ids = append(ids, d.ID)
	}
	return ids
}

func deliveredOf(found []store.Delivery) (n int) {
	for _, d := range found {
		if d.Status == store.Delivered {
			n++
		}
	}
	return n
}
