package sender

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
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
			client := NewClient(ClientConfig{Allow: loopback(t), Resolver: names{"hook.example": {"127.0.0.1"}}, RootCAs: ca.pool(), budget: faultBudget})
			defer client.Close()
			w := testWebhook(c.scheme+"://hook.example:"+e.port()+"/", store.Header{Name: "Authorization", Value: "Bearer " + token})
			a := client.Attempt(t.Context(), w, testDelivery())
			require.NotEmpty(t, a.Outcome)
			require.NotContains(t, fmt.Sprint(a.Response, a.Detail), token)
			if a.Certificate != nil {
				require.NotContains(t, fmt.Sprint(*a.Certificate), token)
			}
			require.NotContains(t, fmt.Sprint(DiagnoseAttempt(a)), token)
			require.NotEqual(t, ActionUseURL, DiagnoseAttempt(a).Action.Kind, "a target with a mask in it is no use")
		})
	}
}

func TestSecretsOfTheSettings(t *testing.T) {
	w := store.Webhook{Secret: "whsec_one", PreviousSecret: "whsec_two", Headers: []store.Header{
		{Name: "Authorization", Value: "Basic dXNlcjpwYXNz"}, {Name: "X-Short", Value: "abc"}, {Name: "user-agent", Value: "curl/8.0 (x)"},
	}}
	require.Equal(t, secrets{"Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", "whsec_one", "whsec_two"}, secretsOf(w))
	require.Equal(t, "a "+Mask+" b "+Mask, secretsOf(w).mask("a Basic dXNlcjpwYXNz b whsec_one"))
}
