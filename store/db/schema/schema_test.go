package schema

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

// TestNumbersSayWhoWorksTogether: within a hundred schemas only grow.
func TestNumbersSayWhoWorksTogether(t *testing.T) {
	keys := secret.NewKeyring([32]byte{1})
	for _, c := range []struct {
		version, newest int64
		alone           bool // it must be alone to migrate
		newer           bool // it leaves the database alone
	}{
		{1, 1, false, false},
		{1, 2, false, false},
		{2, 1, false, false},
		{99, 1, false, false},
		{1, 99, false, false},
		{1, 100, true, false},
		{99, 100, true, false},
		{100, 99, false, true},
		{199, 100, false, false},
		{200, 150, false, true},
	} {
		found := Found{Version: c.version, Newest: c.newest}
		require.Equal(t, c.alone, found.Alone(), c)
		require.Equal(t, c.version < c.newest, found.Behind(), c)
		require.Equal(t, c.newer, found.Fits(keys, false) != nil, c)
		if c.newer {
			require.ErrorIs(t, found.Fits(keys, true), store.ErrNewer, c)
		}
		require.Equal(t, c.version > c.newest, found.Whole() != nil, c)
	}
}
