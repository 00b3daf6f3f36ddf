package format

import (
	"fmt"
	"strings"

	"iozen/store/event/field"
	"iozen/store/event/template"
	"iozen/store/option"
	"iozen/store/strictjson"
)

// Place is where in a format the value is made that an endpoint complains of.
type Place struct {
	Named        string // as the endpoint calls it: email
	Field        string // of the event: user_data.email
	Pointer      string // JSON Pointer into the body: /properties/email
	Placeholder  string // as it stands in the template; "" without a template
	Line, Column int    // in the template; 0 without one
}

// String is the place in a sentence: "“email” comes from {{user_data.email}} in line 3, column 14 of the format."
func (p Place) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("“%s” comes from %s of the event.", p.Named, p.Field)
	}
	return fmt.Sprintf("“%s” comes from %s in line %d, column %d of the format.", p.Named, p.Placeholder, p.Line, p.Column)
}

// maxAnswer is how much of an answer is read: no endpoint puts its complaint behind so much text.
const maxAnswer = 16 << 10

// PlaceOf finds the place that makes the field which an answer (400 or 422) names: "email is required". ok is false if the
// answer names none, or so many that it only repeats what it was sent.
func (f *Format) PlaceOf(answer []byte) (place Place, ok bool) {
	complaint := readComplaint(string(answer[:min(len(answer), maxAnswer)]))
	var best mention
	unblamed := 0 // names that stand there without a complaint beside them
	for _, made := range f.made() {
		m := complaint.mentionOf(made.names)
		if m.strength == repeated || m.strength == quoted {
			unblamed++
		}
		if m.better(best) {
			best, place = m, made.Place
			place.Named = m.text
		}
	}
	const few = 3
	if best.strength == none || best.strength <= quoted && unblamed > few {
		return Place{}, false
	}
	return place, true
}

// made is one value of a body, and what an endpoint may call it.
type made struct {
	Place
	names [][]string // each as the parts of a path; the last is the name itself
}

// made are the values of a body that come from the event.
func (f *Format) made() []made {
	switch f.settings.Type {
	case option.FormatJSON:
		return madeByTemplate(f.template.Placeholders())
	case option.FormatMetaCAPI:
		return madeForMeta()
	case option.FormatIoZen, option.FormatFlat:
		return f.madeOfFields()
	}
	return nil // a message is one text
}

func madeByTemplate(placeholders []template.Placeholder) (all []made) {
	for _, p := range placeholders {
		m := made{Place: Place{Field: p.Field, Pointer: p.Pointer, Placeholder: p.Source, Line: p.Line, Column: p.Column}}
		m.names = append(m.names, partsOf(p.Pointer))
		for _, name := range p.Names {
			m.names = append(m.names, []string{name})
		}
		all = append(all, m)
	}
	return all
}

func madeForMeta() (all []made) {
	add := func(pointer, name string, path field.Path) {
		all = append(all, made{
			Place: Place{Field: path.String(), Pointer: pointer + "/" + name},
			names: [][]string{partsOf(pointer + "/" + name)},
		})
	}
	for _, key := range metaEvent {
		add("/data/0", key.name, key.path)
	}
	for _, key := range metaUser {
		add("/data/0/user_data", key.name, key.path)
	}
	add("/data/0/user_data", "fbc", customFBC)
	for _, name := range metaCustom {
		add("/data/0/custom_data", name, field.Must("custom_data."+name))
	}
	return all
}

func (f *Format) madeOfFields() (all []made) {
	for _, known := range field.Known() {
		parts := strings.Split(known, ".")
		pointer := "/" + strings.Join(parts, "/")
		names := [][]string{parts}
		if f.settings.Type == option.FormatFlat {
			flat := strings.Join(parts, "_")
			pointer, names = "/"+flat, [][]string{{flat}, {parts[len(parts)-1]}}
		}
		all = append(all, made{Place: Place{Field: known, Pointer: pointer}, names: names})
	}
	return all
}

// partsOf are the names in a pointer, without positions in lists.
func partsOf(pointer string) (parts []string) {
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if part = strictjson.Unescape(part); part != "" && strings.Trim(part, "0123456789") != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
