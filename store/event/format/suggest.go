package format

import (
	"net/url"
	"strings"

	"iozen/store/option"
)

// Suggest is the format that a URL asks for by its host, without a request; ok is false if it says nothing.
func Suggest(address string) (f option.Format, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return f, false
	}
	host := strings.ToLower(u.Hostname())
	for _, s := range suggestions {
		if s.matches(host, u.Path) {
			return s.format, true
		}
	}
	return f, false
}

// suggestion recognizes a receiver by its host, and by what its path holds; a host that begins with a dot matches its
// subdomains.
type suggestion struct {
	host, path string
	format     option.Format
}

func (s suggestion) matches(host, path string) bool {
	isHost := host == s.host || strings.HasPrefix(s.host, ".") && strings.HasSuffix(host, s.host)
	return isHost && strings.Contains(path, s.path)
}

const newLead = "New {{event_name}}: {{user_data.first_name}} {{user_data.last_name}}\n{{user_data.email}} {{user_data.phone}}\n{{source_url}}"

var suggestions = []suggestion{
	{"hooks.slack.com", "", option.Format{Type: option.FormatMessage, Service: option.Slack, Text: newLead}},
	{"hooks.slack-gov.com", "", option.Format{Type: option.FormatMessage, Service: option.Slack, Text: newLead}},
	{"discord.com", "/api/webhooks/", option.Format{Type: option.FormatMessage, Service: option.Discord, Text: newLead}},
	{"discordapp.com", "/api/webhooks/", option.Format{Type: option.FormatMessage, Service: option.Discord, Text: newLead}},
	{".webhook.office.com", "/webhookb2/", option.Format{Type: option.FormatMessage, Service: option.Teams, Text: newLead}},
	{".logic.azure.com", "/workflows/", option.Format{Type: option.FormatMessage, Service: option.Teams, Text: newLead}},
	{".api.powerplatform.com", "/workflows/", option.Format{Type: option.FormatMessage, Service: option.Teams, Text: newLead}},
	{"graph.facebook.com", "/events", option.Format{Type: option.FormatMetaCAPI}},
	{"api.hsforms.com", "/submissions/v3/", option.Format{Type: option.FormatJSON, Template: hubSpotForm}},
	{"docs.google.com", "/formResponse", option.Format{Type: option.FormatJSON, Encoding: option.EncodingForm, Template: googleForm}},
}

// Beginning is a format of a kind to begin with, for who has not written one yet.
func Beginning(kind option.FormatType) option.Format {
	f := option.Format{Type: kind}
	switch kind {
	case option.FormatMessage:
		f.Service, f.Text = option.Slack, newLead
	case option.FormatJSON:
		f.Template = ownJSON
	}
	return f
}

const ownJSON = `{
  "email": "{{user_data.email | lower}}",
  "phone": "{{user_data.phone}}",
  "name": "{{user_data.first_name}} {{user_data.last_name}}",
  "value": "{{custom_data.value}}",
  "source": "{{custom_data.utm_source | default:'direct'}}",
  "event": "{{event_name}}",
  "id": "{{event_id}}"
}`

// hubSpotForm is what HubSpot's forms take; their field names are those of contact properties.
const hubSpotForm = `{
  "fields": [
    {"objectTypeId": "0-1", "name": "email", "value": "{{user_data.email | trim | lower}}"},
    {"objectTypeId": "0-1", "name": "firstname", "value": "{{user_data.first_name | default:''}}"},
    {"objectTypeId": "0-1", "name": "lastname", "value": "{{user_data.last_name | default:''}}"},
    {"objectTypeId": "0-1", "name": "phone", "value": "{{user_data.phone | default:''}}"}
  ],
  "context": {
    "pageUri": "{{source_url}}",
    "pageName": "{{custom_data.content_name}}"
  }
}`

// googleForm needs the numbers of the form's own questions, which its pre-filled link shows.
const googleForm = `{
  "entry.1000000001": "{{user_data.email}}",
  "entry.1000000002": "{{user_data.first_name}} {{user_data.last_name}}",
  "entry.1000000003": "{{user_data.phone}}"
}`
