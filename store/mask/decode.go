package mask

import (
	"html"
	"unicode/utf16"

	"iozen/store/text"
)

// marks says which kinds of spelling may be in a text, by the characters that they begin with.
type marks struct {
	backslash, percent, ampersand bool
	equals                        bool // before two hexadecimal digits
	wrap                          bool // an equals sign at the end of a line
	tags                          bool // markup, as in a<br>b
	bytes                         bool // bytes that may be UTF-8 together
	mixed                         bool // an escape that is broken off by one of another kind
}

func marksOf(s stream) (m marks) {
	for i, r := range s.runes {
		switch r {
		case '\\':
			m.backslash = true
			m.mixed = m.mixed || brokenOff(s, i, 5)
		case '%':
			m.percent = true
			m.mixed = m.mixed || brokenOff(s, i, 2)
		case '&':
			m.ampersand = true
			m.mixed = m.mixed || brokenOff(s, i, 8)
		case '<':
			m.tags = m.tags || tagEnd(s, i) > 0
		case '=':
			c := cursor{s: s, i: i + 1}
			if c.endsLine() {
				m.wrap = true
			}
			if _, n := c.hex(2); n == 2 {
				m.equals = true
			}
		}
		m.bytes = m.bytes || r >= 0xc2 && r <= 0xf4
	}
	return m
}

// brokenOff says that so many characters behind one that begins an escape, and before that escape can be over, another begins.
func brokenOff(s stream, i, within int) bool {
	for _, r := range s.runes[i+1 : min(len(s.runes), i+1+within)] {
		switch {
		case r == '\\' || r == '%' || r == '&':
			return r != s.runes[i]
		case !isLetter(r) && (r < '0' || r > '9') && r != '#' && !breaks(r):
			return false
		}
	}
	return false
}

// decoders are the ways to decode a text that has these marks. Each returns whether it found anything to decode.
func (m marks) decoders(into []decoder) []decoder {
	into = append(into[:0], fromBase64, fromHex)
	// The escapes of JSON, of programming languages, of HTML and of URLs hardly ever look like one another, so they are
	// decoded at once. Where one breaks off another, each alone too: in &amp%3B the semicolon is of another kind than what it
	// ends.
	if m.backslash || m.percent || m.ampersand || m.bytes {
		into = append(into, escapes(marks{backslash: true, percent: true, ampersand: true}))
	}
	if m.mixed {
		into = append(into, escapes(marks{backslash: true}), escapes(marks{percent: true}), escapes(marks{ampersand: true}))
	}
	if m.tags {
		into = append(into, withoutTags)
	}
	// Quoted-printable: an equals sign begins a byte, or ends a line that goes on, and either may be meant as it stands.
	if m.equals {
		into = append(into, equals(marks{equals: true}))
	}
	if m.wrap {
		into = append(into, equals(marks{wrap: true}))
	}
	if m.equals && m.wrap {
		into = append(into, equals(marks{equals: true, wrap: true}))
	}
	return into
}

// mostMarkup is how deep in other spellings markup is looked for.
const mostMarkup = 1

// withoutTags leaves out what a page shows nothing of: a value may go over several lines, or be marked within.
func withoutTags(s, into stream) (stream, bool) {
	into = into.sized(len(s.runes))
	into.whole = s.whole
	for i := 0; i < len(s.runes); i++ {
		if end := tagEnd(s, i); end > 0 {
			i = end
			continue
		}
		into.push(s.runes[i], s.starts[i])
	}
	return into, len(into.runes) < len(s.runes)
}

// tagEnd is where the tag ends that begins here; 0: none begins.
func tagEnd(s stream, i int) int {
	const longest = 128
	if s.runes[i] != '<' || i+1 == len(s.runes) || !isLetter(s.runes[i+1]) && s.runes[i+1] != '/' && s.runes[i+1] != '!' {
		return 0
	}
	for end := i + 2; end < min(len(s.runes), i+longest); end++ {
		switch s.runes[end] {
		case '>':
			return end
		case '<':
			return 0
		}
	}
	return 0
}

type decoder func(s, into stream) (stream, bool)

// escapes decodes some kinds of escapes. A line may have been broken in the middle of one.
func escapes(of marks) decoder {
	return func(s, into stream) (stream, bool) { return unescape(s, into, of) }
}

func unescape(s, into stream, k marks) (stream, bool) {
	into = into.sized(len(s.runes))
	into.whole = s.whole
	changed := false
	for i := 0; i < len(s.runes); {
		c := cursor{s: s, i: i + 1}
		ok := false
		switch r := s.runes[i]; {
		case r == '\\' && k.backslash:
			ok = c.backslash(&into, s.starts[i])
		case r == '%' && k.percent:
			ok = c.percent(&into, s.starts[i])
		case r == '&' && k.ampersand:
			ok = c.entity(&into, s.starts[i])
		}
		if ok {
			i, changed = c.i, true
			continue
		}
		into.push(s.runes[i], s.starts[i])
		i++
	}
	into.joinBytes()
	return into, changed || len(into.runes) < len(s.runes)
}

// cursor reads the characters of an escape, and passes over what breaks it: space and what nobody sees.
type cursor struct {
	s stream
	i int // of the next character
}

// next takes a character; 0: the text has ended.
func (c *cursor) next() rune {
	for c.i < len(c.s.runes) {
		r := c.s.runes[c.i]
		c.i++
		if !breaks(r) {
			return r
		}
	}
	return 0
}

// takes takes a character if it is the one that is expected.
func (c *cursor) takes(want rune) bool {
	now := c.i
	if c.next() == want {
		return true
	}
	c.i = now
	return false
}

// hex takes up to so many hexadecimal digits; n is how many there were.
func (c *cursor) hex(most int) (r rune, n int) {
	for ; n < most; n++ {
		now := c.i
		d := hexDigit(c.next())
		if d < 0 {
			c.i = now
			break
		}
		r = r<<4 | d
	}
	return r, n
}

func breaks(r rune) bool {
	return r >= 0 && r <= ' ' || r > 0x7f && (text.IsSpace(r) || text.IsInvisible(r))
}

// backslash decodes \/ and \n, \u00f6 and \u{f6}, \x2b and \053.
func (c *cursor) backslash(into *stream, start int32) bool {
	if here := *c; c.i < len(c.s.runes) && breaks(c.s.runes[c.i]) {
		if r := c.next(); r != 'u' && r != 'U' && r != 'x' && (r < '0' || r > '7') { // the line goes on
			*c = here
			return true
		}
		*c = here
	}
	switch r := c.next(); r {
	case 'n', 'r', 't', 'b', 'f', 'v', 'a':
		into.push('\n', start) // which of them does not count
		return true
	case 'u':
		if c.takes('{') {
			r, n := c.hex(6)
			into.push(r, start)
			return n > 0 && c.takes('}')
		}
		return c.utf16(into, start)
	case 'U':
		return c.fixed(into, start, 8)
	case 'x':
		return c.fixed(into, start, 2)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		r -= '0'
		for n := 1; n < 3; n++ {
			now := c.i
			d := c.next()
			if d < '0' || d > '7' {
				c.i = now
				break
			}
			r = r<<3 | (d - '0')
		}
		into.push(r, start)
		return true
	default:
		if r > ' ' && r < 0x7f && !isLetter(r) {
			into.push(r, start)
			return true
		}
	}
	return false
}

func (c *cursor) utf16(into *stream, start int32) bool {
	r, n := c.hex(4)
	if n < 4 {
		return false
	}
	if utf16.IsSurrogate(r) {
		after := *c
		if after.takes('\\') && after.takes('u') {
			low, n := after.hex(4)
			if whole := utf16.DecodeRune(r, low); n == 4 && whole != '\uFFFD' {
				r, *c = whole, after
			}
		}
	}
	into.push(r, start)
	return true
}

func (c *cursor) fixed(into *stream, start int32, digits int) bool {
	r, n := c.hex(digits)
	if n < digits {
		return false
	}
	into.push(r, start)
	return true
}

// percent decodes %C3%B6, byte by byte, and the %u00f6 of old scripts.
func (c *cursor) percent(into *stream, start int32) bool {
	if c.takes('u') || c.takes('U') {
		return c.fixed(into, start, 4)
	}
	return c.fixed(into, start, 2)
}

// common are the entities that nearly every page has.
var common = map[string]rune{"&amp;": '&', "&lt;": '<', "&gt;": '>', "&quot;": '"', "&#34;": '"', "&#39;": '\'', "&nbsp;": ' '}

// entity decodes what HTML writes after an ampersand, by name or number.
func (c *cursor) entity(into *stream, start int32) bool {
	const longest = 32
	var buffer [longest + 2]byte
	raw := append(buffer[:0], '&')
	for len(raw) <= longest {
		now := c.i
		r := c.next()
		if !isLetter(r) && (r < '0' || r > '9') && (r != '#' || len(raw) > 1) {
			c.i = now
			break
		}
		raw = append(raw, byte(r))
	}
	if len(raw) == 1 {
		return false
	}
	if c.takes(';') {
		raw = append(raw, ';')
	}
	if r, ok := common[string(raw)]; ok {
		into.push(r, start)
		return true
	}
	decoded := html.UnescapeString(string(raw))
	if decoded == string(raw) {
		return false
	}
	for _, r := range decoded {
		into.push(r, start)
	}
	return true
}

// equals decodes what equals signs are for in quoted-printable.
func equals(of marks) decoder {
	return func(s, into stream) (stream, bool) { return unquote(s, into, of) }
}

func unquote(s, into stream, of marks) (stream, bool) {
	into = into.sized(len(s.runes))
	into.whole = s.whole
	changed := false
	for i := 0; i < len(s.runes); {
		c := cursor{s: s, i: i + 1}
		if s.runes[i] == '=' && (of.wrap && c.endsLine() || of.equals && c.fixed(&into, s.starts[i], 2)) {
			i, changed = c.i, true
			continue
		}
		into.push(s.runes[i], s.starts[i])
		i++
	}
	into.joinBytes()
	return into, changed
}

// endsLine takes the rest of a line if it is empty.
func (c *cursor) endsLine() bool {
	for i := c.i; i < len(c.s.runes); i++ {
		switch c.s.runes[i] {
		case ' ', '\t':
		case '\n', '\r':
			if c.i = i + 1; c.s.runes[i] == '\r' && c.i < len(c.s.runes) && c.s.runes[c.i] == '\n' {
				c.i++
			}
			return true
		default:
			return false
		}
	}
	return false
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' && r < 0x80 }

func hexDigit(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r - '0'
	case r >= 'a' && r <= 'f':
		return r - 'a' + 10
	case r >= 'A' && r <= 'F':
		return r - 'A' + 10
	}
	return -1
}
