package memory

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestAKeyReadBeforeARevocationIsNotRemembered(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	var c Keys
	key := store.Key{ID: uuid.Must(uuid.NewV7())}
	_, ok, generation := c.Get(key.ID, now)
	require.False(t, ok)
	c.Forget(key.ID) // the revocation, between reading and remembering
	c.Put(key, now, generation)
	_, ok, _ = c.Get(key.ID, now)
	require.False(t, ok)
}

func TestTheMemoryForKeysIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	var c Keys
	for range 3 * maxKeys {
		c.Put(store.Key{ID: uuid.Must(uuid.NewV7())}, now, 0)
	}
	require.LessOrEqual(t, len(c.keys), maxKeys)
}
