package template

import (
	"strings"

	"iozen/store/event/field"
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
