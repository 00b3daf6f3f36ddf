package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var healthRules = map[string]func(*testing.T, Open){
	"nothing has happened yet":                               healthEmpty,
	"a success is noted and ends a time of failing":          healthSuccess,
	"failing is counted by events, not by attempts":          healthFailing,
	"an event sent again fails once, however often":          healthSentAgain,
	"a 410 is remembered from the first to the next success": healthGone,
	"every settlement answers with the health after it":      healthAnswered,
	"a person who switches it on again starts it afresh":     healthAfterSwitchOn,
	"an address that is gone says nothing about a new one":   healthAfterNewURL,
}

func healthEmpty(t *testing.T, open Open) {
	b := setup(t, open)
	require.Zero(t, b.healthNow())
	b.accept(b.events(1)...)
	require.Zero(t, b.healthNow(), "waiting says nothing about health")
}

func healthSuccess(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(3)...)
	claims := b.claim(3).Claims
	b.settle(failed(b, claims[0], 410))
	b.settle(failed(b, claims[1], 0))
	b.clock.Add(time.Minute)
	b.settle(delivered(b, claims[2]))
	require.Equal(t, store.Health{LastAttemptAt: b.clock.Now(), LastSuccessAt: b.clock.Now(), LastCode: 200}, b.healthNow())
}

func healthFailing(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(2)...)
	s := retrying(b, b.claimOne(), 500, time.Second)
	s.Attempt.Outcome = "http_500"
	b.settle(s)
	b.clock.Add(time.Second)
	claims := b.claim(2).Claims
	require.Len(t, claims, 2)
	for _, c := range claims {
		b.settle(retrying(b, c, 503, time.Minute))
	}
	require.Equal(t, store.Health{
		LastAttemptAt: b.clock.Now(), LastCode: 503, FailingSince: began, FailingEvents: 2, FirstFailures: 2, StrikesSince: began, Strikes: 2,
	}, b.healthNow())
}

// healthSentAgain counts deliveries, not tries: an event that somebody sends again and again is one that failed.
func healthSentAgain(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.accept(b.events(2)...)
	for _, c := range b.claim(2).Claims {
		b.settle(retrying(b, c, 503, time.Hour))
	}
	for range 3 {
		b.clock.Add(time.Second)
		_, err := b.Resend(b.ctx(), b.bot, ids[0], maria)
		require.NoError(t, err)
		b.settle(failed(b, b.claimOne(), 503))
		require.Equal(t, 2, b.healthNow().FailingEvents)
	}
	b.clock.Add(time.Second)
	_, err := b.Resend(b.ctx(), b.bot, ids[1], maria)
	require.NoError(t, err)
	b.settle(delivered(b, b.claimOne()))
	require.Zero(t, b.healthNow().FailingEvents)
	for range 2 {
		b.clock.Add(time.Second)
		_, err = b.Resend(b.ctx(), b.bot, ids[0], maria)
		require.NoError(t, err)
		b.settle(failed(b, b.claimOne(), 503))
		require.Equal(t, 1, b.healthNow().FailingEvents, "it failed before the success, too: now it is the first since then")
	}
}

func healthGone(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(3)...)
	claims := b.claim(3).Claims
	b.settle(failed(b, claims[0], 410))
	b.clock.Add(time.Minute)
	b.settle(failed(b, claims[1], 410))
	require.Equal(t, began, b.healthNow().GoneAt, "the first one is what the second is measured from")
	b.settle(delivered(b, claims[2]))
	require.Zero(t, b.healthNow().GoneAt)
}

func healthAnswered(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(2)...)
	for i, c := range b.claim(2).Claims {
		h := b.settle(failed(b, c, 500))
		require.Equal(t, i+1, h.FailingEvents)
		require.Equal(t, b.bot, h.BotID)
	}
}

func healthAfterSwitchOn(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	b.settle(failed(b, b.claimOne(), 410))
	require.NoError(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone"))
	require.Equal(t, began, b.healthNow().GoneAt, "what led to it stays visible")
	b.clock.Add(time.Hour)
	b.save(store.WebhookChange{Enabled: new(true)})
	h := b.healthNow()
	require.Zero(t, h.GoneAt, "one more 410 is not the second")
	require.Zero(t, h.Strikes)
	require.Zero(t, h.StrikesSince)
	require.Equal(t, 1, h.FailingEvents, "what failed is still to be sent again")
	require.Equal(t, 410, h.LastCode, "what was last answered stays true")
}

func healthAfterNewURL(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	b.settle(failed(b, b.claimOne(), 410))
	b.save(store.WebhookChange{RateLimit: new(5.0)})
	require.Equal(t, began, b.healthNow().GoneAt, "a limit changes nothing about the endpoint")
	b.save(store.WebhookChange{URL: new("https://new.example/hook")})
	require.Zero(t, b.healthNow().GoneAt)
	require.Equal(t, began, b.healthNow().FailingSince, "nothing has got through since, all the same")
}

// healthNow is the bot's health without its id, so that "nothing has happened" is the zero value.
func (b *bundle) healthNow() store.Health {
	b.t.Helper()
	h, err := b.Health(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(b.t, err)
	require.Equal(b.t, store.FirstWebhook(b.bot), h.WebhookID)
	h.WebhookID = store.WebhookID{}
	return h
}
