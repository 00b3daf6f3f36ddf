package template

import (
	"strconv"
	"strings"

	"iozen/store/strictjson"
)

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
	o.members = append(o.members, member{key: append(strictjson.AppendString(nil, name), ':'), value: d.value()})
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
