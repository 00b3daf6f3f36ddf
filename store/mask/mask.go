// Package mask finds in a foreign text what must not be shown, however it is spelled there, and replaces it with a mask.
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
	// Text is the value itself. Only its letters and digits count, without case and accents, unless it has few.
	Text string
	// Beginning says from how many characters on a beginning of the value is found too; 0: only all of it.
	Beginning int
	// Pieces says that a piece out of its middle, or its end, is found too, if it is long.
	Pieces bool
	// Loose says that signs between its letters do not count, though it is short.
	Loose bool
	// Number says that the text is a phone number: it is found by its last digits, whatever stands between them.
	Number bool
}

// Mask finds values in texts. It may be used by several at once.
type Mask struct {
	stands  string
	letters needles  // that are compared by their letters and digits
	exact   needles  // that have hardly any
	numbers []string // digits of phone numbers
	clean   clean
	finders sync.Pool
}

// needles are what one way of comparing finds.
type needles struct {
	all   []needle
	first [256]uint16 // by the low byte of a first character, one more than the needle with it; the needles are chained
}

type needle struct {
	runes  []rune
	before []rune // what stands before a piece
	head   []rune // signs before the first of the letters
	tail   []rune // and behind the last
	least  int    // characters of it that are enough
	atCut  int    // that are enough where the text ends
	next   uint16 // needle with the same first character, one more than its number
	// loose says that space and signs in the text do not count: a value in several lines.
	loose bool
}

// New makes a mask that writes stands in place of the values.
func New(stands string, values ...Value) *Mask {
	m := &Mask{stands: stands}
	m.finders.New = func() any { return newFinder(m) }
	for _, v := range values {
		m.add(v)
	}
	return m
}

func (m *Mask) add(v Value) {
	if v.Number {
		if digits := strings.Map(onlyDigits, v.Text); len(digits) >= leastTail {
			m.numbers = append(m.numbers, digits)
		}
		return
	}
	s := streamOf(v.Text, stream{})
	for depth := 0; ; depth++ {
		m.addNeedle(s, v)
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

// addNeedle compares a value by its letters and digits, unless most of it is signs.
func (m *Mask) addNeedle(s stream, v Value) {
	letters, exact := folded{}, folded{exact: true}
	letters.fold(s)
	exact.fold(s)
	into, by := &m.exact, exact
	if n := len(letters.runes); n >= atCut && 2*n >= len(exact.runes) {
		into, by = &m.letters, letters
	}
	if n := len(by.runes); n > 0 {
		whole := needle{runes: by.runes, head: signs(s.runes[:by.at[0]]), tail: signs(s.runes[by.at[n-1]+1:])}
		into.add(whole, s.broken(0, int32(len(s.runes))), v)
	}
}

// signs are those among some characters.
func signs(runes []rune) []rune {
	return slices.DeleteFunc(slices.Clone(runes), func(r rune) bool { return breaks(r) || !isSign(r) })
}

const (
	// piece is how long a piece of a secret is that gives it away; one may begin at each step.
	piece, step = 10, 4
	// mostPieces bounds what a long value costs.
	mostPieces = 256
)

func (n *needles) add(whole needle, broken bool, v Value) {
	runes := whole.runes
	whole.least, whole.loose = len(runes), len(runes) >= Shortest || broken || v.Loose
	whole.atCut = atCut + max(0, v.Beginning-Shortest) // a word that everybody knows, such as Bearer, does not count towards the beginning
	if v.Beginning > 0 {
		whole.least = min(v.Beginning, len(runes))
	}
	for _, have := range n.all {
		if have.before == nil && have.least == whole.least && slices.Equal(have.runes, runes) && slices.Equal(have.head, whole.head) && slices.Equal(have.tail, whole.tail) {
			return
		}
	}
	n.chain(whole)
	for at := step; v.Pieces && at+piece <= len(runes) && at <= step*mostPieces; at += step {
		n.chain(needle{runes: runes[at:], before: runes[:at], tail: whole.tail, least: piece, atCut: piece, loose: true})
	}
}

func (n *needles) chain(one needle) {
	if len(n.all) == math.MaxUint16 {
		return
	}
	at := byte(one.runes[0])
	one.next = n.first[at]
	n.all = append(n.all, one)
	n.first[at] = uint16(len(n.all))
}

// Empty says that there is nothing to find.
func (m *Mask) Empty() bool {
	return len(m.letters.all) == 0 && len(m.exact.all) == 0 && len(m.numbers) == 0
}

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
