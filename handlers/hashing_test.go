package handlers

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHashingWaitsItsTurn(t *testing.T) {
	h := newHasher()
	release := fill(t, h)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := h.hash(gone, testPassword, true)
	require.ErrorIs(t, err, context.Canceled)
	release()
	for _, known := range []bool{true, false} {
		same, err := h.matches(context.Background(), testHash(), testPassword, known)
		require.NoError(t, err)
		require.True(t, same)
	}
}

// fill takes all slots, and returns what gives them back.
func fill(t *testing.T, h *hasher) (release func()) {
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
		h := newHasher()
		release := fill(t, h)
		for _, known := range []bool{true, false} {
			_, err := h.hash(t.Context(), testPassword, known)
			require.Equal(t, 503, problemOf(err).Status)
		}
		release()
		for range 2 { // who gave up left nothing taken
			_, err := h.matches(t.Context(), testHash(), testPassword, false)
			require.NoError(t, err)
		}
	})
}

// TestStrangersDoNotKeepWhoIsKnownWaiting fills the queue with strangers, who wait for each other and for nobody else.
func TestStrangersDoNotKeepWhoIsKnownWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		release, err := h.acquire(t.Context(), false) // one stranger's hash, that never ends
		require.NoError(t, err)
		refused := make(chan error)
		for range 800 {
			go func() {
				_, err := h.matches(t.Context(), testHash(), testPassword, false)
				refused <- err
			}()
		}
		synctest.Wait()
		begun := time.Now()
		same, err := h.matches(t.Context(), testHash(), testPassword, true)
		require.NoError(t, err)
		require.True(t, same)
		require.Zero(t, time.Since(begun), "no wait at all")
		for range 800 {
			require.Equal(t, 503, problemOf(<-refused).Status)
		}
		release()
	})
}
