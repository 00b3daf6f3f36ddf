package text

import (
	"strings"
	"unicode"
)

// FoldName is a name without what people write differently: emailAddress, email_address and Email address are one.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
