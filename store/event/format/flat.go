package format

import (
	"encoding/json"
	"net/url"
	"strconv"

	"iozen/store/event/field"
	"iozen/store/event/template"
	"iozen/store/option"
	"iozen/store/strictjson"
	"iozen/store/text"
)

// flat writes all values of an event side by side, their keys joined: user_data_email.
func (f *Format) flat(e field.Event) ([]byte, error) {
	if f.settings.Encoding == option.EncodingForm {
		return form(e.Payload())
	}
	w := newWriter()
	err := flatten(e.Payload(), func(name string, value json.RawMessage) int {
		w.raw(name, value)
		return w.size()
	})
	return w.end(), err
}

// form writes the values of a JSON object as the fields of a form.
func form(object json.RawMessage) ([]byte, error) {
	var body []byte
	if object[0] != '{' {
		return []byte{}, nil // nothing to send
	}
	err := flatten(object, func(name string, value json.RawMessage) int {
		if len(body) > 0 {
			body = append(body, '&')
		}
		body = append(body, url.QueryEscape(name)...)
		body = append(body, '=')
		body = append(body, url.QueryEscape(field.Text(value))...)
		return len(body)
	})
	return body, err
}

// flatten goes over the plain values in an object, each with its joined name. write returns how many bytes there are now;
// over the bound nothing more is written.
func flatten(object json.RawMessage, write func(name string, value json.RawMessage) int) error {
	f := flattener{names: map[string]bool{}, write: write}
	f.object("", object)
	if f.tooLarge != "" {
		return &template.TooLargeError{Placeholder: f.tooLarge}
	}
	return nil
}

type flattener struct {
	names    map[string]bool
	write    func(name string, value json.RawMessage) int
	tooLarge string // the name at which the body became too large
}

func (f *flattener) object(prefix string, object json.RawMessage) {
	strictjson.Members(object, func(key, value json.RawMessage) bool {
		f.value(joined(prefix, strictjson.Unquote(key)), value)
		return f.tooLarge == ""
	})
}

func joined(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "_" + name
}

// value writes one value. What holds nothing is left out, as everywhere; an empty text that somebody wrote stays.
func (f *flattener) value(name string, value json.RawMessage) {
	switch {
	case value[0] == '{':
		f.object(name, value)
	case value[0] == '[':
		f.list(name, value)
	case !strictjson.IsNull(value):
		f.plain(name, value)
	}
}

// list writes plain values as one text, "Roof, Solar", and others each under its position.
func (f *flattener) list(name string, list json.RawMessage) {
	if joined, ok := template.List(list); ok {
		if joined != "" {
			f.plain(name, strictjson.AppendString(nil, joined))
		}
		return
	}
	i := 0
	strictjson.Elements(list, func(element json.RawMessage) bool {
		f.value(joined(name, strconv.Itoa(i)), element)
		i++
		return f.tooLarge == ""
	})
}

// plain writes a value under a name of its own: two keys that come to the same joined name stay two.
func (f *flattener) plain(name string, value json.RawMessage) {
	own := name
	for n := 2; f.names[own]; n++ {
		own = joined(name, strconv.Itoa(n))
	}
	f.names[own] = true
	if f.write(own, value) > template.MaxResult {
		f.tooLarge = text.Clip(own, maxQuoted)
	}
}

// maxQuoted bounds how much of a name a problem repeats.
const maxQuoted = 100
