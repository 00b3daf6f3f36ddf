package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// healthz: the process lives.
func (a *app) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz: it can commit, so it can take events.
func (a *app) readyz(c echo.Context) error {
	if err := a.Store.Ping(c.Request().Context()); err != nil {
		a.Log.WarnContext(c.Request().Context(), "not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "the database cannot commit\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
