package auth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnEmailIsOneAddressThatCanBeSeen(t *testing.T) {
	for _, good := range []string{"maria@acme.example", "Maria@Acme.example", "a.b+c@x.example", "o'neil@x.example", "maria@müller.example", "名前@例え.jp", "root@localhost"} {
		require.Empty(t, CheckEmail(good), good)
	}
	for _, bad := range []string{
		"", " ", "a", "a@", "@b", "a b@c.example", "a@b@c", "Maria <a@x.example>", "<a@x.example>", "a@x.example,b@x.example", "a@x.example\nb", "a@x.example\r\nBcc: b@x.example",
		"\x1b[31ma@x.example", "a@x.example\x00", "\u202ea@x.example", "a\u200b@x.example", "a@x\u00ad.example", "\ufeffa@x.example", "a@x.example ", "a\u00a0@x.example",
		strings.Repeat("a", 250) + "@x.example",
	} {
		require.Contains(t, CheckEmail(bad), "Enter an email address", "%q", bad)
	}
}
