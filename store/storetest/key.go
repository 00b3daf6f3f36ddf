package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

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
