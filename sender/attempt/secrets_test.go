package attempt

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
	"iozen/store/event"
)

// An endpoint may put what it was sent into any place of its answer: no secret gets into the record from there.
func TestNoSecretGetsIntoTheRecord(t *testing.T) {
	const token = "s3cret-token"
	ca := newAuthority(t, "Test CA")
	knows := ca.issue(t, func(c *x509.Certificate) {
		c.Subject, c.DNSNames = pkix.Name{CommonName: token + ".example"}, []string{token + ".example"}
	})
	for name, c := range map[string]struct {
		scheme   string
		endpoint behaviour
	}{
		"body":               {"http", answers("HTTP/1.1 500 Oops\r\n\r\nyou sent Bearer " + token)},
		"header":             {"http", answers("HTTP/1.1 500 Oops\r\nX-Echo: " + token + "\r\n\r\n")},
		"location":           {"http", answers(answerWith(301, "Location: https://new.example/?token="+token))},
		"title":              {"http", answers("HTTP/1.1 200 OK\r\n\r\n<html><title>Hello " + token + "</title>")},
		"first line":         {"http", answers("Bearer " + token + "\r\n")},
		"first line, on TLS": {"https", func(p *peer) { p.write("Bearer " + token + "\r\n"); p.stay() }},
		"certificate":        {"https", overTLS(&tls.Config{Certificates: []tls.Certificate{knows}}, answers(ok))},
	} {
		t.Run(name, func(t *testing.T) {
			e := startEndpoint(t, c.endpoint)
			client := NewClient(ClientConfig{Allow: sendertest.Loopback(t), Resolver: names{"hook.example": {"127.0.0.1"}}, RootCAs: ca.pool(), Budget: faultBudget})
			defer client.Close()
			w := sendertest.Webhook(c.scheme+"://hook.example:"+e.port()+"/", store.Header{Name: "Authorization", Value: "Bearer " + token})
			a := client.Attempt(t.Context(), w, sendertest.Delivery())
			require.NotEmpty(t, a.Outcome)
			require.NotContains(t, fmt.Sprint(a.Response, a.Detail), token)
			if a.Certificate != nil {
				require.NotContains(t, fmt.Sprint(*a.Certificate), token)
			}
			require.NotContains(t, fmt.Sprint(outcome.DiagnoseAttempt(a)), token)
			require.NotEqual(t, outcome.ActionUseURL, outcome.DiagnoseAttempt(a).Action.Kind, "a target with a mask in it is useless")
		})
	}
}

func TestSecretsOfTheSettings(t *testing.T) {
	w := store.Webhook{
		WebhookState: store.WebhookState{URL: "https://hooks.example.com/in?token=url-token-1&source=website&sig=ab%2Bcd%2Fef=="},
		Secret:       "whsec_oneoneone+/=", PreviousSecret: "whsec_two/two/two",
		Headers: []store.Header{
			{Name: "Authorization", Value: "Basic dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw=="},
			{Name: "X-Short", Value: "abc"},
			{Name: "user-agent", Value: "curl/8.0 (x) agent"},
			{Name: "X-Auth", Value: "Token token=\"tok/en+1234\", id=\"another-one\""},
			{Name: "Cookie", Value: "a=1; session=monster/value; theme=dark-blue-7"},
			{Name: "X-Key", Value: "ApiKey  key-with-space-before"},
			{Name: "X-Plain", Value: "plain-key-9"},
			{Name: "X-Path", Value: "C:\\keys\\new%20one"},
			{Name: "X-User", Value: "crm-user-77:Pa55/wörd+long"},
			{Name: "X-Json", Value: `{"id":"shop-55","keys":["js0n/K3y+Val=="]}`},
			{Name: "X-Elastic", Value: "ApiKey " + base64.StdEncoding.EncodeToString([]byte("VuaCfGcBCdbk:ui2lp2axTNm+syakw9"))},
			{Name: "Origin", Value: "https://shop.example"},
		},
	}
	s := secretsOf(w)
	for text, want := range map[string]string{
		"a Basic dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw== b":              "a •••••••• b",
		"dGVzdC11c2VyOnBh\\/3N3b3Jk+2Zvbw==":                      "••••••••",
		`dGVzdC11c2VyOnBh/3N3b3Jk\u002B2Zvbw==`:                   "••••••••",
		`dGVzdC11c2VyOnBh/3N3b3Jk\u002b2Zvbw\u003d\u003D`:         "••••••••",
		"dGVzdC11c2VyOnBh%2f3N3b3Jk%2B2Zvbw%3D%3D":                "••••••••",
		"dGVzdC11c2VyOnBh%252f3N3b3Jk%252B2Zvbw%253D%253D":        "••••••••",
		"dGVzdC11c2VyOnBh&#47;3N3b3Jk&#x2B;2Zvbw&equals;&equals;": "••••••••",
		"dGVzdC11c2Vy\r\n OnBh/3N3b3Jk+2Zvbw==":                   "••••••••",
		"bad token dGVzdC11…":                                     "bad token ••••••••…",
		"user test-user is unknown":                               "user •••••••• is unknown",
		"user test-us is unknown":                                 "user test-us is unknown", // a beginning of a word
		"x whsec_oneoneone+/= y whsec_two\\/two\\/two":            "x •••••••• y ••••••••",
		"oneoneone%2B%2F%3D":                                      "••••••••",
		"secrets begin with whsec_":                               "secrets begin with whsec_",
		"tok\\/en\\u002b1234":                                     "••••••••",
		"another-one":                                             "••••••••",
		"cookies: session=monster%2Fvalue; x=2":                   "cookies: session=••••••••; x=2",
		"Pa55%2Fw%C3%B6rd%2Blong is wrong":                        "•••••••• is wrong",
		"wrong: Pa55\\/w\u00f6rd+l…":                              "wrong: ••••••••…",
		`key js0n\/K3y+Val== of shop-55`:                          "key •••••••• of ••••••••",
		"ui2lp2axTNm+syakw9":                                      "••••••••",
		"…yOnBh/3N3b3Jk+2Zvbw==":                                  "…••••••••",
		"dGVzdC11c2VyOnBh_3N3b3Jk-2Zvbw":                          "••••••••",
		"dGVzdC11<br />\r\nc2VyOnBh/3N3b3Jk":                      "••••••••",
		"see https://shop.example.com/":                           "see ••••••••.com/",
		"dark-blue-7":                                             "••••••••",
		"key-with-space-before":                                   "••••••••",
		"PLAIN-KEY-9":                                             "••••••••",
		`{"path":"C:\\keys\\new%20one"}`:                          `{"path":"••••••••"}`,
		"url-token-1 and ab%2Bcd%2Fef%3D%3D, ab+cd/ef==":          "•••••••• and ••••••••, ••••••••",
		"abc, curl/8.0 (x) agent, website":                        "abc, curl/8.0 (x) agent, website",
	} {
		require.Equal(t, want, s.mask(text), text)
	}
}

func TestTheUserOfABasicPairAloneGivesNothingAway(t *testing.T) {
	s := secretsOf(store.Webhook{Headers: []store.Header{{Name: "Authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte("api:pw/1"))}}})
	require.Equal(t, "api says ••••••••", s.mask("api says api:pw\\/1"))
}

// A mask is kept as long as the settings are the same, and no longer.
func TestAChangedSecretIsMaskedAtOnce(t *testing.T) {
	var kept secretMasks
	w := store.Webhook{Headers: []store.Header{{Name: "X-Key", Value: "first-secret"}}}
	require.Equal(t, event.Mask, kept.of(w).mask("first-secret"))
	w.Headers[0].Value = "second-secret"
	require.Equal(t, event.Mask, kept.of(w).mask("second-secret"))
	w.Secret = "whsec_third-secret"
	require.Equal(t, event.Mask, kept.of(w).mask("third-secret"))
	for range 2 * keptMasks {
		w.BotID = uuid.New()
		kept.of(w)
	}
	require.LessOrEqual(t, len(kept.known), keptMasks)
}
