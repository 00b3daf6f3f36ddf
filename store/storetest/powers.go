package storetest

import (
	"testing"

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
	act  func(*accessHouse) error
	gone bool // the account, too
}{
	"password": {func(h *accessHouse) error { return h.SetPasswordHash(h.t.Context(), h.ed.ID, "new", operator) }, false},
	"role":     {func(h *accessHouse) error { return h.SetRole(h.t.Context(), h.ed.ID, store.RoleViewer, operator) }, false},
	"removal":  {func(h *accessHouse) error { return h.RemoveAccount(h.t.Context(), h.ed.ID, operator) }, true},
	"second factor on": {func(h *accessHouse) error {
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
	for name, act := range map[string]func(*accessHouse, store.Account) error{
		"demoted": func(h *accessHouse, a store.Account) error {
			return h.SetRole(h.t.Context(), a.ID, store.RoleEditor, operator)
		},
		"removed": func(h *accessHouse, a store.Account) error { return h.RemoveAccount(h.t.Context(), a.ID, operator) },
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
