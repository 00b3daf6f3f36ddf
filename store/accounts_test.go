package store_test

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// accessHouse is a store with an owner, an editor and a clock that only the test moves.
type accessHouse struct {
	*store.DB
	t     *testing.T
	now   time.Time
	owner store.Account
	ed    store.Account
}

var theOperator = store.Actor{Name: "command line"}

func newAccessHouse(t *testing.T) *accessHouse {
	t.Helper()
	h := &accessHouse{t: t, now: time.Now().Truncate(time.Millisecond)}
	db, err := store.Open(t.Context(), store.Config{
		URL: "sqlite:" + filepath.Join(t.TempDir(), "test.db"), Keys: store.NewKeyring([32]byte{1}), Now: func() time.Time { return h.now },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	h.DB = db
	h.owner = h.account("owner@acme.example", store.RoleOwner)
	h.ed = h.account("editor@acme.example", store.RoleEditor)
	return h
}

func (h *accessHouse) account(email string, role store.Role) store.Account {
	h.t.Helper()
	a, err := h.CreateAccount(context.Background(), store.Account{Email: email, PasswordHash: "hash", Role: role}, theOperator)
	require.NoError(h.t, err)
	return a
}

// signIn keeps a session of the account and returns its id.
func (h *accessHouse) signIn(a store.Account, token string) uuid.UUID {
	h.t.Helper()
	s := store.Session{ID: uuid.New(), AccountID: a.ID, IP: "192.0.2.1", Agent: "Firefox"}
	require.NoError(h.t, h.CommitSession(context.Background(), token, []byte("data"), h.now.Add(time.Hour), s))
	return s.ID
}

// acts are the actions in the audit log, the latest first.
func (h *accessHouse) acts() (acts []string) {
	h.t.Helper()
	entries, err := h.AuditEntries(context.Background(), uuid.Nil, 100)
	require.NoError(h.t, err)
	for _, e := range entries {
		acts = append(acts, e.Action)
	}
	return acts
}

func TestLosingPowerEndsSessions(t *testing.T) {
	for name, c := range map[string]struct {
		act  func(*accessHouse) error
		gone bool // the account, too
	}{
		"password": {func(h *accessHouse) error { return h.SetPasswordHash(h.t.Context(), h.ed.ID, "new", theOperator) }, false},
		"role":     {func(h *accessHouse) error { return h.SetRole(h.t.Context(), h.ed.ID, store.RoleViewer, theOperator) }, false},
		"removal":  {func(h *accessHouse) error { return h.RemoveAccount(h.t.Context(), h.ed.ID, theOperator) }, true},
		"second factor on": {func(h *accessHouse) error {
			require.NoError(h.t, h.BeginSecondFactor(h.t.Context(), h.ed.ID, "SECRET"))
			return h.ConfirmSecondFactor(h.t.Context(), h.ed.ID, 7, nil, theOperator)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newAccessHouse(t)
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

func TestTheLastOwnerStays(t *testing.T) {
	h := newAccessHouse(t)
	require.ErrorIs(t, h.SetRole(t.Context(), h.owner.ID, store.RoleViewer, theOperator), store.ErrLastOwner)
	require.ErrorIs(t, h.RemoveAccount(t.Context(), h.owner.ID, theOperator), store.ErrLastOwner)
	require.NoError(t, h.SetRole(t.Context(), h.owner.ID, store.RoleOwner, theOperator), "no change")

	require.NoError(t, h.SetRole(t.Context(), h.ed.ID, store.RoleOwner, theOperator))
	require.NoError(t, h.RemoveAccount(t.Context(), h.owner.ID, theOperator))
	require.ErrorIs(t, h.RemoveAccount(t.Context(), h.ed.ID, theOperator), store.ErrLastOwner)
	require.Equal(t, []string{"account.remove", "account.set_role"}, h.acts()[:2])
}

func TestInvitationsOfWhoLosesPowerEnd(t *testing.T) {
	for name, act := range map[string]func(*accessHouse, store.Account) error{
		"demoted": func(h *accessHouse, a store.Account) error {
			return h.SetRole(h.t.Context(), a.ID, store.RoleEditor, theOperator)
		},
		"removed": func(h *accessHouse, a store.Account) error { return h.RemoveAccount(h.t.Context(), a.ID, theOperator) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newAccessHouse(t)
			other := h.account("other@acme.example", store.RoleOwner)
			hash := h.invite("friend@acme.example", store.RoleOwner, other)
			require.NoError(t, act(h, other))
			_, err := h.AcceptInvitation(t.Context(), hash, "hash", "")
			require.ErrorIs(t, err, store.ErrNotFound)
		})
	}
}

func (h *accessHouse) invite(email string, role store.Role, by store.Account) [32]byte {
	h.t.Helper()
	hash := sha256.Sum256([]byte(uuid.NewString()))
	_, err := h.CreateInvitation(context.Background(), store.Invitation{
		TokenHash: hash, Email: email, Role: role, By: store.Actor{ID: by.ID, Name: by.Email}, ExpiresAt: h.now.Add(time.Hour),
	})
	require.NoError(h.t, err)
	return hash
}

func TestAnInvitationWorksOnce(t *testing.T) {
	h := newAccessHouse(t)
	hash := h.invite(" Tom@Acme.example", store.RoleEditor, h.owner)
	found, err := h.Invitation(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, "tom@acme.example", found.Email)

	a, err := h.AcceptInvitation(t.Context(), hash, "hash", "192.0.2.1")
	require.NoError(t, err)
	require.Equal(t, store.RoleEditor, a.Role)
	_, err = h.AcceptInvitation(t.Context(), hash, "hash", "")
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, []string{"invitation.accept", "invitation.create"}, h.acts()[:2])
}

func TestInvitationsThatEnd(t *testing.T) {
	for name, act := range map[string]func(*accessHouse, store.Invitation){
		"expired": func(h *accessHouse, _ store.Invitation) { h.now = h.now.Add(time.Hour) },
		"revoked": func(h *accessHouse, i store.Invitation) {
			require.NoError(h.t, h.RevokeInvitation(h.t.Context(), i.ID, theOperator))
		},
		"replaced by another for the same e-mail": func(h *accessHouse, _ store.Invitation) {
			h.invite("TOM@acme.example", store.RoleViewer, h.owner)
		},
		"the e-mail got an account otherwise": func(h *accessHouse, _ store.Invitation) { h.account("tom@acme.example", store.RoleViewer) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newAccessHouse(t)
			hash := h.invite("tom@acme.example", store.RoleEditor, h.owner)
			i, err := h.Invitation(t.Context(), hash)
			require.NoError(t, err)
			act(h, i)
			_, err = h.Invitation(t.Context(), hash)
			require.ErrorIs(t, err, store.ErrNotFound)
			_, err = h.AcceptInvitation(t.Context(), hash, "hash", "")
			require.ErrorIs(t, err, store.ErrNotFound)
		})
	}
}

func TestNobodyIsInvitedTwice(t *testing.T) {
	h := newAccessHouse(t)
	_, err := h.CreateInvitation(t.Context(), store.Invitation{Email: "EDITOR@acme.example", Role: store.RoleOwner, ExpiresAt: h.now.Add(time.Hour)})
	require.ErrorIs(t, err, store.ErrExists)
}

func TestASessionIsEndedByItsOwnerOnly(t *testing.T) {
	h := newAccessHouse(t)
	mine, other, theirs := h.signIn(h.ed, "a"), h.signIn(h.ed, "b"), h.signIn(h.owner, "c")
	require.ErrorIs(t, h.EndSession(t.Context(), h.ed.ID, theirs, theOperator), store.ErrNotFound)
	require.NoError(t, h.EndSession(t.Context(), h.ed.ID, other, theOperator))
	h.signIn(h.ed, "d")
	require.NoError(t, h.EndOtherSessions(t.Context(), h.ed.ID, mine, theOperator))

	left, err := h.Sessions(t.Context(), h.ed.ID, time.Time{})
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, mine, left[0].ID)
	_, _, err = h.SessionAccount(t.Context(), theirs)
	require.NoError(t, err)
}

func TestSessionsKnowWhenTheyWereSeen(t *testing.T) {
	h := newAccessHouse(t)
	id := h.signIn(h.ed, "a")
	h.now = h.now.Add(10 * time.Minute)
	s, _, err := h.SessionAccount(t.Context(), id)
	require.NoError(t, err)
	s.IP = "198.51.100.7"
	require.NoError(t, h.TouchSession(t.Context(), s))
	s, a, err := h.SessionAccount(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "198.51.100.7", s.IP)
	require.True(t, s.SeenAt.Equal(h.now))
	require.True(t, a.SeenAt.Equal(h.now))
	idle, err := h.Sessions(t.Context(), h.ed.ID, h.now.Add(time.Minute))
	require.NoError(t, err)
	require.Empty(t, idle)
}
