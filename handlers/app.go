// Package handlers is HTTP in: pages for people with a session, the API for programs with a key.
//
// It owns routing, guards, roles and what a refusal looks like. A handler reads and checks a request, calls auth, store or
// sender, and renders the answer. routes.go is the table of contents. The package promises that every route except the
// public ones asks who calls, that no error text of a database reaches a person, and that a page is written only when it
// is complete. It contains no SQL and opens no connection outwards.
package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/sender/engine"
	"iozen/sender/notify"
	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
	"iozen/store/db"
)

// Config is what the handlers work with. Store, Engine, Tester, Notifier and Log are required.
type Config struct {
	Store    *db.DB
	Engine   *engine.Engine
	Tester   engine.Tester
	Notifier *notify.Notifier
	Log      *slog.Logger

	Allow        target.Allow     // the one rule for targets, the same as the client's
	Schedule     outcome.Schedule // the engine's, to say why it does not try again; nil: DefaultSchedule
	Version      string
	PublicURL    string // "": taken from the request
	TestEndpoint string // URL of the local test endpoint, "" when there is none
	// SetupCode must be typed on the set-up page, unless the page is opened on this machine itself (asksCode): it shows
	// that whoever creates the owner's account also reads the terminal.
	SetupCode      string
	Loopback       bool            // listening on loopback only
	Retention      store.Retention // how long the log is kept, where the workspace does not say less
	TrustedProxies []netip.Prefix  // whose X-Forwarded-For counts
	Stopping       <-chan struct{} // closed when the server begins to stop: live pages end; nil: never
	Now            func() time.Time
}

// app is the handlers' receiver: the configuration and the few parts that live as long as the server.
type app struct {
	Config
	sessions  *auth.Sessions
	hasher    *auth.Hasher
	tries     *auth.Throttle // of passwords
	codes     *auth.Throttle // of second factors
	streams   *streams
	tests     *runningTests
	ready     *readiness
	untrusted *untrusted
	gzip      gzipper                   // of pages that hold no secret
	reference func() (reference, error) // the API's document, read once
}

// New returns the whole site: pages, API, health and static files.
func New(c Config) (http.Handler, error) {
	a, err := newApp(c)
	if err != nil {
		return nil, err
	}
	return a.secure(a.newEcho()), nil
}

func newApp(c Config) (*app, error) {
	if c.Store == nil || c.Engine == nil || c.Tester.Store == nil || c.Notifier == nil || c.Log == nil {
		return nil, errors.New("handlers: Store, Engine, Tester, Notifier and Log are required")
	}
	if c.SetupCode == "" {
		return nil, errors.New("handlers: a SetupCode is required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Schedule == nil {
		c.Schedule = outcome.DefaultSchedule
	}
	a := &app{
		Config: c, hasher: auth.NewHasher(), streams: newStreams(), tests: newRunningTests(),
		tries: auth.NewPasswordThrottle(c.Now), codes: auth.NewCodeThrottle(c.Now),
		untrusted: newUntrusted(c.Log),
		ready:     &readiness{commit: c.Store.Ping, now: c.Now},
		reference: sync.OnceValues(func() (reference, error) { return referenceOf(openAPIDocument) }),
	}
	c.Store.Hear(a.tests.heard)
	a.sessions = auth.NewSessions(auth.SessionsConfig{Store: c.Store, Now: c.Now, Log: c.Log, HTTPS: a.secureCookies()})
	return a, nil
}

// newEcho builds the router. echo only binds and calls: what protects the site is wrapped around it (security.go),
// so that changing to another version of echo is a small change.
func (a *app) newEcho() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = a.handleError
	e.IPExtractor = a.ipExtractor()
	e.Use(a.noteLateness)
	a.routes(e)
	return e
}
