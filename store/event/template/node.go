package template

import (
	"slices"

	"iozen/store/strictjson"
)

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
