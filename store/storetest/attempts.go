package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var attemptRules = map[string]func(*testing.T, Open){
	"an attempt is kept to the last field":              attemptKeepsAll,
	"it names the URL of the settings it was made with": attemptURL,
	"only its own bot's are read":                       attemptOfBot,
}

func attemptKeepsAll(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.event("lead-1"))[0]
	c := b.claim(1)
	a := store.Attempt{
		BotID: b.bot, DeliveryID: id, Number: 1, StartedAt: began, WebhookVersion: c.Webhook.Version, URL: hook,
		RemoteAddr: "192.0.2.7:443", Protocol: "HTTP/2.0", StatusCode: 401, Duration: 92500 * time.Microsecond,
		Phases: store.Phases{
			DNS: 1500 * time.Microsecond, Connect: -1, TLS: -1, Send: 40 * time.Microsecond,
			FirstByte: 80 * time.Millisecond, Body: 0,
		},
		FailedPhase: store.PhaseBody, Outcome: "http_401", Detail: map[string]string{"host": "crm.example.com"},
		Response: store.Response{
			Headers: []store.Header{{Name: "Www-Authenticate", Value: "Bearer"}}, Body: []byte("no\x00\xff"), Truncated: true,
		},
		Certificate: &store.Certificate{
			Subject: "crm.example.com", Names: []string{"crm.example.com"}, Issuer: "R11",
			NotBefore: began.AddDate(0, -1, 0), NotAfter: began.AddDate(0, 2, 0), Protocol: "TLS 1.3",
		},
	}
	b.settle(store.Settlement{Token: c.Claims[0].Token, Attempt: a, Status: store.Failed})
	require.Equal(t, []store.Attempt{a}, b.attemptsOf(id))
	d := b.delivery(id)
	require.Equal(t, "http_401", d.LastOutcome)
	require.Equal(t, a.Detail, d.LastDetail)
}

func attemptURL(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.event("lead-1"))[0]
	for _, url := range []string{hook, hook + "/2"} {
		b.save(store.WebhookChange{URL: new(url)})
		c := b.claim(1)
		s := retrying(b, c.Claims[0], 500, time.Second)
		s.Attempt.WebhookVersion = c.Webhook.Version
		b.settle(s)
		b.clock.Add(time.Second)
	}
	b.save(store.WebhookChange{URL: new("https://never.example")})
	attempts := b.attemptsOf(id)
	require.Equal(t, []string{hook, hook + "/2"}, []string{attempts[0].URL, attempts[1].URL})
}

func attemptOfBot(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.deliver(b.event("lead-1"))
	require.Len(t, b.attemptsOf(id), 1)
	attempts, err := b.Attempts(b.ctx(), b.newBot("another"), id)
	require.NoError(t, err)
	require.Empty(t, attempts)
	require.Empty(t, b.attemptsOf(b.newID()))
}

func (b *bundle) attemptsOf(id uuid.UUID) []store.Attempt {
	b.t.Helper()
	attempts, err := b.Attempts(b.ctx(), b.bot, id)
	require.NoError(b.t, err)
	return attempts
}
