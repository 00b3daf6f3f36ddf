package format

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/event/template"
	"iozen/store/option"
	"iozen/store/strictjson"
)

func TestAFormatIsReadAndWrittenAlike(t *testing.T) {
	for text, want := range map[string]option.Format{
		`null`:                              {},
		`{"type":"iozen"}`:                  {},
		`{"type":"flat"}`:                   {Type: option.FormatFlat},
		`{"type":"flat","encoding":null}`:   {Type: option.FormatFlat},
		`{"type":"flat","encoding":"json"}`: {Type: option.FormatFlat},
		`{"type":"flat","encoding":"form"}`: {Type: option.FormatFlat, Encoding: option.EncodingForm},
		`{"type":"message","service":"teams","text":"New lead: {{user_data.first_name}}"}`: {Type: option.FormatMessage, Service: option.Teams, Text: "New lead: {{user_data.first_name}}"},
		`{"type":"meta_capi","test_event_code":null}`:                                      {Type: option.FormatMetaCAPI},
		`{"type":"meta_capi"}`:                             {Type: option.FormatMetaCAPI},
		`{"type":"meta_capi","test_event_code":" TEST1 "}`: {Type: option.FormatMetaCAPI, TestEventCode: "TEST1"},
		`{"type":"json","template":"{\"properties\": {\"email\": \"{{user_data.email | lower}}\"}}"}`: {Type: option.FormatJSON, Template: `{"properties": {"email": "{{user_data.email | lower}}"}}`},
		`{"type":"json","encoding":"form","template":"{}"}`:                                           {Type: option.FormatJSON, Encoding: option.EncodingForm, Template: `{}`},
	} {
		var d strictjson.Document
		got := Decode(&d, "/format", json.RawMessage(text))
		require.Empty(t, d.Problems, text)
		require.Equal(t, want, got, text)
		written, err := json.Marshal(got)
		require.NoError(t, err)
		require.Equal(t, want, Decode(&d, "/format", written), "what was read can be sent back")
		require.Empty(t, d.Problems)
	}
}

func TestAFormatIsRefusedAtItsPlace(t *testing.T) {
	for text, want := range map[string][]strictjson.Problem{
		`"flat"`:                                          {{Pointer: "/format", Message: "must be an object"}},
		`{}`:                                              {{Pointer: "/format/type", Message: "is required"}},
		`{"type":null,"template":"{}"}`:                   {{Pointer: "/format/type", Message: "is required"}},
		`{"type":1}`:                                      {{Pointer: "/format/type", Message: "must be a string"}},
		`{"type":"xml"}`:                                  {{Pointer: "/format/type", Message: "must be one of iozen, flat, message, meta_capi, json"}},
		`{"type":"iozen","template":"{}"}`:                {{Pointer: "/format/template", Message: "unknown key; this format has type"}},
		`{"type":"flat","encoding":"xml"}`:                {{Pointer: "/format/encoding", Message: "must be one of json, form"}},
		`{"type":"flat","text":"x"}`:                      {{Pointer: "/format/text", Message: "unknown key; this format has type, encoding"}},
		`{"type":"flat","type":"json"}`:                   {{Pointer: "/format/type", Message: "is given twice"}},
		`{"type":"message","text":"x"}`:                   {{Pointer: "/format/service", Message: "is required"}},
		`{"type":"message","service":"irc","text":"x"}`:   {{Pointer: "/format/service", Message: "must be one of slack, teams, discord"}},
		`{"type":"message","service":"slack"}`:            {{Pointer: "/format/text", Message: "is required"}},
		`{"type":"message","service":"slack","text":" "}`: {{Pointer: "/format/text", Message: "is empty; write what is to be sent"}},
		`{"type":"message","service":"slack","text":"a\nb {{mail}}"}`:              {{Pointer: "/format/text", Message: "Line 2, column 5: there is no field mail. Did you mean user_data.email?"}},
		`{"type":"meta_capi","test_event_code":1}`:                                 {{Pointer: "/format/test_event_code", Message: "must be a string"}},
		`{"type":"meta_capi","access_token":"x"}`:                                  {{Pointer: "/format/access_token", Message: "unknown key; this format has type, test_event_code"}},
		`{"type":"meta_capi","test_event_code":"` + strings.Repeat("x", 65) + `"}`: {{Pointer: "/format/test_event_code", Message: "must have at most 64 characters"}},
		`{"type":"json"}`:                    {{Pointer: "/format/template", Message: "is required"}},
		`{"type":"json","template":{"a":1}}`: {{Pointer: "/format/template", Message: "must be a string"}},
		`{"type":"json","template":""}`:      {{Pointer: "/format/template", Message: "is empty; write what is to be sent"}},
		`{"type":"json","template":"{\n\"a\": \"{{user_data.mail}} {{event_id | lowr}}\"}"}`: {
			{Pointer: "/format/template", Message: "Line 2, column 9: there is no field user_data.mail. Did you mean user_data.email?"},
			{Pointer: "/format/template", Message: "Line 2, column 39: there is no filter lowr. There are lower, upper, trim, digits, e164, sha256, default, date, unix, number, json"},
		},
		`{"type":"json","template":"{\"a\": 1,}"}`:                        {{Pointer: "/format/template", Message: "Line 1, column 9: remove the comma before this }"}},
		`{"type":"json","encoding":"form","template":"[1]"}`:              {{Pointer: "/format/template", Message: "Line 1, column 1: for form fields the template must be an object: names and values inside { }"}},
		`{"type":"json","encoding":"form","template":"\"{{event}}\""}`:    {{Pointer: "/format/template", Message: "Line 1, column 1: for form fields the template must be an object: names and values inside { }"}},
		`{"type":"json","template":"` + strings.Repeat("x", 32769) + `"}`: {{Pointer: "/format/template", Message: "Line 1, column 1: a template has at most 32 KiB; this has 32769 bytes"}},
	} {
		var d strictjson.Document
		Decode(&d, "/format", json.RawMessage(text))
		require.Equal(t, want, d.Problems, text)
	}
}

func TestLeftOutFieldsAreReadOrRefused(t *testing.T) {
	many := `["custom_data.a0"`
	for i := range maxLeftOut {
		many += `,"custom_data.b` + strings.Repeat("x", i) + `"`
	}
	for text, want := range map[string][]strictjson.Problem{
		`null`: nil, `[]`: nil, `["user_data.phone","user_data","custom_data.note","source_url","source_url.query.email"]`: nil,
		`"user_data.phone"`:                     {{Pointer: "/leave_out", Message: "must be a list"}},
		`[1]`:                                   {{Pointer: "/leave_out/0", Message: "must be a string"}},
		`["user_data.tel"]`:                     {{Pointer: "/leave_out/0", Message: "there is no field user_data.tel. Did you mean user_data.phone?"}},
		`["user_data.phone","user_data.phone"]`: {{Pointer: "/leave_out/1", Message: "is given twice"}},
		`["event_id"]`:                          {{Pointer: "/leave_out/0", Message: "event_id cannot be left out; only fields of user_data, custom_data and source_url can"}},
		many + `]`:                              {{Pointer: "/leave_out", Message: "at most 50 fields"}},
	} {
		var d strictjson.Document
		names := DecodeLeaveOut(&d, "/leave_out", json.RawMessage(text))
		require.Equal(t, want, d.Problems, text)
		require.NotNil(t, names)
	}
}

func TestWhatAPersonTypesIsCheckedByTheSameRules(t *testing.T) {
	require.Empty(t, Check(option.Format{}))
	require.Empty(t, Check(option.Format{Type: option.FormatJSON, Template: "[1]"}))
	require.Equal(t, []template.Problem{{Line: 1, Column: 3, Message: "there is no field mail. Did you mean user_data.email?"}}, Check(option.Format{Type: option.FormatMessage, Text: "{{mail}}"}))
	require.Len(t, Check(option.Format{Type: option.FormatJSON, Encoding: option.EncodingForm, Template: "[1]"}), 1)
}

func TestAURLSuggestsItsFormat(t *testing.T) {
	for address, want := range map[string]string{
		"https://hooks.slack.com/services/T1/B1/x":                                   "slack",
		"https://HOOKS.slack.com/workflows/T1/x":                                     "slack",
		"https://discord.com/api/webhooks/1/x":                                       "discord",
		"https://discordapp.com/api/webhooks/1/x":                                    "discord",
		"https://acme.webhook.office.com/webhookb2/x@y/IncomingWebhook/z":            "teams",
		"https://prod-12.westeurope.logic.azure.com:443/workflows/x/triggers/manual": "teams",
		"https://d1.02.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/x/triggers/manual/paths/invoke": "teams",
		"https://graph.facebook.com/v25.0/123/events":                   "meta_capi",
		"https://api.hsforms.com/submissions/v3/integration/submit/1/x": "json",
		"https://docs.google.com/forms/d/e/x/formResponse":              "json",
		"https://discord.com/channels/1/2":                              "",
		"https://docs.google.com/forms/d/e/x/viewform":                  "",
		"https://hooks.slack.com.evil.example/services/":                "",
		"https://evil-graph.facebook.com/events":                        "",
		"https://example.com/events":                                    "",
		"::":                                                            "",
		"":                                                              "",
	} {
		got, ok := Suggest(address)
		require.Equal(t, want != "", ok, address)
		name := string(got.Type)
		if got.Type == option.FormatMessage {
			name = string(got.Service)
		}
		require.Equal(t, want, name, address)
		_, err := New(got, nil)
		require.NoError(t, err, "what is offered can be saved")
		require.Empty(t, Check(got))
	}
}
