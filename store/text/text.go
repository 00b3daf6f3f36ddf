// Package text knows the characters that nobody sees. They come along with text that is copied from pages, chats and
// documents, and break tokens, make two names look alike, and hide a person from a search. Pages, API, URLs, headers, names
// of bots and people's identifiers all use this package, so that they agree on the characters. It shortens what messages
// repeat, and folds names that are compared, in one way for all.
//
// It imports nothing of ours and keeps no state.
package text

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Found is an invisible character, and where it stood: 1 is the first character of the text.
type Found struct {
	Rune     rune
	Position int
}

// String names the character for people: "a zero-width space (U+200B)".
func (f Found) String() string {
	return fmt.Sprintf("%s (%U)", runeName(f.Rune), f.Rune)
}

// IsInvisible says whether a character shows nothing and takes no room: zero-width characters, joiners, marks that
// turn the reading direction, soft hyphens, byte order marks, variation selectors, tags, fillers. White space is not
// invisible (IsSpace), and neither are control characters: no text may hold those, and whoever reads it refuses them.
func IsInvisible(r rune) bool {
	switch {
	case r < 0x80: // nearly all of what is asked
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // signs that stand around Arabic and Syriac numbers
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) || r == brailleBlank
}

// brailleBlank is a symbol to Unicode; people use it to send an empty message in a chat.
const brailleBlank = '\u2800'

// IsSpace says whether a character is white space of any width, the no-break ones and line breaks included.
func IsSpace(r rune) bool { return unicode.IsSpace(r) }

// Strip removes the invisible characters and returns which they were, in order.
func Strip(s string) (cleaned string, removed []Found) {
	if !strings.ContainsFunc(s, IsInvisible) {
		return s, nil
	}
	var b strings.Builder
	position := 0
	for i, r := range s {
		position++
		if IsInvisible(r) {
			removed = append(removed, Found{r, position})
			continue
		}
		if r == unicode.ReplacementChar { // an invalid byte stays what it is
			b.WriteString(s[i : i+invalidOrWhole(s[i:])])
			continue
		}
		b.WriteRune(r)
	}
	return b.String(), removed
}

func invalidOrWhole(s string) int {
	if strings.HasPrefix(s, string(unicode.ReplacementChar)) {
		return len(string(unicode.ReplacementChar))
	}
	return 1
}

// CollapseSpace writes each run of white space as one plain space, and none at either end.
func CollapseSpace(s string) string { return strings.Join(strings.FieldsFunc(s, IsSpace), " ") }

// Clean is what a person sees of a line: nothing invisible, and single plain spaces. Two lines that differ only in such
// characters have the same clean form.
func Clean(s string) string {
	stripped, _ := Strip(s)
	return CollapseSpace(stripped)
}

// Trim is a text without white space and invisible characters at its ends.
func Trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return IsSpace(r) || IsInvisible(r) })
}

// PlainSpaces writes each white space that is not a tab or a line break as a plain space, and returns those that it
// replaced. It changes no length in characters, so that positions stay true.
func PlainSpaces(s string) (plain string, replaced []Found) {
	position := 0
	plain = strings.Map(func(r rune) rune {
		position++
		if r >= 0x80 && IsSpace(r) {
			replaced = append(replaced, Found{r, position})
			return ' '
		}
		return r
	}, s)
	if replaced == nil {
		return s, nil // invalid bytes stay what they are
	}
	return plain, replaced
}

// Words lists what was found, each kind once: "a zero-width space (U+200B) and a soft hyphen (U+00AD)".
func Words(found []Found) string {
	var names []string
	for _, f := range found {
		if name := f.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// runeName is what the character is called where people look for help with it.
func runeName(r rune) string {
	switch {
	case r == '\u00a0' || r == '\u202f' || r == '\u2007':
		return "a no-break space"
	case r == '\u00ad':
		return "a soft hyphen"
	case r == '\u200b':
		return "a zero-width space"
	case r == '\u200c' || r == '\u200d':
		return "a zero-width joiner"
	case r == '\u2060':
		return "a word joiner"
	case r == '\ufeff':
		return "a byte order mark"
	case unicode.Is(unicode.Bidi_Control, r):
		return "a text direction mark"
	case unicode.IsSpace(r):
		return "an unusual space"
	}
	return "an invisible character"
}
