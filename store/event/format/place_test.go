package format

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/option"
)

const crm = `{
  "properties": {
    "email": "{{user_data.email | lower}}",
    "first_name": "{{user_data.first_name}}",
    "phoneNumber": "{{user_data.phone}}",
    "note": "from {{source_url}} by {{user_data.last_name}}"
  },
  "fields": [{"name": "company-size", "value": "{{custom_data.size}}"}],
  "status": "{{custom_data.status}}",
  "fixed": "x"
}`

func TestTheFieldThatAnAnswerNamesIsFoundInTheTemplate(t *testing.T) {
	f := ready(t, option.Format{Type: option.FormatJSON, Template: crm})
	for answer, want := range map[string]string{
		`email is required`:                               "“email” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`{"error":"email is required"}`:                   "“email” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`{"errors":{"email":["can't be blank"]}}`:         "“email” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`{"message":"Missing required field: \"email\""}`: "“email” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`{"errors":[{"message":"Error in 'fields.email'. Required field 'email' is missing","errorType":"REQUIRED_FIELD"}]}`: "“email” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`{"message":"Property values were not valid","errors":[{"name":"EMAIL","code":"INVALID_EMAIL"}]}`:                    "“EMAIL” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`First name must not be empty`:                                           "“First name” comes from {{user_data.first_name}} in line 4, column 20 of the format.",
		`{"firstName":"is too long"}`:                                            "“firstName” comes from {{user_data.first_name}} in line 4, column 20 of the format.",
		`properties.phone_number: not a phone number`:                            "“phone_number” comes from {{user_data.phone}} in line 5, column 21 of the format.",
		`{"loc":["body","properties","phoneNumber"],"msg":"value is not valid"}`: "“phoneNumber” comes from {{user_data.phone}} in line 5, column 21 of the format.",
		`#/properties/note has more than 100 characters`:                         "“note” comes from {{source_url}} in line 6, column 19 of the format.",
		`Unknown property company_size`:                                          "“company_size” comes from {{custom_data.size}} in line 8, column 49 of the format.",
		`status must be one of open, closed`:                                     "“status” comes from {{custom_data.status}} in line 9, column 14 of the format.",
		`The email address you gave looks wrong`:                                 "“email” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`invalid value for email`:                                                "“email” comes from {{user_data.email | lower}} in line 3, column 15 of the format.",
		`The value of “note” is too long`:                                        "“note” comes from {{source_url}} in line 6, column 19 of the format.",
		// Nothing is named.
		`{"status":"error","message":"Bad request","code":422}`: "",
		`Unprocessable Entity`: "",
		``:                     "",
		`fixed is not allowed`: "",
		`emails are disabled`:  "",
		`<html><body>400 Bad Request</body></html>`:                                                     "",
		`{"properties":{"email":"a","first_name":"b","phoneNumber":"c","note":"d","company-size":"e"}}`: "",
	} {
		place, ok := f.PlaceOf([]byte(answer))
		require.Equal(t, want != "", ok, "%s → %v", answer, place)
		if ok {
			require.Equal(t, want, place.String(), answer)
		}
	}
	place, _ := f.PlaceOf([]byte("company size is required"))
	require.Equal(t, Place{Named: "company size", Field: "custom_data.size", Pointer: "/fields/0/value", Placeholder: "{{custom_data.size}}", Line: 8, Column: 49}, place)
}

func TestWithoutATemplateTheFieldOfTheEventIsNamed(t *testing.T) {
	for _, c := range []struct {
		settings               option.Format
		answer, field, pointer string
	}{
		{option.Format{}, `user_data.phone is not a phone number`, "user_data.phone", "/user_data/phone"},
		{option.Format{}, `{"error":"user_data.phone is not a phone number"}`, "user_data.phone", "/user_data/phone"},
		{option.Format{}, `{"errors":[{"field":"email","message":"required"}]}`, "user_data.email", "/user_data/email"},
		{option.Format{}, `currency must be EUR`, "custom_data.currency", "/custom_data/currency"},
		{option.Format{}, `value is required`, "custom_data.value", "/custom_data/value"},
		{option.Format{}, `invalid value`, "custom_data.value", "/custom_data/value"},
		{option.Format{}, `bad request`, "", ""},
		{option.Format{Type: option.FormatFlat}, `user_data_email is required`, "user_data.email", "/user_data_email"},
		{option.Format{Type: option.FormatFlat}, `Email is required`, "user_data.email", "/user_data_email"},
		{option.Format{Type: option.FormatMetaCAPI}, `{"error":{"message":"Invalid parameter","error_user_msg":"Parameter 'em' must be hashed"}}`, "user_data.email", "/data/0/user_data/em"},
		{option.Format{Type: option.FormatMetaCAPI}, `(#100) param data[0]['event_time'] is too old`, "event_time_unix", "/data/0/event_time"},
		{option.Format{Type: option.FormatMetaCAPI}, `custom_data.currency is invalid`, "custom_data.currency", "/data/0/custom_data/currency"},
		{option.Format{Type: option.FormatMessage, Service: option.Slack, Text: "{{user_data.email}}"}, `no_text`, "", ""},
	} {
		place, ok := ready(t, c.settings).PlaceOf([]byte(c.answer))
		require.Equal(t, c.field != "", ok, c.answer)
		require.Equal(t, c.field, place.Field, c.answer)
		require.Equal(t, c.pointer, place.Pointer)
		if ok {
			require.Contains(t, place.String(), "comes from "+c.field+" of the event.")
		}
	}
}

func FuzzPlaceOf(f *testing.F) {
	format := ready(f, option.Format{Type: option.FormatJSON, Template: crm})
	for _, seed := range []string{"email is required", `{"a":"`, "properties.", "\xff email \x00", "first  name"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		place, ok := format.PlaceOf(answer)
		if ok {
			require.NotEmpty(t, place.Named)
			require.Positive(t, place.Line)
		}
	})
}
