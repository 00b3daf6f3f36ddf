package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

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
