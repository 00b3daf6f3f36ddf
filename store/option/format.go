package option

import "encoding/json"

// Format says what a webhook makes of the canonical bytes of an event. The zero Format sends those bytes.
type Format struct {
	Type FormatType

	Encoding      Encoding // of FormatFlat and FormatJSON; "" is EncodingJSON
	Service       Service  // of FormatMessage
	Text          string   // of FormatMessage: with placeholders
	TestEventCode string   // of FormatMetaCAPI; "": the events are real ones
	Template      string   // of FormatJSON: a JSON document with placeholders
}

// FormatType is a kind of format.
type FormatType string

// The kinds of format.
const (
	FormatIoZen    FormatType = "" // the documented payload, "iozen" in JSON
	FormatFlat     FormatType = "flat"
	FormatMessage  FormatType = "message"
	FormatMetaCAPI FormatType = "meta_capi"
	FormatJSON     FormatType = "json"
)

// Encoding is how the keys and values of a body are written.
type Encoding string

// The encodings.
const (
	EncodingJSON Encoding = "json"
	EncodingForm Encoding = "form" // application/x-www-form-urlencoded
)

// Service is where a message is shown.
type Service string

// The services.
const (
	Slack   Service = "slack"
	Teams   Service = "teams"
	Discord Service = "discord"
)

// formatJSON has the keys of every kind. Nil is left out; a test event code that is not set is null.
type formatJSON struct {
	Type          string           `json:"type"`
	Encoding      Encoding         `json:"encoding,omitempty"`
	Service       Service          `json:"service,omitempty"`
	Text          *string          `json:"text,omitempty"`
	TestEventCode *json.RawMessage `json:"test_event_code,omitempty"`
	Template      *string          `json:"template,omitempty"`
}

// MarshalJSON writes the keys that the kind has, and no others.
func (f Format) MarshalJSON() ([]byte, error) {
	out := formatJSON{Type: string(f.Type)}
	switch f.Type {
	case FormatIoZen:
		out.Type = "iozen"
	case FormatFlat:
		out.Encoding = f.encoding()
	case FormatMessage:
		out.Service, out.Text = f.Service, &f.Text
	case FormatMetaCAPI:
		code := json.RawMessage("null")
		if f.TestEventCode != "" {
			var err error
			if code, err = json.Marshal(f.TestEventCode); err != nil {
				return nil, err
			}
		}
		out.TestEventCode = &code
	case FormatJSON:
		out.Template = &f.Template
		if f.Encoding == EncodingForm {
			out.Encoding = EncodingForm
		}
	}
	return json.Marshal(out)
}

func (f Format) encoding() Encoding {
	if f.Encoding == "" {
		return EncodingJSON
	}
	return f.Encoding
}

// UnmarshalJSON reads a stored format. What a caller sends is read by package format, which says what is wrong with it.
func (f *Format) UnmarshalJSON(text []byte) error {
	var in struct {
		Type          string
		Encoding      Encoding
		Service       Service
		Text          string
		TestEventCode string `json:"test_event_code"`
		Template      string
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*f = Format{FormatType(in.Type), in.Encoding, in.Service, in.Text, in.TestEventCode, in.Template}
	if in.Type == "iozen" {
		f.Type = FormatIoZen
	}
	if in.Encoding == EncodingJSON { // one spelling of the same settings, so that saving it again changes nothing
		f.Encoding = ""
	}
	return nil
}
