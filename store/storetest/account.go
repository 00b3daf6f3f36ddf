package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

// accessServer is a store with an owner, an editor and a clock that only the test moves.
type accessServer struct {
	*db.DB
	t     *testing.T
	clock *clock
	owner store.Account
	ed    store.Account
}

// operator does what no account does.
var operator = store.Actor{Name: "command line"}

func newAccessHouse(t *testing.T, open Open) *accessServer {
	t.Helper()
	h := &accessServer{t: t, clock: &clock{at: began}}
	h.DB = open(t, func(c *db.Config) { c.Now = h.clock.Now })
	h.owner = h.account("owner@acme.example", store.RoleOwner)
	h.ed = h.account("editor@acme.example", store.RoleEditor)
	return h
}

func (h *accessServer) account(email string, role store.Role) store.Account {
	h.t.Helper()
	a, err := h.CreateAccount(context.Background(), store.Account{Email: email, PasswordHash: "hash", Role: role}, operator)
	require.NoError(h.t, err)
	return a
}

// signIn keeps a session of the account and returns its id.
func (h *accessServer) signIn(a store.Account, token string) uuid.UUID {
	h.t.Helper()
	s := store.Session{ID: uuid.New(), AccountID: a.ID, IP: "192.0.2.1", Agent: "Firefox", Mark: h.PowersMark(a)}
	require.NoError(h.t, h.CommitSession(context.Background(), token, []byte("data"), h.clock.Now().Add(time.Hour), s))
	return s.ID
}

// acts are the actions in the audit log, the latest first.
func (h *accessServer) acts() (acts []string) {
	h.t.Helper()
	entries, err := AuditEntries(context.Background(), h.DB, uuid.Nil, 100)
	require.NoError(h.t, err)
	for _, e := range entries {
		acts = append(acts, e.Action)
	}
	return acts
}

var accountRules = map[string]func(*testing.T, Open){
	"the first account is made once, by whoever is first": accountFirst,
	"one account per email, any case":                     accountPerEmail,
	"an account is found by email and by id":              accountFound,
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
	require.Equal(t, entry, b.audited(uuid.Nil, "account.set_password"), "a refusal is not an act")
	require.NoError(t, b.ChangePassword(b.ctx(), a.ID, "new", "newer", maria))
	found, err = b.Account(b.ctx(), a.ID)
	require.NoError(t, err)
	require.Equal(t, "newer", found.PasswordHash)
}

var invitationRules = map[string]func(*testing.T, Open){
	"an invitation works once":           invitationOnce,
	"an invitation ends in several ways": invitationEnds,
	"who has an account is not invited":  invitationTaken,
}

func (h *accessServer) invite(email string, role store.Role, by store.Account) [32]byte {
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
	for name, act := range map[string]func(*accessServer, store.Invitation){
		"expired": func(h *accessServer, _ store.Invitation) { h.clock.Add(time.Hour) },
		"revoked": func(h *accessServer, i store.Invitation) {
			require.NoError(h.t, h.RevokeInvitation(h.t.Context(), i.ID, operator))
		},
		"replaced by another for the same email": func(h *accessServer, _ store.Invitation) {
			h.invite("TOM@acme.example", store.RoleViewer, h.owner)
		},
		"the email got an account otherwise": func(h *accessServer, _ store.Invitation) { h.account("tom@acme.example", store.RoleViewer) },
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

var secondFactorRules = map[string]func(*testing.T, Open){
	"a code is taken once, however many try it":               factorOnce,
	"a secret being set up may be replaced, one in force not": factorInForce,
}

func factorOnce(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	require.NoError(t, h.BeginSecondFactor(t.Context(), h.ed.ID, "SECRET"))
	require.NoError(t, h.ConfirmSecondFactor(t.Context(), h.ed.ID, "SECRET", 10, [][32]byte{{1}, {2}}, operator))
	for name, use := range map[string]func() error{
		"of the app": func() error { return h.UseCode(t.Context(), h.ed.ID, "SECRET", 11) },
		"recovery":   func() error { return h.UseRecoveryCode(t.Context(), h.ed.ID, [32]byte{1}, operator) },
	} {
		var taken, refused atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				switch err := use(); {
				case err == nil:
					taken.Add(1)
				case errors.Is(err, store.ErrCodeUsed), errors.Is(err, store.ErrNotFound):
					refused.Add(1)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, taken.Load(), name)
		require.EqualValues(t, 19, refused.Load(), name)
	}
	f, err := h.SecondFactor(t.Context(), h.ed.ID)
	require.NoError(t, err)
	require.Equal(t, store.SecondFactor{Secret: "SECRET", Confirmed: true, LastStep: 11, Codes: 1}, f)
}

func factorInForce(t *testing.T, open Open) {
	h := newAccessHouse(t, open)
	require.NoError(t, h.BeginSecondFactor(t.Context(), h.ed.ID, "FIRST"))
	require.NoError(t, h.BeginSecondFactor(t.Context(), h.ed.ID, "SECOND"))
	require.ErrorIs(t, h.ConfirmSecondFactor(t.Context(), h.ed.ID, "FIRST", 1, nil, operator), store.ErrNotFound, "its code says nothing about the second")
	require.ErrorIs(t, h.SetRecoveryCodes(t.Context(), h.ed.ID, [][32]byte{{1}}, operator), store.ErrNotFound, "there is nothing in force yet")
	a, err := h.Account(t.Context(), h.ed.ID)
	require.NoError(t, err)
	require.False(t, a.SecondFactor, "not asked for until it is confirmed")
	require.NoError(t, h.ConfirmSecondFactor(t.Context(), h.ed.ID, "SECOND", 1, nil, operator))
	require.ErrorIs(t, h.ConfirmSecondFactor(t.Context(), h.ed.ID, "SECOND", 2, nil, operator), store.ErrCodeUsed)
	require.ErrorIs(t, h.BeginSecondFactor(t.Context(), h.ed.ID, "THIRD"), store.ErrExists)
	require.ErrorIs(t, h.UseCode(t.Context(), h.ed.ID, "FIRST", 3), store.ErrNotFound)
	require.ErrorIs(t, h.UseCode(t.Context(), h.owner.ID, "", 3), store.ErrNotFound, "none at all")

	require.NoError(t, h.RemoveSecondFactor(t.Context(), h.ed.ID, operator))
	require.ErrorIs(t, h.RemoveSecondFactor(t.Context(), h.ed.ID, operator), store.ErrNotFound)
	_, err = h.SecondFactor(t.Context(), h.ed.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
}

var keyRules = map[string]func(*testing.T, Open){
	"a key is kept as it was made, its secret as a hash": keyMade,
	"revoked, it stays in the list":                      keyRevoked,
	"its last use is noted to the minute":                keyTouched,
}

func (b *bundle) newKey(name string) store.Key {
	b.t.Helper()
	k := store.Key{ID: b.newID(), Name: name, Role: store.RoleIngest, BotID: b.bot, SecretHash: [32]byte{1, 2, 31: 3}, CreatedBy: maria}
	require.NoError(b.t, b.CreateKey(b.ctx(), k))
	k.CreatedAt = b.clock.Now()
	return k
}

func (b *bundle) key(k store.Key) store.Key {
	b.t.Helper()
	found, err := b.Key(b.ctx(), k.ID)
	require.NoError(b.t, err)
	return found
}

func keyMade(t *testing.T, open Open) {
	b := setup(t, open)
	k := b.newKey("ci")
	require.Equal(t, k, b.key(k))
	require.Equal(t, "ci", b.audited(b.bot, "key.create").Target)
	_, err := b.Key(b.ctx(), b.newID())
	require.ErrorIs(t, err, store.ErrNotFound)
	b.clock.Add(time.Second)
	second := b.newKey("second")
	require.ErrorIs(t, b.CreateKey(b.ctx(), store.Key{ID: b.newID(), Name: "of nobody", Role: store.RoleIngest, BotID: b.newID()}), store.ErrNotFound)
	keys, err := b.Keys(b.ctx())
	require.NoError(t, err)
	require.Equal(t, []store.Key{second, k}, keys, "newest first")
}

func keyRevoked(t *testing.T, open Open) {
	b := setup(t, open)
	k := b.newKey("ci")
	b.clock.Add(time.Hour)
	require.NoError(t, b.RevokeKey(b.ctx(), k.ID, maria))
	k.RevokedAt = b.clock.Now()
	require.Equal(t, k, b.key(k))
	entry := b.audited(uuid.Nil, "key.revoke")
	b.clock.Add(time.Hour)
	require.NoError(t, b.RevokeKey(b.ctx(), k.ID, maria))
	require.Equal(t, k, b.key(k), "once is for good")
	require.Equal(t, entry, b.audited(uuid.Nil, "key.revoke"))
}

func keyTouched(t *testing.T, open Open) {
	b := setup(t, open)
	k := b.newKey("ci")
	require.NoError(t, b.TouchKey(b.ctx(), k))
	k = b.key(k)
	require.Equal(t, began, k.LastUsedAt)
	b.clock.Add(59 * time.Second)
	require.NoError(t, b.TouchKey(b.ctx(), k))
	require.Equal(t, began, b.key(k).LastUsedAt)
	b.clock.Add(time.Second)
	require.NoError(t, b.TouchKey(b.ctx(), k))
	require.Equal(t, b.clock.Now(), b.key(k).LastUsedAt)
}
