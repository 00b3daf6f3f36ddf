// Package person knows the ways in which people write what they are known by: email addresses, phone numbers and the ids of
// another system. It finds the one form that all ways of writing the same thing have in common, so that a search, an export
// and an erasure meet the event whatever was typed on either side, and it masks a value for those who may not see it.
//
// It keeps no state and knows nothing of events.
package person

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"iozen/store/text"
)

// cleaned is a value without what nobody sees: invisible characters, control characters, the space around it; letters and
// digits of full width become plain ones (NFKC).
func cleaned(value string) string {
	if plain(value) {
		return strings.Trim(value, " ")
	}
	value, _ = text.Strip(strings.ToValidUTF8(value, "\uFFFD"))
	value, _ = text.Strip(norm.NFKC.String(value))
	return text.CollapseSpace(strings.Map(spaceForControl, value))
}

// plain says that only the space around needs cleaning, as for nearly all values.
func plain(value string) bool {
	for i := range len(value) {
		if b := value[i]; b < ' ' || b >= 0x7f || b == ' ' && i > 0 && value[i-1] == ' ' {
			return false
		}
	}
	return true
}

func spaceForControl(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return ' '
	}
	return r
}

// ExternalID is an id of another system without the space around it, and with a plain hyphen for those that look the same.
// Its case counts: the other system decides which ids are the same.
func ExternalID(value string) string { return strings.ReplaceAll(cleaned(value), "\u2010", "-") }

func firstRune(value string) string {
	_, n := utf8.DecodeRuneInString(value)
	return value[:n]
}
