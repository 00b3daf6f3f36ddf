package mask

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"iozen/store/text"
)

// stream is a text as it is decoded so far: its characters, and for each where in the first text it began. Bytes that are
// not UTF-8 become the characters of Latin-1 with the same number.
type stream struct {
	runes  []rune
	starts []int32
	whole  int32 // where the last character ends
}

func (s stream) empty() stream { return stream{runes: s.runes[:0], starts: s.starts[:0]} }

// sized has room for so many characters.
func (s stream) sized(n int) stream {
	s = s.empty()
	s.runes, s.starts = slices.Grow(s.runes, n), slices.Grow(s.starts, n)
	return s
}

// streamOf reads a text into the buffers of another stream.
func streamOf(from string, s stream) stream {
	s = s.sized(len(from))
	s.whole = int32(len(from))
	for i := 0; i < len(from); {
		r, size := rune(from[i]), 1
		if r >= utf8.RuneSelf {
			if decoded, n := utf8.DecodeRuneInString(from[i:]); n > 1 {
				r, size = decoded, n
			}
		}
		if !text.IsInvisible(r) {
			s.push(r, int32(i))
		}
		i += size
	}
	return s
}

func (s *stream) push(r rune, start int32) {
	s.runes, s.starts = append(s.runes, r), append(s.starts, start)
}

// end is where a character ends in the first text: all that one escape stands for ends with it.
func (s stream) end(i int) int32 {
	for start := s.starts[i]; i < len(s.starts); i++ {
		if s.starts[i] > start {
			return s.starts[i]
		}
	}
	return s.whole
}

// broken says that space or a sign stands between two characters.
func (s stream) broken(from, to int32) bool {
	return slices.ContainsFunc(s.runes[from:to], func(r rune) bool { return r >= 0 && (text.IsSpace(r) || isSign(r)) && !text.IsInvisible(r) })
}

// cutAt is from which character on only the dots follow that say that a text was cut, if it ends where the first text does.
func (s stream) cutAt(end int) int32 {
	last := len(s.runes) - 1
	if last < 0 || int(s.end(last)) != end {
		return math.MaxInt32
	}
	for last > 0 && strings.ContainsRune(".… ", s.runes[last]) {
		last--
	}
	return int32(last)
}

// joinBytes makes characters of bytes that are UTF-8 together, wherever they came from: %C3%B6 is one letter, also where a
// line was broken in it. What is invisible then goes.
func (s *stream) joinBytes() {
	out := 0
	for i := 0; i < len(s.runes); {
		r, n := s.utf8At(i)
		if !text.IsInvisible(r) {
			s.runes[out], s.starts[out] = r, s.starts[i]
			out++
		}
		i += n
	}
	s.runes, s.starts = s.runes[:out], s.starts[:out]
}

func (s *stream) utf8At(i int) (r rune, n int) {
	if s.runes[i] < 0xc2 || s.runes[i] > 0xf4 {
		return s.runes[i], 1
	}
	var raw [utf8.UTFMax]byte
	have := 0
	for n = i; n < len(s.runes) && have < len(raw); n++ {
		r := s.runes[n]
		if have > 0 && r >= 0 && r <= ' ' {
			continue
		}
		if r < 0x80 || r > 0xff {
			break
		}
		raw[have] = byte(r)
		if have++; utf8.FullRune(raw[:have]) {
			if r, size := utf8.DecodeRune(raw[:have]); size == have && size > 1 {
				return r, n + 1 - i
			}
			break
		}
	}
	return s.runes[i], 1
}
