package event

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestMaskPayloadHidesThePersonAndKeepsTheRest(t *testing.T) {
	for name, c := range map[string]struct{ payload, want string }{
		"user data": {
			`{"event_name":"Lead","user_data":{"email":"jane@example.com","phone":"+1 (234) 567-890","first_name":"Jane","last_name":"Élan","external_id":"s-1"}}`,
			`{"event_name":"Lead","user_data":{"email":"j•••@example.com","phone":"•••90","first_name":"J•••","last_name":"É•••","external_id":"•••"}}`,
		},
		"neither an email nor a phone": {
			`{"user_data":{"email":"jane","phone":"none"}}`, `{"user_data":{"email":"•••","phone":"•••"}}`,
		},
		"an address in what is open": {
			`{"custom_data":{"utm_content":"jane@example.com","utm_term":"jane%40example.com","content_name":"Lead"}}`,
			`{"custom_data":{"utm_content":"•••","utm_term":"•••","content_name":"Lead"}}`,
		},
		"what is known, in what is open": {
			`{"user_data":{"last_name":"Müller-Lang"},"custom_data":{"content_name":"Offer for MULLER-LANG"},"source_url":"https://example.com/u/m%C3%BCller-lang/x"}`,
			`{"user_data":{"last_name":"M•••"},"custom_data":{"content_name":"Offer for •••"},"source_url":"https://example.com/u/•••/x"}`,
		},
		"mail and text": {
			`{"user_data":{"email":"jane@example.com / 0171 2345678 (please call John Doe)"}}`, `{"user_data":{"email":"•••"}}`,
		},
		"addresses of pages with an address of a person": {
			`{"custom_data":{"referrer_url":"https://jane:pw@example.com/a"},"source_url":"https://example.com/u/jane%40example.com/x?y"}`,
			`{"custom_data":{"referrer_url":"https://•••@example.com/a"},"source_url":"https://example.com/u/•••/x?•••"}`,
		},
		"long numbers": {`{"custom_data":{"mobile":491712345678,"count":3}}`, `{"custom_data":{"mobile":"•••","count":3}}`},
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

func TestAPersonIsHiddenInAnAnswer(t *testing.T) {
	payload := []byte(`{"user_data":{"email":"Jane@example.com","phone":"+49 30 555-0123","first_name":"Jörg","last_name":"O'Brien-Çelik","external_id":"crm/42"},
		"custom_data":{"note":"say \"hi\"","utm_source":"google","list":["Krämer"],"mobile":491712345678,"short":"Jo"},
		"source_url":"https://Else.W:pw12345@example.com/p/tom%40mail.example?customer=K-9921&ref=Heinz#part-7&to=Zacharias"}`)
	payload = bytes.Replace(payload, []byte(`"list"`), []byte(`"street":"Große Straße 12","mail":"jörg.müller@bücher.example","list"`), 1)
	for text, want := range map[string]string{
		`{"got":"Jane@example.com"}`:         `{"got":"•••"}`,
		`jane@example.com`:                   `•••`,
		`JANE@EXAMPLE.COM`:                   `•••`,
		`jane&#64;example.com`:               `•••`,
		`jane&commat;example&period;com`:     `•••`,
		`?email=jane%40example.com&x=1`:      `?email=•••&x=1`,
		`jane=40example.com`:                 `•••`,
		`amFuZUBleGFtcGxlLmNvbQ==`:           `•••==`,
		`?id=crm%2F42&x`:                     `?id=•••&x`,
		`"crm\/42"`:                          `"•••"`,
		`{"note":"say \"hi\""}`:              `{"note":"•••"}`,
		`{"first_name":"J\u00f6rg"}`:         `{"first_name":"•••"}`,
		`J\u00F6rg`:                          `•••`,
		`JÖRG`:                               `•••`,
		"Jo\u0308rg":                         `•••`,
		`J&ouml;rg, J&#246;rg, J&#xF6;rg`:    `•••, •••, •••`,
		`J%C3%B6rg and J%c3%b6rg`:            `••• and •••`,
		`J=C3=B6rg`:                          `•••`,
		"J\xf6rg":                            `•••`,
		`JÃ¶rg`:                              `•••`,
		`O&#39;Brien-&Ccedil;elik`:           `•••`,
		`O'Brien-\u00c7elik`:                 `•••`,
		`o'brien-celik`:                      `•••`,
		`49305550123`:                        `•••`,
		`"phone":"+49305550123"`:             `"phone":"•••"`,
		`0049 (0)30 555 01 23.`:              `•••.`,
		`+49 30 555-0123`:                    `•••`,
		`%2B49%2030%20555-0123`:              `•••`,
		`030/5550123`:                        `•••`,
		`+49.30.555.0123`:                    `•••`,
		`"491712345678"`:                     `"•••"`,
		`0171 2345678`:                       `•••`,
		`Krämer`:                             `•••`,
		`customer K-9921 in part-7`:          `customer ••• in •••`,
		`Joerg`:                              `•••`,
		`J?rg or J�rg or J_rg`:               `••• or ••• or •••`,
		`Grosse Strasse 12, Gro?e Stra?e 12`: `•••, •••`,
		`jörg.müller@xn--bcher-kva.example`:  `•••`,
		`jörg.müller (at) bücher.example`:    `••• (at) bücher.example`,
		`{"user":"joerg.mueller"}`:           `{"user":"•••"}`,
		`49_30_555_0123`:                     `•••`,
		"\u0664\u0669\u0663\u0660\u0665\u0665\u0665\u0660\u0661\u0662\u0663": `•••`,
		`o-brien-celik`:                     `•••`,
		`O''Brien-Çelik`:                    `•••`,
		`Zacharias and Heinz`:               `••• and •••`,
		`else.w, pw12345`:                   `•••, •••`,
		`/p/tom@mail.example`:               `/p/•••`,
		`Hello O'Brien-Çe…`:                 `Hello •••…`,
		`Jo at google`:                      `Jo at google`, // two letters stand in any text; google is no person
		`order 30555, 2026-03-05T12:00:00Z`: `order 30555, 2026-03-05T12:00:00Z`,
	} {
		a := MaskAttempt(store.Attempt{
			Detail:   map[string]string{"title": text, "host": "jane.example.com"},
			Response: store.Response{Headers: []store.Header{{Name: "X-Echo", Value: text}}, Body: []byte(text)},
		}, payload)
		require.Equal(t, []string{want, want, want, "jane.example.com"},
			[]string{string(a.Response.Body), a.Response.Headers[0].Value, a.Detail["title"], a.Detail["host"]}, text)
	}
}

// What the log kept of an answer may end in the middle of a value.
func TestAPersonIsHiddenWhereAnAnswerWasCut(t *testing.T) {
	payload := []byte(`{"user_data":{"email":"jane@example.com","last_name":"Grünewald"}}`)
	for _, text := range []string{"for jane@exam", "for jane", "for Gr\\u00fcne", "for Gr%C3%BCn", "for Gr&uuml;new", "for Gr\u00fc"} {
		a := MaskAttempt(store.Attempt{Response: store.Response{Body: []byte(text), Truncated: true}}, payload)
		require.Equal(t, "for •••", string(a.Response.Body), text)
	}
}
