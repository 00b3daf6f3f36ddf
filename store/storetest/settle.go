package storetest

import (
	"testing"
	"time"

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
