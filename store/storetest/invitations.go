package storetest

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var invitationRules = map[string]func(*testing.T, Open){
	"an invitation works once":           invitationOnce,
	"an invitation ends in several ways": invitationEnds,
	"who has an account is not invited":  invitationTaken,
}

func (h *accessHouse) invite(email string, role store.Role, by store.Account) [32]byte {
	h.t.Helper()
	hash := sha256.Sum256([]byte(uuid.NewString()))
	_, err := h.CreateInvitation(context.Background(), store.Invitation{
		TokenHash: hash, Email: email, Role: role, By: store.Actor{ID: by.ID, Name: by.Email}, ExpiresAt: h.clock.Now().Add(time.Hour),
	})
	require.NoError(h.t, err)
	return hash
}

func invitationOnce(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
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

func invitationEnds(t *testing.T, open Open) {
	for name, act := range map[string]func(*accessHouse, store.Invitation){
		"expired": func(h *accessHouse, _ store.Invitation) { h.clock.Add(time.Hour) },
		"revoked": func(h *accessHouse, i store.Invitation) {
			require.NoError(h.t, h.RevokeInvitation(h.t.Context(), i.ID, operator))
		},
		"replaced by another for the same e-mail": func(h *accessHouse, _ store.Invitation) {
			h.invite("TOM@acme.example", store.RoleViewer, h.owner)
		},
		"the e-mail got an account otherwise": func(h *accessHouse, _ store.Invitation) { h.account("tom@acme.example", store.RoleViewer) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newAccessHouse(t, open)
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

func invitationTaken(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	_, err := h.CreateInvitation(t.Context(), store.Invitation{Email: "EDITOR@acme.example", Role: store.RoleOwner, ExpiresAt: h.clock.Now().Add(time.Hour)})
	require.ErrorIs(t, err, store.ErrExists)
}
