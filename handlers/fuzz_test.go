package handlers

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzLocalPath: whatever address a sign-in is asked to return to, it stays on this site, as browsers read addresses (they
// drop tabs and line breaks, and take a backslash for a slash).
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
