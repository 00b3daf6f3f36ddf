package statement

import (
	"strings"
	"unicode/utf8"
)

// clean makes every text among the arguments one that both databases keep: PostgreSQL refuses a zero byte and what is no
// UTF-8, and a stranger can send either in a name, an address, a user agent or a search. Bytes are left as they are.
func clean(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			if !valid(v) {
				args[i] = ValidText(v)
			}
		case []string:
			for j, text := range v {
				if !valid(text) {
					v[j] = ValidText(text)
				}
			}
		}
	}
	return args
}

func valid(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// ValidText has U+FFFD in the place of what no text may hold.
func ValidText(text string) string {
	const instead = "\ufffd"
	return strings.ReplaceAll(strings.ToValidUTF8(text, instead), "\x00", instead)
}
