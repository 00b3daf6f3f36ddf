package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var settleRules = map[string]func(*testing.T, Open){
	"each outcome moves the delivery on":                         settleMoves,
	"attempts count on, rounds start anew":                       settleRounds,
	"only a retry has a next time":                               settleTimes,
	"a group that settles many deliveries records each":          settleConcurrently,
	"a settlement that cannot be written changes nothing at all": settleAllOrNothing,
}

func settleMoves(t *testing.T, open Open) {
	for name, settle := range map[string]func(*bundle, store.Claim) store.Settlement{
		"delivered": delivered,
		"failed":    func(b *bundle, c store.Claim) store.Settlement { return failed(b, c, 422) },
		"retrying":  func(b *bundle, c store.Claim) store.Settlement { return retrying(b, c, 503, time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			id := b.accept(b.event("lead-1"))[0]
			c := b.claimOne()
			b.clock.Add(time.Second)
			s := settle(b, c)
			b.settle(s)
			d := b.delivery(id)
			require.Equal(t, store.Status(name), d.Status)
			require.Equal(t, s.DueAt, d.DueAt)
			require.Equal(t, b.clock.Now(), d.UpdatedAt)
			require.Equal(t, s.Attempt.StatusCode, d.LastCode)
			require.Equal(t, s.Attempt.Duration, d.LastDuration)
			require.Equal(t, 1, d.Attempts)
			require.Equal(t, c.Payload, d.Payload)
		})
	}
}

func settleRounds(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.event("lead-1"))[0]
	for range 2 {
		b.settle(retrying(b, b.claimOne(), 500, time.Second))
		b.clock.Add(time.Second)
	}
	b.settle(failed(b, b.claimOne(), 500))
	_, err := b.Resend(b.ctx(), b.bot, id, maria)
	require.NoError(t, err)
	c := b.claimOne()
	require.Equal(t, []int{3, 0}, []int{c.Attempts, c.Round})
	b.settle(delivered(b, c))
	d := b.delivery(id)
	require.Equal(t, []int{4, 1}, []int{d.Attempts, d.Round})
	var numbers []int
	for _, a := range b.attemptsOf(id) {
		numbers = append(numbers, a.Number)
	}
	require.Equal(t, []int{1, 2, 3, 4}, numbers)
}

func settleTimes(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(2)...)
	claims := b.claim(2).Claims
	for why, change := range map[string]func(*store.Settlement){
		"what is delivered is never due again":      func(s *store.Settlement) { s.DueAt = b.clock.Now().Add(time.Hour) },
		"what failed for good neither":              func(s *store.Settlement) { s.Status, s.DueAt = store.Failed, b.clock.Now() },
		"a retry without a time would wait forever": func(s *store.Settlement) { s.Status = store.Retrying },
		"an attempt ends in no other state":         func(s *store.Settlement) { s.Status = store.Held },
	} {
		s := delivered(b, claims[0])
		change(&s)
		_, err := b.Settle(b.ctx(), s)
		require.Error(t, err, why)
		require.Equal(t, store.Sending, b.delivery(claims[0].ID).Status, why)
	}
}

func settleConcurrently(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(60)...)
	claims := b.claim(60).Claims
	answers := make(chan error, len(claims))
	for i, c := range claims {
		s := delivered(b, c)
		if i%3 == 0 {
			s = retrying(b, c, 500, time.Minute)
		}
		go func() {
			_, err := b.Settle(b.ctx(), s)
			answers <- err
		}()
	}
	for range claims {
		require.NoError(t, <-answers)
	}
	require.Equal(t, 20, b.Waiting())
	for _, c := range claims {
		require.Len(t, b.attemptsOf(c.ID), 1)
	}
}

func settleAllOrNothing(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.event("lead-1"))[0]
	_, err := b.Settle(b.ctx(), store.Settlement{Token: 1, Attempt: store.Attempt{BotID: b.bot, DeliveryID: id, StatusCode: 200}, Status: store.Delivered})
	require.ErrorIs(t, err, store.ErrLeaseLost, "it was never claimed")
	require.Equal(t, store.Queued, b.delivery(id).Status)
	require.Zero(t, b.healthNow())
}

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
		BotID: b.bot, DeliveryID: id, Claim: c.Claims[0].Token, Number: 1, StartedAt: began, WebhookVersion: c.Webhook.Version, URL: hook,
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

var switchOffRules = map[string]func(*testing.T, Open){
	"the reason stands beside the person's own switch":     switchOffNoted,
	"the first reason stays, and is in the audit log once": switchOffOnce,
	"a person's switching on clears it, the API's too":     switchOffCleared,
	"one that is off already is not switched off":          switchOffWhileOff,
	"another save leaves it off":                           switchOffOtherSave,
}

func switchOffNoted(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Hour)
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone"))
	w := b.webhook()
	require.True(t, w.Enabled)
	require.Equal(t, &store.SwitchedOff{Reason: "gone", At: b.clock.Now()}, w.SwitchedOff)
	require.False(t, w.Sends())
	require.Equal(t, w.WebhookState, b.summary().Webhook)
}

func switchOffOnce(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone"))
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "no_success_5_days"))
	require.Equal(t, "gone", b.webhook().SwitchedOff.Reason)
	entries, err := AuditEntries(b.ctx(), b.DB, b.bot, 10)
	require.NoError(t, err)
	n := 0
	for _, e := range entries {
		if e.Action == "webhook.switch_off" {
			require.Equal(t, "gone", e.Target)
			n++
		}
	}
	require.Equal(t, 1, n)
}

func switchOffCleared(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone"))
	before := b.webhook().Version
	w := b.save(store.WebhookChange{Enabled: new(true)})
	require.Nil(t, w.SwitchedOff)
	require.Equal(t, before+1, w.Version, "it is a change, though the person's switch stood on")
	require.Equal(t, w, b.webhook())
}

func switchOffWhileOff(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone"))
	require.Nil(t, b.webhook().SwitchedOff)
}

func switchOffOtherSave(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone"))
	w := b.save(store.WebhookChange{URL: new("https://new.example")})
	require.NotNil(t, w.SwitchedOff)
	w = b.save(store.WebhookChange{Enabled: new(false)})
	require.Nil(t, w.SwitchedOff)
	require.False(t, w.Enabled)
}
