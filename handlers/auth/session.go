package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"

	"iozen/store"
)

// SessionIdle is how long a session may be unused, such as in a forgotten browser. It is measured to within 5 minutes.
const SessionIdle = 12 * time.Hour

const (
	sessionLifetime = 30 * 24 * time.Hour // then everyone signs in again
	// seenEvery is how often the use of a session is noted: not with every request.
	seenEvery = 5 * time.Minute

	maxAgent = 256 // bytes of a User-Agent that are kept

	sessionIDKey      = "id"
	sessionAccountKey = "account"
	sessionIPKey      = "ip"
	sessionAgentKey   = "agent"
	sessionMarkKey    = "mark"
	sessionSignInKey  = "signin"
	sessionNoteKey    = "note"
)

// SessionStore is where sessions are kept, and what marks are made with.
type SessionStore interface {
	FindSession(ctx context.Context, token string) (data []byte, found bool, err error)
	CommitSession(ctx context.Context, token string, data []byte, expiry time.Time, s store.Session) error
	DeleteSession(ctx context.Context, token string) error
	SessionAccount(ctx context.Context, id uuid.UUID) (store.Session, store.Account, error)
	TouchSession(ctx context.Context, s store.Session) error
	Account(ctx context.Context, id uuid.UUID) (store.Account, error)
	PowersMark(a store.Account) string
	KeyedHash(purpose, text string) string
	ChangeSessionNote(ctx context.Context, id uuid.UUID, change func(*store.SessionNote)) error
}

// SessionsConfig is what sessions work with. All of it is required.
type SessionsConfig struct {
	Store SessionStore
	Now   func() time.Time
	Log   *slog.Logger
	HTTPS bool // people reach us by HTTPS only, so cookies are sent by HTTPS only
}

// Sessions knows which account is signed in in which browser. Its methods with a context take one of a request that went
// through Handler.
type Sessions struct {
	cfg SessionsConfig
	scs *scs.SessionManager
}

// Client is the browser that a session is begun in.
type Client struct {
	IP    string // address, without port
	Agent string // the User-Agent, of any length
}

// NewSessions keeps sessions in our own database; it sees only hashes of the tokens. What scs holds of a session is
// written once, with a new token: a session that is ended while one of its requests is under way stays ended.
func NewSessions(c SessionsConfig) *Sessions {
	s := &Sessions{cfg: c, scs: scs.New()}
	s.scs.Store = tokenStore{c.Store}
	s.scs.HashTokenInStore = true
	s.scs.Lifetime = sessionLifetime
	s.scs.Cookie.Name = s.cookieName("iozen")
	s.scs.Cookie.Secure = c.HTTPS
	s.scs.Cookie.SameSite = http.SameSiteLaxMode
	s.scs.ErrorFunc = s.unavailable
	return s
}

// Handler loads the session of a request's cookie for the handler inside, and stores what that handler changes of it.
func (s *Sessions) Handler(next http.Handler) http.Handler { return s.scs.LoadAndSave(next) }

// unavailable answers when sessions cannot be read or written.
func (s *Sessions) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil { // the browser has gone
		return
	}
	s.cfg.Log.ErrorContext(r.Context(), "session", "error", err)
	w.Header().Set("Retry-After", "5")
	http.Error(w, "The database cannot be reached right now. Please try again.", http.StatusServiceUnavailable)
}

// cookieName binds a cookie to this exact host where possible: __Host- needs Secure.
func (s *Sessions) cookieName(name string) string {
	if s.cfg.HTTPS {
		return "__Host-" + name
	}
	return name
}

// Begin starts a new session for an account in this browser, after a change of its password, role or second factor has
// signed it out everywhere. The token is new, so that a token planted before is worth nothing.
func (s *Sessions) Begin(ctx context.Context, account store.Account, from Client) error {
	if err := s.begin(ctx, account.ID, from); err != nil {
		return err
	}
	s.scs.Put(ctx, sessionMarkKey, s.cfg.Store.PowersMark(account))
	return nil
}

// SignIn is Begin for somebody who has just proved who they are; the audit entry is written with the session. account is as it
// was read for that proof: if its password, role or second factor has changed since, it is not signed in.
func (s *Sessions) SignIn(ctx context.Context, account store.Account, from Client) error {
	if err := s.Begin(ctx, account, from); err != nil {
		return err
	}
	s.scs.Put(ctx, sessionSignInKey, true)
	return nil
}

// begin gives this browser a session with a new token; uuid.Nil: nobody is signed in yet.
func (s *Sessions) begin(ctx context.Context, accountID uuid.UUID, from Client) error {
	if err := s.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session token: %w", err)
	}
	if err := s.scs.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	agent := from.Agent[:min(len(from.Agent), maxAgent)]
	s.scs.Put(ctx, sessionIDKey, uuid.Must(uuid.NewV7()).String())
	s.scs.Put(ctx, sessionAccountKey, accountID.String())
	s.scs.Put(ctx, sessionIPKey, from.IP)
	s.scs.Put(ctx, sessionAgentKey, strings.ToValidUTF8(agent, ""))
	return nil
}

// Current is the session of this browser and its account; ok is false when there is no session, it has been idle for too
// long, or the account is gone. It does not note a use: an open stream must not keep a forgotten browser signed in.
func (s *Sessions) Current(ctx context.Context) (session store.Session, account store.Account, ok bool, err error) {
	id, err := uuid.Parse(s.scs.GetString(ctx, sessionIDKey))
	if err != nil {
		return session, account, false, nil
	}
	session, account, err = s.cfg.Store.SessionAccount(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return session, account, false, nil
	}
	if err != nil {
		return session, account, false, fmt.Errorf("load session: %w", err)
	}
	return session, account, s.cfg.Now().Sub(session.SeenAt) <= SessionIdle, nil
}

// Use notes that a session that Current returned is in use, from an IP address, unless that was noted a moment ago. A page
// is answered even if that fails.
func (s *Sessions) Use(ctx context.Context, session store.Session, ip string) error {
	if s.cfg.Now().Sub(session.SeenAt) <= seenEvery {
		return nil
	}
	session.IP = ip
	if err := s.cfg.Store.TouchSession(ctx, session); err != nil {
		return fmt.Errorf("note use of session: %w", err)
	}
	return nil
}

// End forgets the session of this browser. The caller has ended it in the store, if somebody was signed in (SignOut).
func (s *Sessions) End(ctx context.Context) error {
	if err := s.scs.Destroy(ctx); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// ChangeNote changes what acts have left for the next pages of this browser. In a session that this request has begun it
// waits with the session, whose row is written when the request is over.
func (s *Sessions) ChangeNote(ctx context.Context, change func(*store.SessionNote)) error {
	if s.scs.Status(ctx) == scs.Modified {
		return s.changeNewNote(ctx, change)
	}
	id, err := uuid.Parse(s.scs.GetString(ctx, sessionIDKey))
	if err != nil { // nobody is signed in
		return nil
	}
	if err := s.cfg.Store.ChangeSessionNote(ctx, id, change); err != nil {
		return fmt.Errorf("note for the next page: %w", err)
	}
	return nil
}

func (s *Sessions) changeNewNote(ctx context.Context, change func(*store.SessionNote)) error {
	var note store.SessionNote
	if text := s.scs.GetString(ctx, sessionNoteKey); text != "" {
		if err := json.Unmarshal([]byte(text), &note); err != nil {
			return fmt.Errorf("read the note for the next page: %w", err)
		}
	}
	change(&note)
	text, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("write the note for the next page: %w", err)
	}
	s.scs.Put(ctx, sessionNoteKey, string(text))
	return nil
}
