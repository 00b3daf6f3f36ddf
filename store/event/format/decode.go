package format

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"iozen/store/event/template"
	"iozen/store/option"
	"iozen/store/strictjson"
)

// Decode reads a format from a document and refuses what cannot be meant, each at its place; a mistake in a template comes
// with its line and column. null is the documented payload.
func Decode(d *strictjson.Document, pointer string, raw json.RawMessage) option.Format {
	if strictjson.IsNull(raw) {
		return option.Format{}
	}
	r := reader{Document: d, pointer: pointer, given: map[string]json.RawMessage{}}
	if !d.Object(pointer, raw, func(name string, value json.RawMessage) { r.given[name] = value }) {
		return option.Format{}
	}
	f := r.format()
	r.refuseOthers(raw)
	return f
}

// reader takes the keys of one format.
type reader struct {
	*strictjson.Document
	pointer string
	given   map[string]json.RawMessage
	known   []string // keys that this kind of format has
}

func (r *reader) format() (f option.Format) {
	kind, ok := r.text("type")
	switch {
	case !ok:
		r.known = nil
		return f
	case kind == "iozen":
	case kind == string(option.FormatFlat):
		f.Encoding = r.encoding()
	case kind == string(option.FormatMessage):
		f.Service = option.Service(r.oneOf("service", string(option.Slack), string(option.Teams), string(option.Discord)))
		f.Text = r.templateText("text", template.ParseText)
	case kind == string(option.FormatMetaCAPI):
		f.TestEventCode = r.testEventCode()
	case kind == string(option.FormatJSON):
		f.Encoding = r.encoding()
		f.Template = r.templateText("template", func(text string) (*template.Template, []template.Problem) {
			return parseDocument(text, f.Encoding)
		})
	default:
		r.known = nil
		r.Refuse(r.at("type"), "must be one of iozen, flat, message, meta_capi, json")
		return option.Format{}
	}
	if kind != "iozen" {
		f.Type = option.FormatType(kind)
	}
	return f
}

func (r *reader) at(name string) string { return strictjson.Pointer(r.pointer, name) }

// text reads a required key.
func (r *reader) text(name string) (text string, ok bool) {
	r.known = append(r.known, name)
	value, given := r.given[name]
	if !given || strictjson.IsNull(value) {
		r.Refuse(r.at(name), "is required")
		return "", false
	}
	return r.Text(r.at(name), value)
}

func (r *reader) oneOf(name string, allowed ...string) string {
	text, ok := r.text(name)
	if ok && !slices.Contains(allowed, text) {
		r.Refuse(r.at(name), "must be one of %s", strings.Join(allowed, ", "))
	}
	return text
}

// encoding may be left out: JSON.
func (r *reader) encoding() option.Encoding {
	value, given := r.given["encoding"]
	if !given || strictjson.IsNull(value) {
		r.known = append(r.known, "encoding")
		return ""
	}
	encoding := option.Encoding(r.oneOf("encoding", string(option.EncodingJSON), string(option.EncodingForm)))
	if encoding == option.EncodingJSON {
		return "" // one spelling of the same settings
	}
	return encoding
}

// maxTestCode is far longer than the codes that Meta's Events Manager shows.
const maxTestCode = 64

func (r *reader) testEventCode() string {
	const name = "test_event_code"
	r.known = append(r.known, name)
	value, given := r.given[name]
	if !given || strictjson.IsNull(value) {
		return ""
	}
	code, ok := r.Text(r.at(name), value)
	if code = strings.TrimSpace(code); ok && utf8.RuneCountInString(code) > maxTestCode {
		r.Refuse(r.at(name), "must have at most %d characters", maxTestCode)
	}
	return code
}

// templateText reads a text with placeholders.
func (r *reader) templateText(name string, parse func(string) (*template.Template, []template.Problem)) string {
	text, ok := r.text(name)
	switch {
	case !ok:
	case strings.TrimSpace(text) == "":
		r.Refuse(r.at(name), "is empty; write what is to be sent")
	default:
		_, problems := parse(text)
		for _, p := range problems {
			r.Refuse(r.at(name), "%s", p)
		}
	}
	return text
}

// parseDocument reads the template of a JSON document. As a form it needs names for its fields.
func parseDocument(text string, encoding option.Encoding) (*template.Template, []template.Problem) {
	parsed, problems := template.Parse(text)
	if len(problems) == 0 && encoding == option.EncodingForm && !parsed.IsObject() {
		return nil, []template.Problem{{Line: 1, Column: 1, Message: "for form fields the template must be an object: names and values inside { }"}}
	}
	return parsed, problems
}

// Check says what is wrong with a template as a person types it, for the page that shows each mistake at its place.
func Check(settings option.Format) []template.Problem {
	var problems []template.Problem
	switch settings.Type {
	case option.FormatMessage:
		_, problems = template.ParseText(settings.Text)
	case option.FormatJSON:
		_, problems = parseDocument(settings.Template, settings.Encoding)
	}
	return problems
}

// refuseOthers refuses keys that the kind of format does not have. Of an unknown kind nobody knows which it has.
func (r *reader) refuseOthers(raw json.RawMessage) {
	if r.known == nil {
		return
	}
	strictjson.Members(raw, func(key, _ json.RawMessage) bool {
		if name := strictjson.Unquote(key); !slices.Contains(r.known, name) && !r.Refused(r.at(name)) {
			r.Refuse(r.at(name), "unknown key; this format has %s", strings.Join(r.known, ", "))
		}
		return true
	})
}
