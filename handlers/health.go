package handlers

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

// healthz: the process is alive.
func (a *app) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz: it can commit, so it can take events.
func (a *app) readyz(c echo.Context) error {
	if err := a.ready.check(c.Request().Context()); err != nil {
		a.Log.WarnContext(c.Request().Context(), "not ready", "error", err)
		switch {
		case errors.Is(err, store.ErrDamaged):
			return c.String(http.StatusServiceUnavailable, "the database is damaged: stop the server and restore a backup\n")
		case errors.Is(err, store.ErrLocked): // while the connection to PostgreSQL was lost
			return c.String(http.StatusServiceUnavailable, "a command has this database for itself: wait until it has ended\n")
		case errors.Is(err, store.ErrNewer): // likewise
			return c.String(http.StatusServiceUnavailable, "a newer version of ioZen has changed this database: stop this server\n")
		case errors.Is(err, store.ErrFull):
			return c.String(http.StatusServiceUnavailable, "the disk of the database is full: make room, and it goes on by itself\n")
		}
		return c.String(http.StatusServiceUnavailable, "the database cannot commit\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

// readyFor is how long the result of one look at the database is reused. Anyone may ask, and each look is a commit.
const readyFor = time.Second

// readiness remembers whether the database could commit a moment ago.
type readiness struct {
	commit func(context.Context) error
	now    func() time.Time

	mu     sync.Mutex
	looked time.Time
	err    error
}

// check returns the last answer while it is fresh, and looks again otherwise. Requests that come meanwhile wait for it.
func (r *readiness) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := r.now().Sub(r.looked); r.looked.IsZero() || age < 0 || age >= readyFor {
		r.err = r.commit(context.WithoutCancel(ctx)) // the answer is not only for who asked first
		r.looked = r.now()
	}
	return r.err
}
