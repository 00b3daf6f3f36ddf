package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSetUpCodesAreShortAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		code := NewSetupCode()
		require.Regexp(t, `^[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}$`, code)
		require.False(t, seen[code])
		seen[code] = true
	}
}
