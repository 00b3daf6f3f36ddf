package handlers

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"

	"iozen/store"
	"iozen/store/event/format"
	"iozen/store/option"
	"iozen/views"
)

// formatForm fills the controls of a format. Those of the kinds that were not chosen hold what one may begin with.
func formatForm(f option.Format) views.FormatForm {
	message, own := format.Beginning(option.FormatMessage), format.Beginning(option.FormatJSON)
	form := views.FormatForm{
		Type: "iozen", Encoding: string(option.EncodingJSON), TemplateEncoding: string(option.EncodingJSON),
		Service: string(message.Service), Text: message.Text, Template: own.Template, TestEventCode: f.TestEventCode,
	}
	if f.Type != option.FormatIoZen {
		form.Type = string(f.Type)
	}
	switch f.Type {
	case option.FormatFlat:
		form.Encoding = encodingName(f.Encoding)
	case option.FormatMessage:
		form.Service, form.Text = string(f.Service), f.Text
	case option.FormatJSON:
		form.TemplateEncoding, form.Template = encodingName(f.Encoding), f.Template
	}
	return form
}

func encodingName(e option.Encoding) string { return string(cmp.Or(e, option.EncodingJSON)) }

// typedFormat is the controls as they were sent.
func typedFormat(form url.Values) views.FormatForm {
	return views.FormatForm{
		Type: form.Get("format"), Encoding: form.Get("flat_encoding"), Service: form.Get("service"), Text: lines(form.Get("message_text")),
		TestEventCode: form.Get("test_event_code"), TemplateEncoding: form.Get("template_encoding"), Template: lines(form.Get("template")),
	}
}

// formatOf is the format that the controls say; those of other kinds do not count.
func formatOf(form views.FormatForm) option.Format {
	f := option.Format{Type: option.FormatType(form.Type)}
	switch f.Type {
	case "iozen":
		f.Type = option.FormatIoZen
	case option.FormatFlat:
		f.Encoding = option.Encoding(form.Encoding)
	case option.FormatMessage:
		f.Service, f.Text = option.Service(form.Service), form.Text
	case option.FormatMetaCAPI:
		f.TestEventCode = form.TestEventCode
	case option.FormatJSON:
		f.Encoding, f.Template = option.Encoding(form.TemplateEncoding), form.Template
	}
	return f
}

// lines are a text as it was typed: forms send \r\n for each end of a line.
func lines(typed string) string { return strings.ReplaceAll(typed, "\r\n", "\n") }

// readFormat reads the format by the rules of the API. A form that does not have the field leaves it as it is.
func readFormat(form url.Values, change *store.WebhookChange) *refusal {
	if form.Has("use_format") { // the button beside the URL
		if suggested, ok := format.Suggest(last(form["url"])); ok {
			change.Format = &suggested
			return nil
		}
	}
	if !form.Has("format") {
		return nil
	}
	f, problems := checkFormat(formatOf(typedFormat(form)))
	if len(problems) > 0 {
		return refuseTexts(problems)
	}
	change.Format = &f
	return nil
}

func checkFormat(typed option.Format) (f option.Format, problems []string) {
	f, refused := asTheAPI(typed, format.Decode)
	return f, problemTexts(refused)
}

func formatPairs(f views.FormatForm) [][2]string {
	return [][2]string{
		{"format", f.Type},
		{"flat_encoding", f.Encoding},
		{"service", f.Service},
		{"message_text", f.Text},
		{"test_event_code", f.TestEventCode},
		{"template_encoding", f.TemplateEncoding},
		{"template", f.Template},
	}
}

// formatLines are a format as one reads it, with all that belongs to it.
func formatLines(f views.FormatForm) []string {
	words := f.Words()
	switch option.FormatType(f.Type) {
	case option.FormatMessage:
		return append([]string{words}, strings.Split(f.Text, "\n")...)
	case option.FormatMetaCAPI:
		if f.TestEventCode != "" {
			words += ", test event code " + f.TestEventCode
		}
	case option.FormatJSON:
		return append([]string{words}, strings.Split(f.Template, "\n")...)
	}
	return []string{words}
}

func formatWords(f option.Format) string { return strings.Join(formatLines(formatForm(f)), "\n") }

// formatHint offers the format that a URL asks for, unless it is the one that was chosen.
func formatHint(w store.Webhook) (views.URLHint, bool) {
	f, ok := format.Suggest(w.URL)
	if !ok || f.Type == w.Format.Type {
		return views.URLHint{}, ok
	}
	hint := views.URLHint{Text: "Google Forms expects form fields.", Label: "Use form fields"}
	switch {
	case f.Type == option.FormatMessage:
		hint.Text, hint.Label = views.ServiceName(string(f.Service))+" expects a message.", "Send messages"
	case f.Type == option.FormatMetaCAPI:
		hint.Text, hint.Label = "Meta's Conversions API expects another format.", "Use Meta's format"
	case f.Encoding != option.EncodingForm:
		hint.Text, hint.Label = "HubSpot's forms expect other keys.", "Use HubSpot's keys"
	}
	pairs, err := json.Marshal(formatPairs(formatForm(f)))
	if err != nil {
		return views.URLHint{}, false
	}
	hint.Format = string(pairs)
	return hint, true
}
