package template

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"iozen/store/strictjson"
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

func (d *document) enter() bool {
	if d.depth++; d.depth > MaxDepth {
		d.fail(d.pos, "objects and lists are nested more than %d deep", MaxDepth)
	}
	d.pos++
	return !d.failed
}

func (d *document) object() node {
	o := &object{}
	begin := d.pos
	if !d.enter() {
		return o
	}
	seen := map[string]bool{}
	for first := true; ; first = false {
		if d.space(); first && d.next('}') {
			break
		}
		d.member(o, seen)
		if d.failed || !d.more('}', begin) {
			break
		}
	}
	d.depth--
	o.nameNeighbours()
	return o.settled()
}

func (d *document) member(o *object, seen map[string]bool) {
	switch {
	case d.pos == len(d.text):
		d.fail(d.pos, "the template ends too early: a } is missing")
		return
	case d.text[d.pos] == '}':
		d.fail(d.pos, "remove the comma before this }")
		return
	case strings.HasPrefix(d.text[d.pos:], opening) || d.text[d.pos] != '"':
		d.failQuote("names")
		return
	}
	at := d.pos
	name, _ := d.string()
	if d.failed {
		return
	}
	if strings.Contains(name, opening) {
		d.refuse(at, "placeholders belong in values, not in names")
	}
	if seen[name] {
		d.refuse(at, "the name %s is used twice in this object", quoted(name))
	}
	seen[name] = true
	if d.space(); !d.next(':') {
		d.fail(d.pos, "a colon (:) is missing after the name %s", quoted(name))
		return
	}
	d.pointer = append(d.pointer, name)
	o.members = append(o.members, member{name: name, key: append(strictjson.AppendString(nil, name), ':'), value: d.value()})
	d.pointer = d.pointer[:len(d.pointer)-1]
}

func (d *document) array() node {
	a := &array{}
	begin := d.pos
	if !d.enter() {
		return a
	}
	for first := true; ; first = false {
		if d.space(); first && d.next(']') {
			break
		}
		if d.pos < len(d.text) && d.text[d.pos] == ']' {
			d.fail(d.pos, "remove the comma before this ]")
		}
		d.pointer = append(d.pointer, strconv.Itoa(len(a.elements)))
		a.elements = append(a.elements, d.value())
		d.pointer = d.pointer[:len(d.pointer)-1]
		if d.failed || !d.more(']', begin) {
			break
		}
	}
	d.depth--
	return a.settled()
}

// more steps over a comma, or over the closing bracket.
func (d *document) more(bracket byte, begin int) bool {
	d.space()
	switch {
	case d.next(','):
		return true
	case d.next(bracket):
		return false
	case d.pos == len(d.text):
		line, _ := place(d.text, begin)
		d.fail(d.pos, "the template ends too early: a %c is missing for the %c of line %d", bracket, d.text[begin], line)
	case d.text[d.pos] == '}' || d.text[d.pos] == ']':
		d.fail(d.pos, "a %c is missing before this %c", bracket, d.text[d.pos])
	case d.text[d.pos] == ':':
		d.fail(d.pos, "a colon (:) belongs only after a name inside { }")
	default:
		d.fail(d.pos, "a comma (,) is missing before this")
	}
	return false
}

// next steps over a byte, if it comes next.
func (d *document) next(b byte) bool {
	if d.pos == len(d.text) || d.text[d.pos] != b {
		return false
	}
	d.pos++
	return true
}

func (d *document) number() node {
	begin := d.pos
	for d.pos < len(d.text) && (isWord(d.text[d.pos]) || strings.IndexByte("+-.", d.text[d.pos]) >= 0) {
		d.pos++
	}
	text := d.text[begin:d.pos]
	if !strictjson.IsNumberText(text) {
		d.fail(begin, "%s is not a number; put text in double quotes (\")", quoted(clip(text)))
	}
	return constant(text)
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
		d.fail(begin, "put text in double quotes: \"%s\"", clip(word))
	}
	return nil
}

// space steps over what JSON takes for white space. Other spaces come along with text that is copied from pages.
func (d *document) space() {
	for d.pos < len(d.text) {
		switch r, _ := utf8.DecodeRuneInString(d.text[d.pos:]); {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			d.pos++
		case r >= utf8.RuneSelf && trimmed(string(r)) == "":
			d.fail(d.pos, "there is an unusual space (%U) here; type a plain one", r)
			return
		default:
			return
		}
	}
}

func clip(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
