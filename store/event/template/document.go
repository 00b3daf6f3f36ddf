package template

import (
	"strings"
	"unicode/utf8"

	"iozen/store/strictjson"
	"iozen/store/text"
)

// document reads JSON with placeholders in its strings. It is a reader of its own because a person types the text: an
// error has a place, and says what to write instead.
type document struct {
	*parser
	pos     int
	depth   int
	pointer []string // names that lead to the value that is read
	failed  bool
}

func (d *document) fail(offset int, format string, args ...any) {
	if !d.failed {
		d.failed = true
		d.refuse(offset, format, args...)
	}
}

func (d *document) whole() (root node, ok bool) {
	d.text = strings.TrimPrefix(d.text, "\ufeff")
	if d.space(); d.pos == len(d.text) {
		d.fail(0, "the template is empty; begin with {")
		return nil, false
	}
	root = d.value()
	if d.space(); !d.failed && d.pos < len(d.text) {
		d.fail(d.pos, "the document has already ended; remove this, or move it inside the brackets")
	}
	return root, !d.failed
}

// value reads what comes next. After a failure its result does not count.
func (d *document) value() node {
	if d.enough() {
		d.failed = true
		return nil
	}
	if d.space(); d.pos == len(d.text) {
		d.fail(d.pos, "the template ends too early: a value is missing")
		return nil
	}
	switch b := d.text[d.pos]; {
	case strings.HasPrefix(d.text[d.pos:], opening):
		d.fail(d.pos, "put the placeholder in quotes: \"{{…}}\". Numbers still stay numbers")
	case b == '{':
		return d.object()
	case b == '[':
		return d.array()
	case b == '"':
		return d.stringValue()
	case b == '-' || b >= '0' && b <= '9':
		return d.number()
	case isWord(b):
		return d.word()
	case b == '}' || b == ']' || b == ',':
		d.fail(d.pos, "a value is missing before this %c", b)
	default:
		d.failQuote("text")
	}
	return nil
}

// failQuote refuses what should have been a text in double quotes.
func (d *document) failQuote(what string) {
	r, _ := utf8.DecodeRuneInString(d.text[d.pos:])
	switch {
	case strings.ContainsRune("'‘’‚‛“”„‟«»`´", r):
		d.fail(d.pos, "put %s in straight double quotes (\"), not %c", what, r)
	case r == '/' || r == '#':
		d.fail(d.pos, "JSON has no comments; remove this")
	default:
		d.fail(d.pos, "put %s in double quotes (\")", what)
	}
}

func (d *document) number() node {
	begin := d.pos
	for d.pos < len(d.text) && (isWord(d.text[d.pos]) || strings.IndexByte("+-.", d.text[d.pos]) >= 0) {
		d.pos++
	}
	typed := d.text[begin:d.pos]
	if !strictjson.IsNumberText(typed) {
		d.fail(begin, "%s is not a number; put text in double quotes (\")", quoted(text.Clip(typed, maxQuoted)))
	}
	return constant(typed)
}

func (d *document) word() node {
	begin := d.pos
	for d.pos < len(d.text) && isWord(d.text[d.pos]) {
		d.pos++
	}
	switch word := d.text[begin:d.pos]; word {
	case "true", "false", "null":
		return constant(word)
	default:
		d.fail(begin, "put text in double quotes: \"%s\"", text.Clip(word, maxQuoted))
	}
	return nil
}

// space steps over what JSON takes for white space. Other spaces come along with text that is copied from pages.
func (d *document) space() {
	for d.pos < len(d.text) {
		switch r, _ := utf8.DecodeRuneInString(d.text[d.pos:]); {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			d.pos++
		case r >= utf8.RuneSelf && text.Trim(string(r)) == "":
			d.fail(d.pos, "there is an unusual space (%U) here; type a plain one", r)
			return
		default:
			return
		}
	}
}

// maxQuoted bounds how much of a template a problem repeats.
const maxQuoted = 40
