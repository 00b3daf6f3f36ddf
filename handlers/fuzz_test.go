package handlers

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// FuzzLocalPath: wherever a sign-in is asked to lead, it stays on this site, as a browser reads addresses (which drops
// tabs and line breaks, and takes a backslash for a slash).
func FuzzLocalPath(f *testing.F) {
	for _, next := range []string{"", "/", "/keys?a=b#c", "//evil.example", `/\evil.example`, "/\t/evil.example", "https://evil.example", "javascript:alert(1)", "/%2f/evil.example", "/ /x", "/\x00/"} {
		f.Add(next)
	}
	base, err := url.Parse(testHost)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, next string) {
		path := localPath(next)
		read := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(path)
		require.True(t, strings.HasPrefix(read, "/") && !strings.HasPrefix(read, "//"), "%q", path)
		if to, err := base.Parse(path); err == nil {
			require.Equal(t, base.Host, to.Host, "%q", path)
			require.Equal(t, base.Scheme, to.Scheme, "%q", path)
		}
	})
}

// FuzzParseAPIKey: what is taken for a key is written the one way that keys are written.
func FuzzParseAPIKey(f *testing.F) {
	_, text, err := NewAPIKey(store.Key{}, time.Unix(1_772_712_000, 0))
	require.NoError(f, err)
	for _, seed := range []string{"", text, text[1:], strings.ToLower(text), keyPrefix + strings.Repeat("z", len(text)-len(keyPrefix))} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, _, err := parseAPIKey(text)
		if err != nil {
			require.ErrorIs(t, err, errNoKey)
			return
		}
		require.Equal(t, text[len(keyPrefix):len(keyPrefix)+idLength], base62(id[:], idLength))
	})
}

// FuzzPlainCode: a typed code is short, and holds nothing that people put in for reading.
func FuzzPlainCode(f *testing.F) {
	for _, seed := range []string{"", "123 456", "abcd-efgh-ijkl-mnop", strings.Repeat("ß", 100), "\xff\xfe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code := plainCode(typed)
		require.NotContains(t, code, "-")
		require.LessOrEqual(t, len([]rune(code)), 64)
		stepOf(rfcSecret, code, time.Unix(0, 0))
	})
}
