package mask

import (
	"iter"
	"slices"
)

// finder is what one search needs to remember. It is used again for the next.
type finder struct {
	*Mask
	spans  []span
	free   []stream // buffers to use again
	folded folded

	looked int // how many characters were, at all depths
	most   int // how many may be

	digits   []byte // of the number that is read just now
	digitsAt []int32
}

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
	f.folded.fold(s)
	f.findNeedles(s, end)
	if len(f.numbers) > 0 {
		f.findNumbers(s)
	}
	if depth == maxDepth {
		return
	}
	for _, decode := range marksOf(s).decoders(nil) {
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
func (f *finder) findNeedles(s stream, end int) {
	text := &f.folded
	for i := 0; i < len(text.runes); i++ {
		longest := 0
		for at := f.first[byte(text.runes[i])]; at > 0; at = f.needles[at-1].next {
			n := &f.needles[at-1]
			same := commonBeginning(text.runes[i:], n.runes)
			cut := same >= n.atCut && i+same == len(text.runes) && int(s.end(int(text.at[i+same-1]))) == end
			if same < n.least && !cut || !n.loose && s.spaced(text.at[i], text.at[i+same-1]) {
				continue
			}
			longest = max(longest, same)
		}
		if longest == 0 {
			continue
		}
		f.spans = append(f.spans, span{s.starts[text.at[i]], s.end(int(text.at[i+longest-1]))})
		// Nothing else begins in the middle of so much. It keeps a long value in a long text cheap.
		i += max(0, longest-4*Shortest)
	}
}

func commonBeginning(a, b []rune) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
