package event

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWithoutPersonalDataNothingLeadsToThePerson(t *testing.T) {
	for name, c := range map[string]struct{ payload, want string }{
		"the visitor, own keys and click ids go": {
			`{"event_name":"Lead","event_id":"e1","event_time_unix":1,"user_data":{"email":"jane@example.com"},"custom_data":{"value":10.00,"currency":"EUR","content_name":"Lead","roof":"80 m2","gclid":"x","fbp":"y","client_ip_address":"203.0.113.7","client_user_agent":"z","utm_source":"google","ad_user_data":"DENIED"},"source_url":"https://example.com/p?gclid=x#me"}`,
			`{"event_name":"Lead","event_id":"e1","event_time_unix":1,"custom_data":{"value":10.00,"currency":"EUR","content_name":"Lead","utm_source":"google","ad_user_data":"DENIED"},"source_url":"https://example.com/p"}`,
		},
		"what is known of the person, in what is open": {
			`{"user_data":{"last_name":"Müller-Lang"},"custom_data":{"content_name":"Offer for MULLER-LANG","utm_term":"jane%40example.com","field":"email"},"source_url":"https://example.com/u/m%C3%BCller-lang/x"}`,
			`{"custom_data":{"field":"email"}}`,
		},
		"addresses of pages": {
			`{"custom_data":{"referrer_url":"https://www.google.com/?q=jane","landing_url":"https://jane:pw@example.com/a"},"source_url":"https://example.com/u/jane%40example.com/x"}`,
			`{"custom_data":{"referrer_url":"https://www.google.com/"}}`,
		},
		"nothing personal":      {`{"event_name":"Lead","custom_data":{"value":1}}`, `{"event_name":"Lead","custom_data":{"value":1}}`},
		"everything personal":   {`{"event_name":"Lead","user_data":{"phone":"1"},"custom_data":{"note":"x","utm_source":{"a":1}}}`, `{"event_name":"Lead"}`},
		"not as ioZen makes it": {`{"user_data":"x","custom_data":"y","source_url":3}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, string(WithoutPersonalData([]byte(c.payload))))
		})
	}
	require.Equal(t, "{}", string(WithoutPersonalData([]byte("broken"))))
}

// Wherever a caller puts what a visitor typed, without consent it does not go out.
func TestWhatAVisitorTypedDoesNotSurviveAnywhere(t *testing.T) {
	person := rapid.SampledFrom([]string{"jane.doe@example.com", "+49 171 2345678", "Jürgen Müller-Lang", "sub-481516"})
	spelled := func(t *rapid.T, value string) string {
		return rapid.SampledFrom([]string{value, strings.ToUpper(value), url.QueryEscape(value), url.PathEscape(value), "for " + value + "!"}).Draw(t, "spelling")
	}
	rapid.Check(t, func(t *rapid.T) {
		typed := person.Draw(t, "typed")
		e := Event{Name: "Lead", ID: "e1", User: UserData{
			Email: "jane.doe@example.com", Phone: "+49 171 2345678", FirstName: "Jürgen", LastName: "Müller-Lang", ExternalID: "sub-481516",
		}}
		e.SourceURL = "https://example.com/" + rapid.SampledFrom([]string{"", "u/", "?q=", "#"}).Draw(t, "where") + spelled(t, typed)
		e.Custom.ContentName = spelled(t, typed)
		for _, name := range []string{"utm_term", "note", "landing_url", "gclid", "field", "referrer_url"} {
			value, err := json.Marshal(spelled(t, typed))
			require.NoError(t, err)
			e.Custom.More = append(e.Custom.More, Member{Name: name, JSON: value})
		}
		stripped := WithoutPersonalData(e.Payload())
		require.True(t, json.Valid(stripped))
		decoded, err := url.QueryUnescape(string(stripped))
		require.NoError(t, err)
		decoded = strings.ToLower(decoded)
		for _, part := range []string{"jane.doe", "2345678", "müller", "481516"} {
			require.NotContains(t, decoded, part)
		}
	})
}
