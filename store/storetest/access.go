package storetest

import (
	"context"
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
	clock *clock
	owner store.Account
	ed    store.Account
}

// operator does what no account does.
var operator = store.Actor{Name: "command line"}

func newAccessHouse(t *testing.T, open Open) *accessHouse {
	t.Helper()
	h := &accessHouse{t: t, clock: &clock{at: began}}
	h.DB = open(t, func(c *store.Config) { c.Now = h.clock.Now })
	h.owner = h.account("owner@acme.example", store.RoleOwner)
	h.ed = h.account("editor@acme.example", store.RoleEditor)
	return h
}

func (h *accessHouse) account(email string, role store.Role) store.Account {
	h.t.Helper()
	a, err := h.CreateAccount(context.Background(), store.Account{Email: email, PasswordHash: "hash", Role: role}, operator)
	require.NoError(h.t, err)
	return a
}

// signIn keeps a session of the account and returns its id.
func (h *accessHouse) signIn(a store.Account, token string) uuid.UUID {
	h.t.Helper()
	s := store.Session{ID: uuid.New(), AccountID: a.ID, IP: "192.0.2.1", Agent: "Firefox", Mark: h.PowersMark(a)}
	require.NoError(h.t, h.CommitSession(context.Background(), token, []byte("data"), h.clock.Now().Add(time.Hour), s))
	return s.ID
}

// acts are the actions in the audit log, the latest first.
func (h *accessHouse) acts() (acts []string) {
	h.t.Helper()
	entries, err := AuditEntries(context.Background(), h.DB, uuid.Nil, 100)
	require.NoError(h.t, err)
	for _, e := range entries {
		acts = append(acts, e.Action)
	}
	return acts
}
