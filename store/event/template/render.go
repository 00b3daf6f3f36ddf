package template

import (
	"slices"
	"strings"

	"iozen/store/event/field"
	"iozen/store/strictjson"
)

// Template is a parsed template. It may be used by several at once.
type Template struct {
	root         node
	placeholders []*placeholder
}

// Placeholders are those of the template, in their order.
func (t *Template) Placeholders() []Placeholder {
	all := make([]Placeholder, len(t.placeholders))
	for i, p := range t.placeholders {
		all[i] = p.Placeholder
	}
	return all
}

// IsObject says whether what is made is a JSON object, so that it has names for the fields of a form.
func (t *Template) IsObject() bool {
	switch root := t.root.(type) {
	case *object:
		return true
	case constant:
		return root[0] == '{'
	}
	return false
}

// Render makes the JSON of an event. It is null if the whole document is one placeholder without a value. The error can
// only be a TooLargeError.
func (t *Template) Render(e field.Event) ([]byte, error) {
	r := renderer{event: e, dst: make([]byte, 0, 1<<10)}
	if !t.root.render(&r) {
		r.dst = append(r.dst, "null"...)
	}
	if r.err == nil && len(r.dst) > MaxResult {
		r.tooLarge(r.last)
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.dst, nil
}

// RenderText makes the text of a template that ParseText read. escape is applied to what placeholders insert, so that it
// means nothing where the text is shown; nil inserts it as it is.
func (t *Template) RenderText(e field.Event, escape func(string) string) (string, error) {
	r := renderer{event: e}
	var b strings.Builder
	for _, part := range t.root.(*mixed).parts {
		if part.placeholder == nil {
			b.WriteString(part.text)
			continue
		}
		v, ok := r.value(part.placeholder)
		if ok {
			text := v.String()
			if escape != nil {
				text = escape(text)
			}
			b.WriteString(text)
		}
		if b.Len() > MaxResult {
			r.tooLarge(part.placeholder)
		}
		if r.err != nil {
			return "", r.err
		}
	}
	return b.String(), nil
}

// renderer makes the body of one event.
type renderer struct {
	event field.Event
	dst   []byte
	work  int // bytes that filters have read
	last  *placeholder
	err   error
}

func (r *renderer) tooLarge(p *placeholder) {
	if r.err == nil {
		r.err = &TooLargeError{Placeholder: p.Source, Line: p.Line, Column: p.Column}
	}
}

// value is what a placeholder stands for in this event; none if it is missing.
func (r *renderer) value(p *placeholder) (v value, ok bool) {
	r.last = p
	v.raw, ok = r.event.Value(p.path)
	for _, f := range p.filters {
		switch {
		case f.otherwise != nil && !ok:
			v, ok = *f.otherwise, true
		case f.otherwise == nil && ok:
			if r.work += f.work(v); r.work > maxWork {
				r.err = &TooLargeError{Placeholder: p.Source, Line: p.Line, Column: p.Column, Filters: true}
				return value{}, false
			}
			v, ok = f.apply(v)
		}
	}
	return v, ok
}

// written notes that a placeholder was written, and whether the body is still within its bound.
func (r *renderer) written(p *placeholder) bool {
	if len(r.dst) > MaxResult {
		r.tooLarge(p)
	}
	return r.err == nil
}

// node is a part of a template. render appends it and returns true, or appends nothing that counts and returns false: its
// value is missing, or the body has become too large.
type node interface{ render(r *renderer) bool }

// constant is JSON without placeholders.
type constant []byte

func (c constant) render(r *renderer) bool {
	r.dst = append(r.dst, c...)
	return true
}

// alone is a string that is nothing but one placeholder.
type alone struct{ *placeholder }

func (a alone) render(r *renderer) bool {
	v, ok := r.value(a.placeholder)
	if !ok {
		return false
	}
	r.dst = v.appendJSON(r.dst)
	return r.written(a.placeholder)
}

// mixed is a string with placeholders between other text.
type mixed struct{ parts []part }

// part is a plain text, or a placeholder.
type part struct {
	text        string
	placeholder *placeholder
}

func (m *mixed) render(r *renderer) bool {
	r.dst = append(r.dst, '"')
	for _, part := range m.parts {
		text := part.text
		if part.placeholder != nil {
			v, _ := r.value(part.placeholder)
			text = v.String()
		}
		quoted := len(r.dst)
		r.dst = strictjson.AppendString(r.dst, text)
		r.dst = slices.Delete(r.dst[:len(r.dst)-1], quoted, quoted+1)
		if part.placeholder != nil && !r.written(part.placeholder) {
			return false
		}
	}
	r.dst = append(r.dst, '"')
	return true
}

// object is a JSON object with placeholders in it.
type object struct{ members []member }

type member struct {
	name  string
	key   []byte // quoted, with its colon
	value node
}

func (o *object) render(r *renderer) bool {
	r.dst = append(r.dst, '{')
	empty := true
	for _, m := range o.members {
		before := len(r.dst)
		if !empty {
			r.dst = append(r.dst, ',')
		}
		r.dst = append(r.dst, m.key...)
		if m.value.render(r) {
			empty = false
		} else {
			r.dst = r.dst[:before]
		}
		if r.err != nil {
			return false
		}
	}
	r.dst = append(r.dst, '}')
	return true
}

// array is a JSON array with placeholders in it.
type array struct{ elements []node }

func (a *array) render(r *renderer) bool {
	r.dst = append(r.dst, '[')
	empty := true
	for _, element := range a.elements {
		before := len(r.dst)
		if !empty {
			r.dst = append(r.dst, ',')
		}
		if element.render(r) {
			empty = false
		} else {
			r.dst = r.dst[:before]
		}
		if r.err != nil {
			return false
		}
	}
	r.dst = append(r.dst, ']')
	return true
}

// settled is the object as one constant if nothing in it depends on the event.
func (o *object) settled() node {
	for _, m := range o.members {
		if _, ok := m.value.(constant); !ok {
			return o
		}
	}
	r := renderer{}
	o.render(&r)
	return constant(r.dst)
}

// settled is the array as one constant if nothing in it depends on the event.
func (a *array) settled() node {
	for _, element := range a.elements {
		if _, ok := element.(constant); !ok {
			return a
		}
	}
	r := renderer{}
	a.render(&r)
	return constant(r.dst)
}

// nameNeighbours tells the placeholders of an object which plain texts stand beside them.
func (o *object) nameNeighbours() {
	const longest = 64 // characters of a name
	var names []string
	for _, m := range o.members {
		if c, ok := m.value.(constant); ok && c[0] == '"' && len(c) <= longest {
			names = append(names, strictjson.Unquote(append([]byte(nil), c...)))
		}
	}
	for _, m := range o.members {
		switch v := m.value.(type) {
		case alone:
			v.Names = names
		case *mixed:
			for _, part := range v.parts {
				if part.placeholder != nil {
					part.placeholder.Names = names
				}
			}
		}
	}
}
