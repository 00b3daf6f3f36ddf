package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// FuzzParseAPIKey: every accepted key is written exactly as keys are made.
func FuzzParseAPIKey(f *testing.F) {
	_, text, err := NewAPIKey(store.Key{}, time.Unix(1_772_712_000, 0))
	require.NoError(f, err)
	for _, seed := range []string{"", text, text[1:], strings.ToLower(text), keyPrefix + strings.Repeat("z", len(text)-len(keyPrefix))} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, _, err := ParseAPIKey(text)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformedKey)
			return
		}
		require.Equal(t, text[len(keyPrefix):len(keyPrefix)+idLength], base62(id[:], idLength))
	})
}

// FuzzPlainCode: a plain code is short, without spaces, dashes and small letters.
func FuzzPlainCode(f *testing.F) {
	for _, seed := range []string{"", "123 456", "abcd-efgh-ijkl-mnop", strings.Repeat("ß", 100), "\xff\xfe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code := PlainCode(typed)
		require.NotContains(t, code, "-")
		require.LessOrEqual(t, len([]rune(code)), 64)
		StepOf(rfcSecret, code, time.Unix(0, 0))
	})
}
