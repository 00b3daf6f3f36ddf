package handlers

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestHashingWaitsItsTurn(t *testing.T) {
	h := newHasher()
	for range hashSlots {
		require.NoError(t, h.acquire(context.Background()))
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := h.hash(gone, testPassword)
	require.ErrorIs(t, err, context.Canceled)
	h.release()
	same, err := h.matches(context.Background(), testHash(), testPassword)
	require.NoError(t, err)
	require.True(t, same)
}

func TestHashingSaysThatItIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		for range hashSlots {
			require.NoError(t, h.acquire(t.Context()))
		}
		_, err := h.hash(t.Context(), testPassword)
		require.Equal(t, 503, problemOf(err).Status)
	})
}
