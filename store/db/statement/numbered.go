package statement

import (
	"strconv"
	"strings"
)

// Numbered writes the arguments of a text as PostgreSQL does: $1, $2 … for each ?. A ? between quotes is a text's own.
func Numbered(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 16)
	n, quoted := 0, false
	for i := range len(query) {
		switch c := query[i]; {
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		case c == '\'':
			quoted = !quoted
		}
		b.WriteByte(query[i])
	}
	return b.String()
}
