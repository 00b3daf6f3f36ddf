package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var sessionRules = map[string]func(*testing.T, Open){
	"a session lives until it expires, is replaced or deleted": sessionLife,
	"a session is ended by its owner only":                     sessionEnds,
	"a session knows when and from where it was seen":          sessionSeen,
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
	require.NoError(t, b.DeleteExpiredSessions(b.ctx(), b.clock.Now()))
	require.Equal(t, "two", find("b"))
	require.NoError(t, b.DeleteSession(b.ctx(), "b"))
	require.NoError(t, b.DeleteSession(b.ctx(), "b"))
	require.Empty(t, find("b"))
}

func sessionEnds(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	mine, other, theirs := h.signIn(h.ed, "a"), h.signIn(h.ed, "b"), h.signIn(h.owner, "c")
	require.ErrorIs(t, h.EndSession(t.Context(), h.ed.ID, theirs, operator), store.ErrNotFound)
	require.NoError(t, h.EndSession(t.Context(), h.ed.ID, other, operator))
	h.signIn(h.ed, "d")
	require.NoError(t, h.EndOtherSessions(t.Context(), h.ed.ID, mine, operator))

	left, err := h.Sessions(t.Context(), h.ed.ID, time.Time{})
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, mine, left[0].ID)
	_, _, err = h.SessionAccount(t.Context(), theirs)
	require.NoError(t, err)
}

func sessionSeen(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	id := h.signIn(h.ed, "a")
	h.clock.Add(10 * time.Minute)
	s, _, err := h.SessionAccount(t.Context(), id)
	require.NoError(t, err)
	s.IP = "198.51.100.7"
	require.NoError(t, h.TouchSession(t.Context(), s))
	s, a, err := h.SessionAccount(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "198.51.100.7", s.IP)
	require.True(t, s.SeenAt.Equal(h.clock.Now()))
	require.True(t, a.SeenAt.Equal(h.clock.Now()))
	idle, err := h.Sessions(t.Context(), h.ed.ID, h.clock.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Empty(t, idle)
}
