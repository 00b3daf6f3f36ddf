package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"

	"iozen/store"
)

// tokenStore lets scs use our tables. scs.Store requires the methods without a context, but scs never calls them on a
// store that has the others.
type tokenStore struct{ db SessionStore }

func (s tokenStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.db.FindSession(ctx, token)
}

// CommitCtx reads from the data what has columns of its own: whose session it is, and from where.
func (s tokenStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return fmt.Errorf("read session: %w", err)
	}
	var session store.Session
	if session.ID, err = uuid.Parse(sessionText(values, sessionIDKey)); err != nil {
		return fmt.Errorf("session without an id: %w", err)
	}
	if session.AccountID, err = uuid.Parse(sessionText(values, sessionAccountKey)); err != nil {
		return fmt.Errorf("session without an account: %w", err)
	}
	session.IP, session.Agent = sessionText(values, sessionIPKey), sessionText(values, sessionAgentKey)
	session.Mark = sessionText(values, sessionMarkKey)
	session.SignIn, _ = values[sessionSignInKey].(bool)
	if note := sessionText(values, sessionNoteKey); note != "" {
		if err := json.Unmarshal([]byte(note), &session.Note); err != nil {
			return fmt.Errorf("read the session's note: %w", err)
		}
		delete(values, sessionNoteKey) // the row has a sealed place for it
		if data, err = (scs.GobCodec{}).Encode(expiry, values); err != nil {
			return fmt.Errorf("write session: %w", err)
		}
	}
	return s.db.CommitSession(ctx, token, data, expiry, session)
}

func sessionText(values map[string]any, key string) string {
	s, _ := values[key].(string)
	return s
}

func (s tokenStore) DeleteCtx(ctx context.Context, token string) error {
	return s.db.DeleteSession(ctx, token)
}

func (s tokenStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s tokenStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

func (s tokenStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
