package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

const (
	sessionLifetime = 30 * 24 * time.Hour // then everyone signs in again
	sessionIdle     = 12 * time.Hour      // a forgotten browser
	// seenEvery is how often a session in use notes so: not with every request, so 12 h are kept to within 5 minutes.
	seenEvery = 5 * time.Minute

	maxAgent = 256 // bytes of a User-Agent that are kept

	sessionIDKey      = "id"
	sessionAccountKey = "account"
	sessionIPKey      = "ip"
	sessionAgentKey   = "agent"
)

// newSessions keeps sessions in our own database; it sees only hashes of the tokens. What scs holds of a session is
// written once, with a new token: a session that is ended while one of its requests is under way stays ended.
func (a *app) newSessions() *scs.SessionManager {
	s := scs.New()
	s.Store = sessionStore{a.Store}
	s.HashTokenInStore = true
	s.Lifetime = sessionLifetime
	s.Cookie.Name = a.cookieName("iozen")
	s.Cookie.Secure = a.secureCookies()
	s.Cookie.SameSite = http.SameSiteLaxMode
	s.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() != nil { // the browser has gone
			return
		}
		a.Log.ErrorContext(r.Context(), "session", "error", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "The database cannot be reached right now. Please try again.", http.StatusServiceUnavailable)
	}
	return s
}

// secureCookies says whether people reach us by HTTPS only.
func (a *app) secureCookies() bool { return strings.HasPrefix(a.PublicURL, "https://") }

// cookieName binds a cookie to this very host where it can be: __Host- needs Secure.
func (a *app) cookieName(name string) string {
	if a.secureCookies() {
		return "__Host-" + name
	}
	return name
}

// beginSession signs an account in. The token is a new one, so that a token planted before is worth nothing; the
// same happens after a change of password, role or second factor.
func (a *app) beginSession(c echo.Context, account store.Account) error {
	if err := a.newSession(c, account.ID); err != nil {
		return err
	}
	a.rememberBrowser(c, account)
	return nil
}

// newSession gives this browser a session with a new token; uuid.Nil: nobody is signed in yet.
func (a *app) newSession(c echo.Context, accountID uuid.UUID) error {
	ctx := c.Request().Context()
	if err := a.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session token: %w", err)
	}
	if err := a.sessions.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	agent := c.Request().UserAgent()
	a.sessions.Put(ctx, sessionIDKey, uuid.Must(uuid.NewV7()).String())
	a.sessions.Put(ctx, sessionAccountKey, accountID.String())
	a.sessions.Put(ctx, sessionIPKey, c.RealIP())
	a.sessions.Put(ctx, sessionAgentKey, strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], ""))
	return nil
}

// session loads the session of this browser and whose it is, and notes that it is in use; ok is false when there is
// none, it has been idle for too long, or the account is gone.
func (a *app) session(c echo.Context) (s store.Session, account store.Account, ok bool, err error) {
	s, account, ok, err = a.sessionNow(c.Request().Context())
	if ok && a.Now().Sub(s.SeenAt) > seenEvery {
		a.noteSeen(c, s)
	}
	return s, account, ok, err
}

// sessionNow is session without a note: an open stream must not keep a forgotten browser signed in.
func (a *app) sessionNow(ctx context.Context) (s store.Session, account store.Account, ok bool, err error) {
	id, err := uuid.Parse(a.sessions.GetString(ctx, sessionIDKey))
	if err != nil {
		return s, account, false, nil
	}
	s, account, err = a.Store.SessionAccount(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return s, account, false, nil
	}
	if err != nil {
		return s, account, false, fmt.Errorf("load session: %w", err)
	}
	return s, account, a.Now().Sub(s.SeenAt) <= sessionIdle, nil
}

// noteSeen must not cost a page its answer.
func (a *app) noteSeen(c echo.Context, s store.Session) {
	s.IP = c.RealIP()
	if err := a.Store.TouchSession(c.Request().Context(), s); err != nil {
		a.Log.Warn("note use of session", "error", err)
	}
}
