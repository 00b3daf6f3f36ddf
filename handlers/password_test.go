package handlers

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPasswordHash(t *testing.T) {
	hash := testHash()
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
	require.NotEqual(t, hash, HashPassword(testPassword), "each hash has its own salt")

	same, err := samePassword(hash, testPassword)
	require.NoError(t, err)
	require.True(t, same)
	same, err = samePassword(hash, testPassword+" ")
	require.NoError(t, err)
	require.False(t, same)
}

func TestBrokenPasswordHashes(t *testing.T) {
	for _, hash := range []string{
		"", "secret", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=18$m=8,t=1,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=0$AAAA$AAAA",
		"$argon2id$v=19$m=8,t=1,p=1$!$AAAA", "$argon2id$v=19$m=8,t=1,p=1$AAAA$",
	} {
		same, err := samePassword(hash, "")
		require.ErrorIs(t, err, errBadHash, hash)
		require.False(t, same)
	}
}

func TestPasswordRule(t *testing.T) {
	require.Empty(t, CheckNewPassword("twelve chars"))
	require.Empty(t, CheckNewPassword("zwölf Zeichen"))
	require.NotEmpty(t, CheckNewPassword("eleven char"))
	require.NotEmpty(t, CheckNewPassword("ééééééééééé"), "characters count, not bytes")
	require.NotEmpty(t, CheckNewPassword(strings.Repeat("x", 1025)))
}
