package handlers

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/views"
	"iozen/views/ui"
)

// render writes a page or fragment. It is made in memory first: a component that fails halfway must become an
// error page, not half a page with status 200.
func (a *app) render(c echo.Context, status int, component templ.Component) error {
	var body bytes.Buffer
	if err := component.Render(c.Request().Context(), &body); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	if !mayCompress(c, status) {
		return c.HTMLBlob(status, body.Bytes())
	}
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	return a.gzip.answer(c.Response(), c.Request(), status, body.Bytes())
}

// mayCompress reports whether an answer is a page without a secret: how long a compressed one is tells of what is in it (BREACH).
// Secrets are shown only in answers to a POST, before signing in (an invitation's link), and while something is kept for a page
// of the session, such as a new key: see keep. All of these are left as they are, whatever is on the page.
func mayCompress(c echo.Context, status int) bool {
	session := sessionOf(c)
	return status == http.StatusOK && c.Request().Method == http.MethodGet && session.AccountID != uuid.Nil && len(session.Note.Shown) == 0
}

// asksForFragment reports whether one of our scripts asks for a piece of a page, to put it into the page that is open.
func asksForFragment(r *http.Request) bool { return r.Header.Get("X-Fragment") == "true" }

// errorPage shows a Problem to a person. A script that puts the answer into the page that is open gets only the notice.
func (a *app) errorPage(c echo.Context, p *Problem) error {
	if asksForFragment(c.Request()) {
		return a.render(c, p.Status, ui.Notice(ui.Bad, p.Title+".", p.Detail))
	}
	a.knowCaller(c)
	page := a.page(c, p.Title, "")
	return a.render(c, p.Status, views.ErrorPage(page, p.Detail, p.Status == http.StatusUnauthorized))
}

// knowCaller finds out who is signed in where no guard has: the page of an address that is not there keeps the menu.
func (a *app) knowCaller(c echo.Context) {
	if c.Get(accountContext) != nil || withoutCookie(c.Request().URL.Path) {
		return
	}
	if session, account, ok, err := a.sessions.Current(c.Request().Context()); err == nil && ok {
		c.Set(sessionContext, session)
		c.Set(accountContext, account)
	}
}

// seeOther redirects a browser after a POST, so that a reload repeats nothing.
func seeOther(c echo.Context, url string) error { return c.Redirect(http.StatusSeeOther, url) }
