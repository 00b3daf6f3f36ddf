package template

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"iozen/store/strictjson"
)

// stringValue reads a string with its placeholders.
func (d *document) stringValue() node {
	text, at := d.string()
	if d.failed {
		return nil
	}
	parts := d.parts(text, at)
	pointer := ""
	for _, name := range d.pointer {
		pointer = strictjson.Pointer(pointer, name)
	}
	dynamic := false
	for _, part := range parts {
		if part.placeholder != nil {
			part.placeholder.Pointer, dynamic = pointer, true
		}
	}
	switch {
	case !dynamic:
		return constant(strictjson.AppendString(nil, text))
	case len(parts) == 1:
		return alone{parts[0].placeholder}
	}
	return &mixed{parts}
}

// string reads a string, and tells where in the template each byte of its text stands.
func (d *document) string() (text string, at func(int) int) {
	begin := d.pos
	end, escaped := d.endOfString()
	if d.failed {
		return "", nil
	}
	d.pos = end + 1
	inside := d.text[begin+1 : end]
	if !escaped {
		return inside, func(i int) int { return begin + 1 + i }
	}
	return d.unescaped(begin+1, inside)
}

// endOfString finds the closing quote.
func (d *document) endOfString() (end int, escaped bool) {
	for i := d.pos + 1; i < len(d.text); i++ {
		switch b := d.text[i]; {
		case b == '"':
			return i, escaped
		case b == '\\':
			escaped = true
			i++
		case b == '\n' || b == '\r':
			d.fail(d.pos, "this text is not closed on its line; end it with \", and write \\n for a line break")
			return 0, false
		case b < ' ':
			d.fail(i, "there is a control character (%U) here; remove it, or write \\t for a tab", rune(b))
			return 0, false
		}
	}
	d.fail(d.pos, "this text is not closed; end it with \"")
	return 0, false
}

// unescaped decodes a string piece by piece.
func (d *document) unescaped(begin int, inside string) (string, func(int) int) {
	var (
		b       strings.Builder
		offsets []int // in the template, of each byte
	)
	for i := 0; i < len(inside); {
		length := 1
		piece := inside[i : i+1]
		if inside[i] == '\\' {
			var ok bool
			if piece, length, ok = unescape(inside[i:]); !ok {
				d.fail(begin+i, "\\ begins an escape such as \\n or \\u00e9; for a backslash itself write \\\\")
				return "", nil
			}
		}
		for range len(piece) {
			offsets = append(offsets, begin+i)
		}
		b.WriteString(piece)
		i += length
	}
	return b.String(), func(i int) int {
		if i >= len(offsets) {
			return begin + len(inside)
		}
		return offsets[i]
	}
}

// unescape decodes the escape at the beginning of a text; a surrogate pair is one.
func unescape(text string) (piece string, length int, ok bool) {
	length = 2
	if len(text) > 1 && text[1] == 'u' {
		length = 6
	}
	if len(text) < length {
		return "", 0, false
	}
	if json.Unmarshal([]byte(`"`+text[:length]+`"`), &piece) != nil {
		return "", 0, false
	}
	if piece != string(utf8.RuneError) || strings.EqualFold(text[:length], `\uFFFD`) {
		return piece, length, true
	}
	const pair = 12 // bytes of \ud83d\ude00
	if len(text) < pair || json.Unmarshal([]byte(`"`+text[:pair]+`"`), &piece) != nil {
		return "", 0, false
	}
	_, first := utf8.DecodeRuneInString(piece)
	return piece, pair, first == len(piece)
}
