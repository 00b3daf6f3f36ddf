package event

import (
	"testing"

	"github.com/stretchr/testify/require"
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
