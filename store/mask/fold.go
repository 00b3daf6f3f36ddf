package mask

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"iozen/store/text"
)

// folded is a stream as it is compared: its letters and digits alone, without case, accents and width, since every language, form and
// address puts other signs between them. exact takes signs too, for values that have little else; then only space, and the plus that
// stands for it, are left out.
type folded struct {
	exact bool
	runes []rune
	at    []int32 // where in the stream
	known map[rune][]rune
}

func (f *folded) fold(s stream) {
	f.runes, f.at = slices.Grow(f.runes[:0], len(s.runes)), slices.Grow(f.at[:0], len(s.runes))
	for i, r := range s.runes {
		switch {
		case r >= 'A' && r <= 'Z':
			f.runes, f.at = append(f.runes, r+'a'-'A'), append(f.at, int32(i))
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == nothing || f.exact && r > ' ' && r < 0x7f && r != '+':
			f.runes, f.at = append(f.runes, r), append(f.at, int32(i))
		case r >= 0xa0:
			f.foldWide(r, int32(i))
		}
	}
}

func (f *folded) foldWide(r rune, at int32) {
	plain, known := f.known[r]
	if !known {
		plain = f.foldRune(r)
		if f.known == nil {
			f.known = map[rune][]rune{}
		}
		f.known[r] = plain
	}
	for _, r := range plain {
		f.runes, f.at = append(f.runes, r), append(f.at, at)
	}
}

// foldRune is what a character is compared as.
func (f *folded) foldRune(r rune) (plain []rune) {
	if text.IsInvisible(r) || text.IsSpace(r) {
		return nil
	}
	for _, part := range norm.NFKD.String(string(r)) {
		part = unicode.ToLower(unicode.ToUpper(part))
		if letters, ok := withoutAccent[part]; ok {
			plain = append(plain, []rune(letters)...)
			continue
		}
		if unicode.Is(unicode.Mn, part) || text.IsInvisible(part) || text.IsSpace(part) || part == '+' || !f.exact && isSign(part) {
			continue
		}
		plain = append(plain, part)
	}
	return plain
}

// isSign says that a character is neither a letter nor a digit, nor part of one.
func isSign(r rune) bool {
	return r > 0 && !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
}

// withoutAccent are letters that Unicode does not take apart.
var withoutAccent = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t",
}
