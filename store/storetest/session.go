package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var powerRules = map[string]func(*testing.T, Open){
	"losing power ends sessions":             powerEndsSessions,
	"the last owner stays":                   powerLastOwner,
	"the invitations of who loses power end": powerInvitations,
}

// powerLosses are what signs the editor out everywhere.
var powerLosses = map[string]struct {
	act  func(*accessServer) error
	gone bool // the account, too
}{
	"password": {func(h *accessServer) error { return h.SetPasswordHash(h.t.Context(), h.ed.ID, "new", operator) }, false},
	"role":     {func(h *accessServer) error { return h.SetRole(h.t.Context(), h.ed.ID, store.RoleViewer, operator) }, false},
	"removal":  {func(h *accessServer) error { return h.RemoveAccount(h.t.Context(), h.ed.ID, operator) }, true},
	"second factor on": {func(h *accessServer) error {
		require.NoError(h.t, h.BeginSecondFactor(h.t.Context(), h.ed.ID, "SECRET"))
		return h.ConfirmSecondFactor(h.t.Context(), h.ed.ID, "SECRET", 7, nil, operator)
	}, false},
}

func powerEndsSessions(t *testing.T, open Open) {
	for name, c := range powerLosses {
		t.Run(name, func(t *testing.T) {
			h := newAccessHouse(t, open)
			first, second, owners := h.signIn(h.ed, "a"), h.signIn(h.ed, "b"), h.signIn(h.owner, "c")
			require.NoError(t, c.act(h))
			for _, id := range []uuid.UUID{first, second} {
				_, _, err := h.SessionAccount(t.Context(), id)
				require.ErrorIs(t, err, store.ErrNotFound)
			}
			_, _, err := h.SessionAccount(t.Context(), owners)
			require.NoError(t, err, "nobody else is signed out")
			_, err = h.Account(t.Context(), h.ed.ID)
			if c.gone {
				require.ErrorIs(t, err, store.ErrNotFound)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

func powerLastOwner(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	require.ErrorIs(t, h.SetRole(t.Context(), h.owner.ID, store.RoleViewer, operator), store.ErrLastOwner)
	require.ErrorIs(t, h.RemoveAccount(t.Context(), h.owner.ID, operator), store.ErrLastOwner)
	require.NoError(t, h.SetRole(t.Context(), h.owner.ID, store.RoleOwner, operator), "no change")

	require.NoError(t, h.SetRole(t.Context(), h.ed.ID, store.RoleOwner, operator))
	require.NoError(t, h.RemoveAccount(t.Context(), h.owner.ID, operator))
	require.ErrorIs(t, h.RemoveAccount(t.Context(), h.ed.ID, operator), store.ErrLastOwner)
	require.Equal(t, []string{"account.remove", "account.set_role"}, h.acts()[:2])
}

func powerInvitations(t *testing.T, open Open) {
	for name, act := range map[string]func(*accessServer, store.Account) error{
		"demoted": func(h *accessServer, a store.Account) error {
			return h.SetRole(h.t.Context(), a.ID, store.RoleEditor, operator)
		},
		"removed": func(h *accessServer, a store.Account) error { return h.RemoveAccount(h.t.Context(), a.ID, operator) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newAccessHouse(t, open)
			other := h.account("other@acme.example", store.RoleOwner)
			hash := h.invite("friend@acme.example", store.RoleOwner, other)
			require.NoError(t, act(h, other))
			_, err := h.AcceptInvitation(t.Context(), hash, "hash", "")
			require.ErrorIs(t, err, store.ErrNotFound)
		})
	}
}

var sessionRules = map[string]func(*testing.T, Open){
	"a session lives until it expires, is replaced or deleted": sessionLife,
	"a session is ended by its owner only":                     sessionEnds,
	"a session knows when and from where it was seen":          sessionSeen,
	"signing in and out is audited with the session itself":    sessionAudited,
	"who has lost a power begins no session by the old one":    sessionNeedsPowers,
	"what an act leaves for the next page is kept 10 minutes":  sessionNote,
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

func sessionAudited(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	s := store.Session{ID: uuid.New(), AccountID: h.ed.ID, IP: "192.0.2.1", Mark: h.PowersMark(h.ed), SignIn: true}
	for range 2 { // with the same token it is the same session
		require.NoError(t, h.CommitSession(t.Context(), "a", []byte("data"), h.clock.Now().Add(time.Hour), s))
	}
	by := store.Actor{ID: h.ed.ID, Name: h.ed.Email, IP: s.IP}
	for range 2 {
		require.NoError(t, h.SignOut(t.Context(), s, by))
	}
	h.signIn(h.ed, "b") // goes on after a change of the own account
	entries, err := AuditEntries(t.Context(), h.DB, uuid.Nil, 3)
	require.NoError(t, err)
	require.Equal(t, []string{"signout", "signin", "account.create"}, h.acts()[:3])
	require.Equal(t, []store.Actor{by, by}, []store.Actor{entries[0].By, entries[1].By})
	_, _, err = h.SessionAccount(t.Context(), s.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func sessionNeedsPowers(t *testing.T, open Open) {
	for name, act := range powerLosses {
		t.Run(name, func(t *testing.T) {
			h := newAccessHouse(t, open)
			s := store.Session{ID: uuid.New(), AccountID: h.ed.ID, Mark: h.PowersMark(h.ed), SignIn: true}
			require.NoError(t, act.act(h))
			acts := h.acts()
			require.NoError(t, h.CommitSession(t.Context(), "a", []byte("data"), h.clock.Now().Add(time.Hour), s))
			_, found, err := h.FindSession(t.Context(), "a")
			require.NoError(t, err)
			require.False(t, found)
			require.Equal(t, acts, h.acts(), "nobody has signed in")
		})
	}
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

func sessionNote(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	begun := store.Session{ID: uuid.Must(uuid.NewV7()), AccountID: h.ed.ID, Mark: h.PowersMark(h.ed)}
	begun.Note.Show("codes", "one two", h.clock.Now())
	require.NoError(t, h.CommitSession(t.Context(), "begun", []byte("data"), h.clock.Now().Add(time.Hour), begun))
	other := h.signIn(h.ed, "other")
	note := func(id uuid.UUID) store.SessionNote {
		t.Helper()
		s, _, err := h.SessionAccount(t.Context(), id)
		require.NoError(t, err)
		return s.Note
	}
	require.Equal(t, "one two", note(begun.ID).Shown["codes"].Text, "it comes with the session")
	require.Empty(t, note(other), "it is this browser's")

	h.clock.Add(5 * time.Minute)
	require.NoError(t, h.ChangeSessionNote(t.Context(), begun.ID, func(n *store.SessionNote) {
		n.Say(store.Said{Kind: "ok", Text: "Saved."})
		n.Show("key", "iozen_1", h.clock.Now())
	}))
	require.NoError(t, h.CommitSession(t.Context(), "begun", []byte("more"), h.clock.Now().Add(time.Hour), store.Session{ID: begun.ID, AccountID: h.ed.ID}))
	require.Equal(t, []store.Said{{Kind: "ok", Text: "Saved."}}, note(begun.ID).Said)
	require.Len(t, note(begun.ID).Shown, 2, "a request that ends later leaves it alone")

	h.clock.Add(5 * time.Minute)
	require.NoError(t, h.DeleteExpiredSessions(t.Context(), h.clock.Now()))
	require.NotContains(t, note(begun.ID).Shown, "codes", "its 10 minutes are over")
	require.Contains(t, note(begun.ID).Shown, "key")
	require.NoError(t, h.ChangeSessionNote(t.Context(), begun.ID, func(n *store.SessionNote) { n.Hide("key"); n.Said = nil }))
	require.Empty(t, note(begun.ID).Shown)

	require.NoError(t, h.ChangeSessionNote(t.Context(), other, func(n *store.SessionNote) { n.Say(store.Said{Text: "Saved."}) }))
	h.clock.Add(10 * time.Minute)
	require.Empty(t, note(other))
	require.NoError(t, h.DeleteExpiredSessions(t.Context(), h.clock.Now()))

	require.NoError(t, h.EndSession(t.Context(), h.ed.ID, other, operator))
	require.NoError(t, h.ChangeSessionNote(t.Context(), other, func(n *store.SessionNote) { n.Say(store.Said{Text: "Late."}) }), "no page is to come")
}
