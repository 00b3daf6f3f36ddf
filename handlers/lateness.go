package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/views/ui"
)

const (
	// unconfirmed is the header of an answer to a program whose act another server has not confirmed in time.
	unconfirmed = "Iozen-Unconfirmed"
	// unconfirmedWords say it to a person.
	unconfirmedWords = "This was done, but not every server of this installation has confirmed it within 2 seconds. One that cannot be reached starts no requests; a request that was leaving just then may still have gone out."
)

// noteLateness says in the answer to an act that other servers have not confirmed it, after which nothing of what it took back leaves.
// It stands around the handlers, because any act can be late.
func (a *app) noteLateness(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if safe(r.Method) {
			return next(c)
		}
		ctx, lateness := store.WithLateness(r.Context())
		c.SetRequest(r.WithContext(ctx))
		c.Response().Before(func() {
			switch {
			case !lateness.Late():
			case strings.HasPrefix(r.URL.Path, "/v1/"):
				c.Response().Header().Set(unconfirmed, "true")
			case c.Get(accountContext) != nil:
				if err := a.say(c, ui.Warn, unconfirmedWords); err != nil {
					a.Log.WarnContext(ctx, "say that an act is not confirmed", "error", err)
				}
			}
		})
		return next(c)
	}
}
