package mask

import (
	"iter"
	"slices"
	"unicode"
)

// finder is what one search needs to remember. It is used again for the next.
type finder struct {
	*Mask
	spans []span
	free  []stream // buffers to use again

	letters, exact folded

	looked int // how many characters were, at all depths
	most   int // how many may be

	digits   []byte // of the number that is read just now
	digitsAt []int32
}

func newFinder(m *Mask) *finder { return &finder{Mask: m, exact: folded{exact: true}} }

// find marks where in a text something is to be masked.
func (f *finder) find(text string) {
	f.spans, f.looked, f.most = f.spans[:0], 0, mostWork*len(text)+4<<10
	f.look(streamOf(text, f.take()), len(text), 0)
}

// joined are the places in their order, those that touch as one.
func (f *finder) joined() iter.Seq2[int32, int32] {
	slices.SortFunc(f.spans, func(a, b span) int { return int(a.from - b.from) })
	return func(yield func(from, to int32) bool) {
		for i := 0; i < len(f.spans); {
			from, to := f.spans[i].from, f.spans[i].to
			for i++; i < len(f.spans) && f.spans[i].from <= to; i++ {
				to = max(to, f.spans[i].to)
			}
			if !yield(from, to) {
				return
			}
		}
	}
}

// look searches a text that is decoded so far, and everything that it may be decoded to. It takes the stream.
func (f *finder) look(s stream, end, depth int) {
	defer f.give(s)
	f.looked += len(s.runes)
	f.findNeedles(&f.Mask.letters, &f.letters, s, end)
	f.findNeedles(&f.Mask.exact, &f.exact, s, end)
	if len(f.numbers) > 0 {
		f.findNumbers(s)
	}
	if depth == maxDepth {
		return
	}
	has := marksOf(s)
	has.tags = has.tags && depth <= mostMarkup
	for _, decode := range has.decoders(nil) {
		if f.looked > f.most {
			return
		}
		if decoded, changed := decode(s, f.take()); changed {
			f.look(decoded, end, depth+1)
		} else {
			f.give(decoded)
		}
	}
}

func (f *finder) take() stream {
	if n := len(f.free); n > 0 {
		s := f.free[n-1]
		f.free = f.free[:n-1]
		return s.empty()
	}
	return stream{}
}

func (f *finder) give(s stream) { f.free = append(f.free, s) }

type span struct{ from, to int32 }

// findNeedles marks each place where a value, or enough of its beginning, stands.
func (f *finder) findNeedles(needles *needles, text *folded, s stream, end int) {
	if len(needles.all) == 0 {
		return
	}
	text.fold(s)
	cutAt := s.cutAt(end)
	for i := 0; i < len(text.runes); i++ {
		longest, from, to := 0, 0, 0
		for at := needles.first[byte(text.runes[i])]; at > 0; at = needles.all[at-1].next {
			n := &needles.all[at-1]
			same := commonBeginning(text.runes[i:], n.runes)
			cut := same >= n.atCut && i+same == len(text.runes) && text.at[i+same-1] >= cutAt
			if same < n.least && !cut || !n.loose && s.broken(text.at[i], text.at[i+same-1]) {
				continue
			}
			begins := int(text.at[i-commonEnd(text.runes[:i], n.before)])
			begins -= signsBefore(s.runes[:begins], n.head)
			ends := int(text.at[i+same-1])
			if same == len(n.runes) {
				ends += signsAfter(s.runes[ends+1:], n.tail)
			}
			if longest == 0 {
				from = begins
			}
			longest, from, to = max(longest, same), min(from, begins), max(to, ends)
		}
		if longest == 0 {
			continue
		}
		f.spans = append(f.spans, span{s.starts[from], s.end(to)})
		// Nothing else begins in the middle of so much. It keeps a long value in a long text cheap.
		i += max(0, longest-4*Shortest)
	}
}

// signsAfter is how many characters at the beginning of a text are the signs that a value ends with.
func signsAfter(runes, signs []rune) (n int) {
	for i := 0; i < len(runes) && len(signs) > 0; i++ {
		switch {
		case runes[i] == signs[0]:
			signs, n = signs[1:], i+1
		case !breaks(runes[i]) && !unicode.IsMark(runes[i]) && runes[i] != '+':
			return n
		}
	}
	return n
}

// signsBefore is how many at its end are those that it begins with.
func signsBefore(runes, signs []rune) (n int) {
	for i := len(runes) - 1; i >= 0 && len(signs) > 0; i-- {
		switch {
		case runes[i] == signs[len(signs)-1]:
			signs, n = signs[:len(signs)-1], len(runes)-i
		case !breaks(runes[i]) && !unicode.IsMark(runes[i]) && runes[i] != '+':
			return n
		}
	}
	return n
}

func commonEnd(a, b []rune) (n int) {
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

func commonBeginning(a, b []rune) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
