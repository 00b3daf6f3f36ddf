package auth

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSetUpCodesAreShortAndDifferBetweenInstallations(t *testing.T) {
	seen := map[string]bool{}
	for i := range 100 {
		code := SetupCode(strconv.Itoa(i))
		require.Regexp(t, `^[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}$`, code)
		require.False(t, seen[code])
		require.Equal(t, code, SetupCode(strconv.Itoa(i)), "every server of an installation knows the same")
		seen[code] = true
	}
}
