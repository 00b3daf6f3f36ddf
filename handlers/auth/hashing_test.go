package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
)

const testPassword = "correct horse battery"

// testHash has very cheap parameters. A hash carries its own, so the same code checks it as checks real ones.
var testHash = sync.OnceValue(func() string {
	salt := []byte("sixteen of bytes")
	hash := argon2.IDKey([]byte(testPassword), salt, 1, 64, 1, hashLength)
	return fmt.Sprintf("$argon2id$v=%d$m=64,t=1,p=1$%s$%s", argon2.Version,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
})

func TestHashingWaitsItsTurn(t *testing.T) {
	h := NewHasher()
	release := fill(t, h)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := h.Hash(gone, testPassword, true)
	require.ErrorIs(t, err, context.Canceled)
	release()
	for _, known := range []bool{true, false} {
		same, err := h.Matches(context.Background(), testHash(), testPassword, known)
		require.NoError(t, err)
		require.True(t, same)
	}
}

// fill takes all slots, and returns what gives them back.
func fill(t *testing.T, h *Hasher) (release func()) {
	t.Helper()
	var releases []func()
	for range hashSlots {
		release, err := h.acquire(context.Background(), true)
		require.NoError(t, err)
		releases = append(releases, release)
	}
	return func() {
		for _, r := range releases {
			r()
		}
	}
}

func TestHashingSaysThatItIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher()
		release := fill(t, h)
		for _, known := range []bool{true, false} {
			_, err := h.Hash(t.Context(), testPassword, known)
			require.ErrorIs(t, err, ErrBusy)
		}
		release()
		for range 2 { // who gave up left nothing taken
			_, err := h.Matches(t.Context(), testHash(), testPassword, false)
			require.NoError(t, err)
		}
	})
}

// TestStrangersDoNotKeepWhoIsKnownWaiting fills the queue with strangers, who wait for each other and for nobody else.
func TestStrangersDoNotKeepWhoIsKnownWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher()
		release, err := h.acquire(t.Context(), false) // one stranger's hash, that never ends
		require.NoError(t, err)
		refused := make(chan error)
		for range 800 {
			go func() {
				_, err := h.Matches(t.Context(), testHash(), testPassword, false)
				refused <- err
			}()
		}
		synctest.Wait()
		begun := time.Now()
		same, err := h.Matches(t.Context(), testHash(), testPassword, true)
		require.NoError(t, err)
		require.True(t, same)
		require.Zero(t, time.Since(begun), "no wait at all")
		for range 800 {
			require.ErrorIs(t, <-refused, ErrBusy)
		}
		release()
	})
}

func TestTheZeroHasherIsAlwaysBusy(t *testing.T) {
	var h Hasher
	for _, known := range []bool{true, false} {
		_, err := h.Hash(t.Context(), testPassword, known)
		require.ErrorIs(t, err, ErrBusy)
		_, err = h.Matches(t.Context(), testHash(), testPassword, known)
		require.ErrorIs(t, err, ErrBusy)
	}
}
