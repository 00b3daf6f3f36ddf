package handlers

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWaitsGrowAfterTheFreeTries(t *testing.T) {
	clock := &testClock{at: time.Unix(1_772_712_000, 0)}
	s := newSigner(clock.Now)
	for range freeTries - 1 {
		s.missed("maria")
	}
	require.Zero(t, s.wait("maria"))
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		s.missed("maria")
		require.Equal(t, want, s.wait("maria"))
	}
	require.Zero(t, s.wait("someone else"))
	clock.Add(15 * time.Minute)
	require.Zero(t, s.wait("maria"))

	s.missed("maria")
	s.passed("maria")
	require.Zero(t, s.wait("maria"))
}

func TestMissesAreBounded(t *testing.T) {
	s := newSigner(time.Now)
	for i := range maxTracked + 1 {
		s.missed(strconv.Itoa(i))
	}
	require.LessOrEqual(t, len(s.misses), maxTracked)
}

func TestHashingWaitsItsTurn(t *testing.T) {
	s := newSigner(time.Now)
	for range hashSlots {
		require.NoError(t, s.acquire(context.Background()))
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.hash(gone, testPassword)
	require.ErrorIs(t, err, context.Canceled)
	s.release()
	same, err := s.matches(context.Background(), testHash(), testPassword)
	require.NoError(t, err)
	require.True(t, same)
}
