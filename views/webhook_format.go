package views

// FormatForm is the content of the controls of a format: the saved one, or what was typed. What belongs to kinds that are not
// chosen stands there too, so that one may come back to it.
type FormatForm struct {
	Type             string // iozen, flat, message, meta_capi, json
	Encoding         string // of flat: json, form
	Service          string // of message: slack, teams, discord
	Text             string // of message
	TestEventCode    string // of meta_capi
	TemplateEncoding string // of json: json, form
	Template         string // of json
}

// LeaveOutChoice is one box of the fields that are left out.
type LeaveOutChoice struct {
	Field, Label string
	Chosen       bool
}

// FormatPreview is what a format makes of an event, or why it makes nothing.
type FormatPreview struct {
	Problems []string // each with its line and column, if it has them
	Body     string
	Real     bool // of the last real event, masked; else of the example
	Hashed   bool // the person is hashed, and the masked one otherwise than the real one
}

// formatKinds are the kinds of format in the order in which people choose from them.
var formatKinds = []struct{ value, label string }{
	{"iozen", "ioZen"}, {"flat", "Flat"}, {"message", "Message"}, {"meta_capi", "Meta Conversions API"}, {"json", "Your own JSON"},
}

var messageServices = []struct{ value, label string }{{"slack", "Slack"}, {"teams", "Microsoft Teams"}, {"discord", "Discord"}}

// ServiceName is a chat as people know it.
func ServiceName(service string) string {
	for _, s := range messageServices {
		if s.value == service {
			return s.label
		}
	}
	return ""
}

// Words say in a line which format it is.
func (f FormatForm) Words() string {
	switch f.Type {
	case "flat":
		if f.Encoding == "form" {
			return "Flat, as form fields"
		}
		return "Flat, as JSON"
	case "message":
		return ServiceName(f.Service) + " message"
	case "meta_capi":
		return "Meta Conversions API"
	case "json":
		if f.TemplateEncoding == "form" {
			return "Your own form fields"
		}
		return "Your own JSON"
	}
	return "ioZen: the documented payload"
}

// formatNow is what the row says while it is closed.
func (f WebhookForm) formatNow() string {
	words, left := f.Format.Words(), 0
	for _, c := range f.LeaveOut {
		if c.Chosen {
			left++
		}
	}
	if left > 0 || f.MoreLeaveOut != "" {
		words += ", with fields left out"
	}
	return words
}

// insertable are the fields that a click puts into a template, in groups.
var insertable = []struct {
	group  string
	fields []struct{ name, label string }
}{
	{"Person", []struct{ name, label string }{
		{"user_data.email", "Email"},
		{"user_data.phone", "Phone"},
		{"user_data.first_name", "First name"},
		{"user_data.last_name", "Last name"},
		{"user_data.external_id", "External ID"},
	}},
	{"Conversion", []struct{ name, label string }{
		{"event_name", "Event"},
		{"event_id", "Event ID"},
		{"event_time", "Time"},
		{"custom_data.value", "Value"},
		{"custom_data.currency", "Currency"},
		{"custom_data.content_name", "Content"},
	}},
	{"Came from", []struct{ name, label string }{
		{"source_url", "Page URL"},
		{"custom_data.utm_source", "utm_source"},
		{"custom_data.utm_campaign", "utm_campaign"},
		{"custom_data.gclid", "gclid"},
		{"custom_data.fbclid", "fbclid"},
	}},
}
