// Package mask finds in a foreign text what must not be shown, however it is spelled there, and puts a mask in its place.
//
// An endpoint that repeats what it was sent does so in the spelling of its own language: "\/" and "\u002B" in JSON, "&amp;" in
// HTML, "%2B" in a URL, base64, over two lines, in capitals. Listing the spellings of a value never ends, so the text is
// what gets decoded, in all ways that it can be, again and again, and every decoded character remembers where in the text it stood.
// Then one search finds the value.
//
// It imports nothing of ours but the list of invisible characters, and keeps no state.
package mask

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// Shortest is how many characters of the beginning of a secret give it away.
const Shortest = 6

// atCut is how few characters of a value are masked where the text ends: it may have been cut there.
const atCut = 3

// maxDepth is how many spellings may be wrapped around one another.
const maxDepth = 3

// mostWork bounds what one text may cost, in its own length: a text that was made to be decoded forever is looked at no
// further.
const mostWork = 32

// Value is something to find.
type Value struct {
	// Text is the value itself. Space in it, its case and its accents do not count.
	Text string
	// Beginning says from how many characters on a beginning of the value is found too; 0: only all of it.
	Beginning int
	// Number says that the text is a phone number: it is found by its last digits, whatever stands between them.
	Number bool
}

// Mask finds values in texts. It may be used by several at once.
type Mask struct {
	stands  string
	needles []needle
	first   [256]uint16 // by the low byte of a first character, one more than the needle with it; the needles are chained
	numbers []string    // digits of phone numbers
	clean   clean
	finders sync.Pool
}

type needle struct {
	runes []rune
	least int    // characters of it that are enough
	atCut int    // that are enough where the text ends
	next  uint16 // needle with the same first character, one more than its number
	// loose says that space in the text does not count: a value in several lines.
	loose bool
}

// New makes a mask that puts stands in the place of the values.
func New(stands string, values ...Value) *Mask {
	m := &Mask{stands: stands}
	m.finders.New = func() any { return &finder{Mask: m} }
	var f folded
	for _, v := range values {
		m.add(v, &f)
	}
	return m
}

func (m *Mask) add(v Value, f *folded) {
	if v.Number {
		if digits := strings.Map(onlyDigits, v.Text); len(digits) >= leastTail {
			m.numbers = append(m.numbers, digits)
		}
		return
	}
	s := streamOf(v.Text, stream{})
	for depth := 0; ; depth++ {
		m.addNeedle(s, v.Beginning, f)
		// A value that looks as if it were spelled in some way, such as a%20b, is decoded with the text around it.
		has := marksOf(s)
		if depth == maxDepth || !has.backslash && !has.percent && !has.ampersand && !has.bytes {
			return
		}
		decoded, changed := unescape(s, stream{}, marks{backslash: true, percent: true, ampersand: true})
		if !changed {
			return
		}
		s = decoded
	}
}

func (m *Mask) addNeedle(s stream, beginning int, f *folded) {
	f.fold(s)
	if len(f.runes) == 0 || len(m.needles) == math.MaxUint16 {
		return
	}
	n := needle{runes: slices.Clone(f.runes), least: len(f.runes), loose: len(f.runes) >= Shortest || s.spaced(0, int32(len(s.runes)))}
	n.atCut = atCut + max(0, beginning-Shortest) // what a beginning needs more is known to all, such as the word Bearer
	if beginning > 0 {
		n.least = min(beginning, len(n.runes))
	}
	for _, have := range m.needles {
		if have.least == n.least && slices.Equal(have.runes, n.runes) {
			return
		}
	}
	at := byte(n.runes[0])
	n.next = m.first[at]
	m.needles = append(m.needles, n)
	m.first[at] = uint16(len(m.needles))
}

// Empty says that there is nothing to find.
func (m *Mask) Empty() bool { return len(m.needles) == 0 && len(m.numbers) == 0 }

// String masks a text.
func (m *Mask) String(text string) string {
	if len(text) < atCut || m.Empty() || m.clean.knows(text) {
		return text
	}
	f := m.finders.Get().(*finder)
	defer m.finders.Put(f)
	f.find(text)
	if len(f.spans) == 0 {
		m.clean.learn(text)
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + len(m.stands))
	done := int32(0)
	for from, to := range f.joined() {
		b.WriteString(text[done:from])
		b.WriteString(m.stands)
		done = to
	}
	b.WriteString(text[done:])
	return b.String()
}

// Bytes masks a text in bytes; without anything to mask they are the same bytes.
func (m *Mask) Bytes(text []byte) []byte {
	before := string(text)
	if after := m.String(before); after != before {
		return []byte(after)
	}
	return text
}
