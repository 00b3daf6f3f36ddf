package auth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rfcSecret is the one of RFC 6238, appendix B, whose codes are cut to six digits.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestStepOf(t *testing.T) {
	for name, c := range map[string]struct {
		at   int64
		code string
		step int64
		ok   bool
	}{
		"RFC 6238, 59 s":          {59, "287082", 1, true},
		"RFC 6238, the year 2005": {1111111109, "081804", 37037036, true},
		"RFC 6238, the year 2033": {2000000000, "279037", 66666666, true},
		"a clock behind":          {2000000000 - 30, "279037", 66666666, true},
		"a clock ahead":           {2000000000 + 30, "279037", 66666666, true},
		"a minute late":           {2000000000 + 60, "279037", 0, false},
		"no code":                 {59, "", 0, false},
		"too long":                {59, "0287082", 0, false},
	} {
		step, ok := StepOf(rfcSecret, c.code, time.Unix(c.at, 0))
		require.Equal(t, c.ok, ok, name)
		require.Equal(t, c.step, step, name)
	}
}

func TestAuthenticatorKey(t *testing.T) {
	first, err := NewAuthenticator("maria@acme.example", "")
	require.NoError(t, err)
	require.Len(t, first.Secret, 32)
	again, err := NewAuthenticator("maria@acme.example", first.Secret)
	require.NoError(t, err)
	require.Equal(t, first.URL, again.URL)
	require.Contains(t, first.URL, "otpauth://totp/ioZen:maria@acme.example?")
}

func TestPlainCode(t *testing.T) {
	for typed, want := range map[string]string{
		"123 456": "123456", " abcd-efgh-ijkl-mnop ": "ABCDEFGHIJKLMNOP", "": "",
	} {
		require.Equal(t, want, PlainCode(typed))
	}
	require.True(t, IsRecoveryCode("ABCDEFGHIJKLMNOP"))
	require.False(t, IsRecoveryCode("123456"))
}
