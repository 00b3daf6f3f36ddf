package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var accountRules = map[string]func(*testing.T, Open){
	"the first account is made once, by whoever is first": accountFirst,
	"one account per e-mail, any case":                    accountPerEmail,
	"an account is found by e-mail and by id":             accountFound,
	"another password":                                    accountPassword,
}

func accountFirst(t *testing.T, open Open) {
	b := setup(t, open)
	has, err := b.HasAccount(b.ctx())
	require.NoError(t, err)
	require.False(t, has)
	answers := make(chan error, 8)
	for i := range cap(answers) {
		go func() {
			_, err := b.CreateFirstAccount(b.ctx(), store.Account{Email: string(rune('a'+i)) + "@acme.example", PasswordHash: "x", Role: store.RoleOwner}, "192.0.2.1")
			answers <- err
		}()
	}
	made := 0
	for range cap(answers) {
		if err := <-answers; err == nil {
			made++
		} else {
			require.ErrorIs(t, err, store.ErrExists)
		}
	}
	require.Equal(t, 1, made)
	has, err = b.HasAccount(b.ctx())
	require.NoError(t, err)
	require.True(t, has)
}

func accountPerEmail(t *testing.T, open Open) {
	b := setup(t, open)
	a, err := b.CreateAccount(b.ctx(), store.Account{Email: " Maria@Acme.example ", PasswordHash: "x", Role: store.RoleEditor}, maria)
	require.NoError(t, err)
	require.Equal(t, "maria@acme.example", a.Email)
	_, err = b.CreateAccount(b.ctx(), store.Account{Email: "MARIA@acme.example", PasswordHash: "y", Role: store.RoleOwner}, maria)
	require.ErrorIs(t, err, store.ErrExists)
	_, err = b.CreateFirstAccount(b.ctx(), store.Account{Email: "anna@acme.example", PasswordHash: "y", Role: store.RoleOwner}, "192.0.2.1")
	require.ErrorIs(t, err, store.ErrExists)
}

func accountFound(t *testing.T, open Open) {
	b := setup(t, open)
	a, err := b.CreateAccount(b.ctx(), store.Account{Email: "maria@acme.example", PasswordHash: "$argon2id$…", Role: store.RoleViewer}, maria)
	require.NoError(t, err)
	require.Equal(t, began, a.CreatedAt)
	byEmail, err := b.AccountByEmail(b.ctx(), "Maria@acme.example")
	require.NoError(t, err)
	require.Equal(t, a, byEmail)
	byID, err := b.Account(b.ctx(), a.ID)
	require.NoError(t, err)
	require.Equal(t, a, byID)
	_, err = b.AccountByEmail(b.ctx(), "nobody@acme.example")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.Account(b.ctx(), b.newID())
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, "maria@acme.example", b.audited(uuid.Nil, "account.create").Target)
}

func accountPassword(t *testing.T, open Open) {
	b := setup(t, open)
	a, err := b.CreateAccount(b.ctx(), store.Account{Email: "maria@acme.example", PasswordHash: "old", Role: store.RoleOwner}, maria)
	require.NoError(t, err)
	require.NoError(t, b.SetPasswordHash(b.ctx(), a.ID, "new", maria))
	found, err := b.Account(b.ctx(), a.ID)
	require.NoError(t, err)
	require.Equal(t, "new", found.PasswordHash)
	entry := b.audited(uuid.Nil, "account.set_password")
	require.NotContains(t, entry.Note+entry.Target, "new")
	require.ErrorIs(t, b.SetPasswordHash(b.ctx(), b.newID(), "new", maria), store.ErrNotFound)

	require.ErrorIs(t, b.ChangePassword(b.ctx(), a.ID, "old", "theirs", maria), store.ErrOldPassword)
	require.Equal(t, entry, b.audited(uuid.Nil, "account.set_password"), "a refusal is no act")
	require.NoError(t, b.ChangePassword(b.ctx(), a.ID, "new", "newer", maria))
	found, err = b.Account(b.ctx(), a.ID)
	require.NoError(t, err)
	require.Equal(t, "newer", found.PasswordHash)
}
