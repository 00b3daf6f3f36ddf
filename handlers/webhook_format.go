package handlers

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"iozen/store"
	"iozen/store/event/format"
	"iozen/store/event/success"
	"iozen/store/option"
	"iozen/store/strictjson"
	"iozen/store/text"
	"iozen/views"
)

// leaveOutBoxes are the fields that a person may mean by personal data; others can be typed.
var leaveOutBoxes = []struct{ field, label string }{
	{"user_data.email", "Email"},
	{"user_data.phone", "Phone"},
	{"user_data.first_name", "First name"},
	{"user_data.last_name", "Last name"},
	{"user_data.external_id", "External ID"},
	{"source_url", "Page URL"},
	{"custom_data.client_ip_address", "IP address"},
	{"custom_data.client_user_agent", "Browser"},
}

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

func encodingName(e option.Encoding) string {
	if e == "" {
		return string(option.EncodingJSON)
	}
	return string(e)
}

// typedFormat is the format that stands in a form; the controls of other kinds do not count.
func typedFormat(form url.Values) option.Format {
	f := option.Format{Type: option.FormatType(form.Get("format"))}
	switch f.Type {
	case "iozen":
		f.Type = option.FormatIoZen
	case option.FormatFlat:
		f.Encoding = option.Encoding(form.Get("flat_encoding"))
	case option.FormatMessage:
		f.Service, f.Text = option.Service(form.Get("service")), lines(form.Get("message_text"))
	case option.FormatMetaCAPI:
		f.TestEventCode = form.Get("test_event_code")
	case option.FormatJSON:
		f.Encoding, f.Template = option.Encoding(form.Get("template_encoding")), lines(form.Get("template"))
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
	f, problems := checkFormat(typedFormat(form))
	if len(problems) > 0 {
		return refuseTexts(problems)
	}
	change.Format = &f
	return nil
}

func checkFormat(f option.Format) (option.Format, []string) {
	raw, err := json.Marshal(f)
	if err != nil {
		return f, []string{"it cannot be read"}
	}
	var d strictjson.Document
	f = format.Decode(&d, "", raw)
	return f, problemTexts(d.Problems)
}

func problemTexts(problems []strictjson.Problem) (texts []string) {
	for _, p := range problems {
		message := p.Message
		if strings.HasPrefix(message, "is ") || strings.HasPrefix(message, "must ") {
			message = "it " + message
		}
		texts = append(texts, message)
	}
	return texts
}

func refuseTexts(texts []string) *refusal { return &refusal{message: texts[0], texts: texts} }

// typedLeaveOut are the fields that are ticked or typed.
func typedLeaveOut(form url.Values) (names []string) {
	for _, name := range append(slices.Clone(form["leave_out"]), strings.Split(form.Get("more_leave_out"), ",")...) {
		if name = text.Clean(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func readLeaveOut(form url.Values, change *store.WebhookChange) *refusal {
	if !form.Has("more_leave_out") {
		return nil
	}
	names := typedLeaveOut(form)
	for _, name := range names {
		if problem := format.CheckLeaveOut(name); problem != "" {
			return refuseTexts([]string{problem})
		}
	}
	if len(names) > format.MaxLeftOut {
		return refuseTexts([]string{fmt.Sprintf("at most %d fields", format.MaxLeftOut)})
	}
	change.LeaveOut = &names
	return nil
}

func readSuccess(form url.Values, change *store.WebhookChange) *refusal {
	if !form.Has("success_path") {
		return nil
	}
	rule := option.Success{Path: text.Clean(form.Get("success_path")), Value: success.Typed(form.Get("success_value"))}
	if rule.IsZero() {
		change.Success = &rule
		return nil
	}
	raw, err := json.Marshal(rule)
	if err != nil {
		return refuseTexts([]string{"it cannot be read"})
	}
	var d strictjson.Document
	rule = success.Decode(&d, "", raw)
	if len(d.Problems) > 0 {
		part := map[string]string{"/path": "the path ", "/value": "the value "}[d.Problems[0].Pointer]
		return refuseTexts([]string{part + d.Problems[0].Message})
	}
	change.Success = &rule
	return nil
}

// addOptions fills the controls of what a webhook chooses besides.
func addOptions(form *views.WebhookForm, w store.Webhook) {
	form.Format = formatForm(w.Format)
	form.LeaveOut, form.MoreLeaveOut = leaveOutChoices(w.LeaveOut)
	form.SuccessPath = w.Success.Path
	form.SuccessValue = w.Success.Value.Text()
}

func leaveOutChoices(names []string) (boxes []views.LeaveOutChoice, more string) {
	rest := slices.Clone(names)
	for _, b := range leaveOutBoxes {
		boxes = append(boxes, views.LeaveOutChoice{Field: b.field, Label: b.label, Chosen: slices.Contains(names, b.field)})
		rest = slices.DeleteFunc(rest, func(name string) bool { return name == b.field })
	}
	return boxes, strings.Join(rest, ", ")
}

// typedOptions puts what was typed over the saved controls, as far as the form has them.
func typedOptions(form *views.WebhookForm, typed url.Values) {
	if typed.Has("format") {
		form.Format = views.FormatForm{
			Type: typed.Get("format"), Encoding: typed.Get("flat_encoding"), Service: typed.Get("service"), Text: lines(typed.Get("message_text")),
			TestEventCode: typed.Get("test_event_code"), TemplateEncoding: typed.Get("template_encoding"), Template: lines(typed.Get("template")),
		}
	}
	if typed.Has("more_leave_out") {
		form.LeaveOut, form.MoreLeaveOut = leaveOutChoices(typed["leave_out"])
		form.MoreLeaveOut = typed.Get("more_leave_out")
	}
	if typed.Has("success_path") {
		form.SuccessPath, form.SuccessValue = typed.Get("success_path"), typed.Get("success_value")
	}
}

// optionPairs are the names and values of the controls of one choice; ok is false for another field.
func optionPairs(field store.Field, form views.WebhookForm) (pairs [][2]string, ok bool) {
	switch field {
	case store.FieldFormat:
		return formatPairs(form.Format), true
	case store.FieldLeaveOut:
		pairs = [][2]string{}
		for _, c := range form.LeaveOut {
			if c.Chosen {
				pairs = append(pairs, [2]string{"leave_out", c.Field})
			}
		}
		return append(pairs, [2]string{"more_leave_out", form.MoreLeaveOut}), true
	case store.FieldSuccess:
		return [][2]string{{"success_path", form.SuccessPath}, {"success_value", form.SuccessValue}}, true
	}
	return nil, false
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

// optionWords are a webhook's choices as they stand in the history, each under the label of its field.
func optionWords(set option.Set) map[store.Field]string {
	out := set.LeaveOut
	words := map[store.Field]string{
		store.FieldFormat: "Format: " + formatWords(set.Format), store.FieldLeaveOut: "Leave out: nothing", store.FieldSuccess: "Success by answer: any 2xx",
	}
	if len(out) > 0 {
		words[store.FieldLeaveOut] = "Leave out: " + strings.Join(out, ", ")
	}
	if !set.Success.IsZero() {
		words[store.FieldSuccess] = "Success by answer: " + set.Success.Path + " = " + set.Success.Value.Text()
	}
	return words
}

// formatWords are a format with all that belongs to it.
func formatWords(f option.Format) string {
	form := formatForm(f)
	words := form.Words()
	switch f.Type {
	case option.FormatMessage:
		return words + "\n" + f.Text
	case option.FormatMetaCAPI:
		if f.TestEventCode != "" {
			return words + ", test event code " + f.TestEventCode
		}
	case option.FormatJSON:
		return words + "\n" + f.Template
	}
	return words
}
