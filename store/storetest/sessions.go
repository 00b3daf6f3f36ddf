package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var sessionRules = map[string]func(*testing.T, Open){
	"a session lives until it expires, is replaced or deleted": sessionLife,
}

func sessionLife(t *testing.T, open Open) {
	b := setup(t, open)
	find := func(token string) string {
		data, found, err := b.FindSession(b.ctx(), token)
		require.NoError(t, err)
		require.Equal(t, data != nil, found)
		return string(data)
	}
	one, two := store.Session{ID: b.newID()}, store.Session{ID: b.newID()}
	require.Empty(t, find("a"))
	require.NoError(t, b.CommitSession(b.ctx(), "a", []byte("one"), began.Add(time.Minute), one))
	require.NoError(t, b.CommitSession(b.ctx(), "b", []byte("two"), began.Add(time.Hour), two))
	require.Equal(t, "one", find("a"))
	require.NoError(t, b.CommitSession(b.ctx(), "a", []byte("other"), began.Add(2*time.Minute), one))
	b.clock.Add(time.Minute)
	require.Equal(t, "other", find("a"))
	b.clock.Add(time.Minute)
	require.Empty(t, find("a"), "expired, though not yet removed")
	require.NoError(t, b.DeleteExpiredSessions(b.ctx()))
	require.Equal(t, "two", find("b"))
	require.NoError(t, b.DeleteSession(b.ctx(), "b"))
	require.NoError(t, b.DeleteSession(b.ctx(), "b"))
	require.Empty(t, find("b"))
}
