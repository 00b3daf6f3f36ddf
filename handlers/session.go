package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"

	"iozen/store"
)

const (
	sessionLifetime = 30 * 24 * time.Hour // then everyone signs in again
	sessionIdle     = 12 * time.Hour      // a forgotten browser
	// seenEvery is how often a session in use notes so. scs's own IdleTimeout would write to the database with
	// every request; this way 12 h are kept to within 5 minutes.
	seenEvery = 5 * time.Minute

	sessionAccountKey = "account"
	sessionSeenKey    = "seen"
)

// newSessions keeps sessions in our own database; it sees only hashes of the tokens.
func (a *app) newSessions() *scs.SessionManager {
	s := scs.New()
	s.Store = sessionStore{a.Store}
	s.HashTokenInStore = true
	s.Lifetime = sessionLifetime
	s.Cookie.Name = "iozen"
	s.Cookie.SameSite = http.SameSiteLaxMode
	if strings.HasPrefix(a.PublicURL, "https://") {
		s.Cookie.Name, s.Cookie.Secure = "__Host-iozen", true
	}
	s.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		a.Log.ErrorContext(r.Context(), "session", "error", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "The database cannot be reached right now. Please try again.", http.StatusServiceUnavailable)
	}
	return s
}

// beginSession signs an account in. The token is a new one, so that a token planted before is worth nothing.
func (a *app) beginSession(ctx context.Context, account store.Account) error {
	if err := a.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session token: %w", err)
	}
	a.sessions.Put(ctx, sessionAccountKey, account.ID.String())
	a.sessions.Put(ctx, sessionSeenKey, a.Now().Unix())
	return nil
}

// sessionOf says whose session this is, unless it has been idle for too long.
func (a *app) sessionOf(ctx context.Context) (uuid.UUID, bool) {
	id, err := uuid.Parse(a.sessions.GetString(ctx, sessionAccountKey))
	if err != nil {
		return uuid.Nil, false
	}
	idle := a.Now().Sub(time.Unix(a.sessions.GetInt64(ctx, sessionSeenKey), 0))
	if idle > sessionIdle {
		return uuid.Nil, false
	}
	if idle > seenEvery {
		a.sessions.Put(ctx, sessionSeenKey, a.Now().Unix())
	}
	return id, true
}

// sessionStore lets scs use our tables. The methods without a context are what scs.Store asks for and scs itself
// never calls on a store that has the others.
type sessionStore struct{ db *store.DB }

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.db.FindSession(ctx, token)
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.CommitSession(ctx, token, data, expiry)
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.db.DeleteSession(ctx, token)
}

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
