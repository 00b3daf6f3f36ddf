package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
)

// Guards for forms that anyone may send, because they are read before signing in.

// maxStrangersBody is how long a form may be before we know who sends it. Addresses, passwords and codes are short.
const maxStrangersBody = 16 << 10

// short bounds and reads the form of somebody who is not signed in, so that a form that is too long is refused as such rather
// than read as empty.
func (a *app) short(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxStrangersBody)
		if err := r.ParseForm(); err != nil {
			return formError(err)
		}
		return next(c)
	}
}

// slowed limits how often one address makes us hash, whatever it sends. A try that succeeds is given back, and so is one that
// failed because of an error of ours.
func (a *app) slowed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		from := c.RealIP()
		if wait := a.tries.EnterFrom(from); wait > 0 {
			return &Problem{
				Status: http.StatusTooManyRequests, Title: "Too many tries",
				Detail: "Too many forms came from your address. Go back and try again in " + seconds(wait) + " s.", RetryAfter: wait,
			}
		}
		err := next(c)
		if err != nil && problemOf(err).Status >= http.StatusInternalServerError || err == nil && c.Response().Status == http.StatusSeeOther {
			a.tries.GiveBackFrom(from)
		}
		return err
	}
}

// giveBackUnseen gives back a try that ended in an error of ours, from which the visitor has learnt nothing. A try whose
// caller hung up counts: hanging up must not make guessing free.
func giveBackUnseen(tries *auth.Throttle, v auth.Visitor, err error) {
	if problemOf(err).Status >= http.StatusInternalServerError {
		tries.GiveBack(v)
	}
}
