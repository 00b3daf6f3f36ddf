package format

import (
	"fmt"
	"slices"

	"iozen/store/event/field"
	"iozen/store/event/template"
	"iozen/store/option"
)

// The content types of bodies.
const (
	ContentJSON = "application/json"
	ContentForm = "application/x-www-form-urlencoded"
)

// Format makes bodies as the settings of one webhook say. It is made once for a version of them, and may be used by
// several at once.
type Format struct {
	settings option.Format
	leaveOut []field.Path
	template *template.Template // of a message, and of a JSON document
	render   func(field.Event) ([]byte, error)
}

// New makes a format ready. Its settings have passed Decode and DecodeLeaveOut; an error says that they have not.
func New(settings option.Format, leaveOut []string) (*Format, error) {
	f := &Format{settings: settings}
	for _, name := range leaveOut {
		path, problem := field.Parse(name)
		if problem != "" {
			return nil, fmt.Errorf("leave out: %s", problem)
		}
		f.leaveOut = append(f.leaveOut, path)
	}
	switch settings.Type {
	case option.FormatIoZen:
		f.render = func(e field.Event) ([]byte, error) { return e.Payload(), nil }
	case option.FormatFlat:
		f.render = f.flat
	case option.FormatMessage:
		parsed, problems := template.ParseText(settings.Text)
		if len(problems) > 0 {
			return nil, fmt.Errorf("parse message: %s", problems[0])
		}
		f.template, f.render = parsed, f.message
	case option.FormatMetaCAPI:
		f.render = f.metaCAPI
	case option.FormatJSON:
		parsed, problems := template.Parse(settings.Template)
		if len(problems) > 0 {
			return nil, fmt.Errorf("parse template: %s", problems[0])
		}
		f.template, f.render = parsed, f.document
	default:
		return nil, fmt.Errorf("unknown format %q", settings.Type)
	}
	return f, nil
}

// ContentType is that of every body.
func (f *Format) ContentType() string {
	hasEncoding := f.settings.Type == option.FormatFlat || f.settings.Type == option.FormatJSON
	if hasEncoding && f.settings.Encoding == option.EncodingForm {
		return ContentForm
	}
	return ContentJSON
}

// isIdentity says whether bodies are the canonical bytes themselves.
func (f *Format) isIdentity() bool {
	return f.settings.Type == option.FormatIoZen && len(f.leaveOut) == 0
}

// Render makes the body of an event. The documented payload with nothing left out are the same bytes, neither copied nor
// read.
func (f *Format) Render(payload []byte) (body []byte, contentType string, err error) {
	if f.isIdentity() {
		return payload, ContentJSON, nil
	}
	e, err := field.Read(payload)
	if err != nil {
		return nil, "", fmt.Errorf("render format: %w", err)
	}
	if len(f.leaveOut) > 0 {
		if e, err = field.Read(field.Without(e, f.leaveOut)); err != nil {
			return nil, "", fmt.Errorf("leave fields out: %w", err)
		}
	}
	if body, err = f.render(e); err != nil {
		return nil, "", err
	}
	return body, f.ContentType(), nil
}

// Render makes one body with settings that are not kept, such as those that a person is typing.
func Render(payload []byte, settings option.Format, leaveOut []string) (body []byte, contentType string, err error) {
	f, err := New(settings, leaveOut)
	if err != nil {
		return nil, "", err
	}
	return f.Render(payload)
}

// document renders a JSON document of the person's own.
func (f *Format) document(e field.Event) ([]byte, error) {
	body, err := f.template.Render(e)
	if err != nil || f.settings.Encoding != option.EncodingForm {
		return body, err
	}
	return form(slices.Clip(body))
}
