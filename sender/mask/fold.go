package mask

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"iozen/store/text"
)

// folded is a stream as it is compared: without space, invisible and control characters, without case, accents and width. A
// plus is left out too: in a form it stands for a space.
type folded struct {
	runes []rune
	at    []int32 // where in the stream
	known map[rune][]rune
}

func (f *folded) fold(s stream) {
	f.runes, f.at = slices.Grow(f.runes[:0], len(s.runes)), slices.Grow(f.at[:0], len(s.runes))
	for i, r := range s.runes {
		switch {
		case r > ' ' && r < 0x7f && r != '+':
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			f.runes, f.at = append(f.runes, r), append(f.at, int32(i))
		case r >= 0xa0 || r == nothing:
			f.foldWide(r, int32(i))
		}
	}
}

func (f *folded) foldWide(r rune, at int32) {
	if r == nothing {
		f.runes, f.at = append(f.runes, r), append(f.at, at)
		return
	}
	plain, known := f.known[r]
	if !known {
		plain = foldRune(r)
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
func foldRune(r rune) (plain []rune) {
	if text.IsInvisible(r) || text.IsSpace(r) {
		return nil
	}
	for _, part := range norm.NFKD.String(string(r)) {
		switch {
		case part == '+', unicode.Is(unicode.Mn, part), text.IsInvisible(part), text.IsSpace(part):
		case part == 'ß' || part == 'ẞ':
			plain = append(plain, 's', 's')
		default:
			plain = append(plain, unicode.ToLower(unicode.ToUpper(part)))
		}
	}
	return plain
}
