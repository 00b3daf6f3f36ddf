package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
)

// secureCookies reports whether people reach us by HTTPS only.
func (a *app) secureCookies() bool { return strings.HasPrefix(a.PublicURL, "https://") }

// clientOf is the browser that calls.
func clientOf(c echo.Context) auth.Client {
	return auth.Client{IP: c.RealIP(), Agent: c.Request().UserAgent()}
}

// beginSession starts a new session in this browser after a change of the caller's own account has signed it out everywhere,
// and remembers the browser. account is as it is after the change.
func (a *app) beginSession(c echo.Context, account store.Account) error {
	if err := a.sessions.Begin(c.Request().Context(), account, clientOf(c)); err != nil {
		return err
	}
	a.sessions.RememberBrowser(c.Response(), c.Request(), account.Email)
	return nil
}

// session loads the session of this browser and its account, and notes that it is in use; ok is false when nobody is signed
// in.
func (a *app) session(c echo.Context) (s store.Session, account store.Account, ok bool, err error) {
	ctx := c.Request().Context()
	s, account, ok, err = a.sessions.Current(ctx)
	if ok {
		if err := a.sessions.Use(ctx, s, c.RealIP()); err != nil { // not a reason to refuse the page
			a.Log.WarnContext(ctx, "session in use", "error", err)
		}
	}
	return s, account, ok, err
}
