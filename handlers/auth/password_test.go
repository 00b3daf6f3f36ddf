package auth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPasswordHash(t *testing.T) {
	hash := HashPassword(testPassword)
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
	for password, good := range map[string]bool{
		"twelve chars": true, "zwölf Zeichen": true, "correct horse battery": true, "aD8#kfLq20pZ": true, "Maria likes rain on tin": true,
		"eleven char": false, "ééééééééééé": false, strings.Repeat("xy6t", 257): false,
		"password1234": false, "Password-Password!": false, "qwertyuiop12": false, "1q2w3e4r5t6y": false, "123456789012": false,
		"aaaaaaaaaaaa": false, "abababababab": false, "maria@acme.example": false, "Maria-Maria-12345": false, "iozen-webhooks-123": false,
		"Welcome2026!!": false, "correcthorsebatterystaple": false,
	} {
		require.Equal(t, good, CheckNewPassword(password, "maria@acme.example") == "", "%.40s", password)
	}
	require.Empty(t, CheckNewPassword("a made up sentence", ""), "no email is no part")
}
