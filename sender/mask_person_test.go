package sender

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMaskPayloadHidesThePersonAndKeepsTheRest(t *testing.T) {
	for name, c := range map[string]struct{ payload, want string }{
		"user data": {
			`{"event_name":"Lead","user_data":{"email":"jane@example.com","phone":"+1 (234) 567-890","first_name":"Jane","last_name":"Élan","external_id":"s-1"}}`,
			`{"event_name":"Lead","user_data":{"email":"j•••@example.com","phone":"•••90","first_name":"J•••","last_name":"É•••","external_id":"•••"}}`,
		},
		"what is no e-mail and no phone": {
			`{"user_data":{"email":"jane","phone":"none"}}`, `{"user_data":{"email":"•••","phone":"•••"}}`,
		},
		"known custom data, digits kept": {
			`{"custom_data":{"value":10.00,"currency":"USD","content_name":"Lead","utm_campaign":"spring-roof"}}`,
			`{"custom_data":{"value":10.00,"currency":"USD","content_name":"Lead","utm_campaign":"spring-roof"}}`,
		},
		"click ids and addresses": {
			`{"custom_data":{"gclid":"Cj0KCQiAabcdef","fbp":"fb.1.2","client_ip_address":"203.0.113.9","landing_url":"https://example.com/a?email=jane"}}`,
			`{"custom_data":{"gclid":"Cj0KCQ…","fbp":"•••","client_ip_address":"•••","landing_url":"https://example.com/a?•••"}}`,
		},
		"a caller's own keys": {
			`{"custom_data":{"note":"call 555","list":["jane"],"object":{"a":"jane"},"count":3,"yes":true,"nil":null}}`,
			`{"custom_data":{"note":"•••","list":"•••","object":"•••","count":3,"yes":true,"nil":null}}`,
		},
		"source_url": {`{"source_url":"https://example.com/p?gclid=1#jane"}`, `{"source_url":"https://example.com/p?•••"}`},
		"fragment":   {`{"source_url":"https://example.com/p#jane?x"}`, `{"source_url":"https://example.com/p?•••"}`},
		"no payload": {`nothing`, `"•••"`},
	} {
		require.Equal(t, c.want, string(MaskPayload([]byte(c.payload))), name)
	}
}

func TestMaskPersonHidesThePersonInAnAnswer(t *testing.T) {
	payload := []byte(`{"user_data":{"email":"Jane@example.com","first_name":"Jo","external_id":"a/b c"},"custom_data":{"note":"say \"hi\"","utm_source":"google"}}`)
	for text, want := range map[string]string{
		`{"got":"Jane@example.com"}`: `{"got":"•••"}`,
		`jane@example.com`:           `•••`,
		`?id=a%2Fb+c`:                `?id=•••`,
		`{"note":"say \"hi\""}`:      `{"note":"•••"}`,
		`Jo at google`:               `Jo at google`, // two letters stand in any text; google is no person
	} {
		require.Equal(t, want, MaskPerson(text, payload), text)
	}
}
