package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var claimRules = map[string]func(*testing.T, Open){
	"a claim takes what is due, with payload and settings": claimTakesDue,
	"the first due are taken first":                        claimInOrder,
	"never twice while the lease lives":                    claimOnce,
	"not even by many at once":                             claimConcurrently,
	"a lease that ended is claimed again":                  claimAfterLease,
	"a late settlement is refused":                         claimFencing,
	"handed back claims are due at once":                   unclaim,
	"what was claimed again is not handed back":            unclaimLate,
	"nothing is claimed while settings settle":             claimWhileSettling,
	"nothing is claimed while the webhook holds":           claimWhileHolding,
	"a bot that is gone has nothing to claim":              claimUnknownBot,
	"a claim reports a failing endpoint":                   claimReportsFailing,
	"other bots are not touched":                           claimOneBot,
}

func claimTakesDue(t *testing.T, open Open) {
	b := setup(t, open)
	e := b.event("lead-1")
	b.accept(e)
	b.clock.Add(time.Second)
	c := b.claim(10)
	require.Len(t, c.Claims, 1)
	got := c.Claims[0]
	require.Equal(t, e.Payload, got.Payload)
	require.Equal(t, store.Sending, got.Status)
	require.Equal(t, b.clock.Now().Add(lease), got.DueAt)
	require.Positive(t, got.Token)
	require.Equal(t, hook, c.Webhook.URL)
	require.Equal(t, b.webhook().Version, c.Webhook.Version)
	require.Equal(t, b.clock.Now().Add(lease), c.NextDue, "a lease's end counts")
	require.False(t, c.Hold)

	b.settle(delivered(b, got))
	require.Zero(t, b.claim(10).NextDue, "nothing waits")
}

func claimInOrder(t *testing.T, open Open) {
	b := setup(t, open)
	late := b.accept(b.event("late"))[0]
	b.settle(retrying(b, b.claimOne(), 500, time.Hour))
	first := b.accept(b.event("first"))[0]
	b.clock.Add(time.Minute)
	second := b.accept(b.event("second"))[0]
	require.Equal(t, []uuid.UUID{first}, claimIDs(b.claim(1).Claims))
	c := b.claim(10)
	require.Equal(t, []uuid.UUID{second}, claimIDs(c.Claims), "what is due later is left")
	b.clock.Add(time.Hour)
	require.Contains(t, claimIDs(b.claim(10).Claims), late)
}

func claimOnce(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(3)...)
	require.Len(t, b.claim(2).Claims, 2)
	require.Len(t, b.claim(2).Claims, 1)
	b.clock.Add(lease - time.Millisecond)
	require.Empty(t, b.claim(2).Claims)
}

func claimConcurrently(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(100)...)
	var mu sync.Mutex
	var claimed []uuid.UUID
	var claiming sync.WaitGroup
	for range 16 {
		claiming.Go(func() {
			for {
				c, err := b.Claim(b.ctx(), store.FirstWebhook(b.bot), 3, lease)
				if err != nil || len(c.Claims) == 0 {
					return
				}
				mu.Lock()
				claimed = append(claimed, claimIDs(c.Claims)...)
				mu.Unlock()
			}
		})
	}
	claiming.Wait()
	require.Len(t, claimed, 100)
	unique := map[uuid.UUID]bool{}
	for _, id := range claimed {
		unique[id] = true
	}
	require.Len(t, unique, 100)
}

func claimAfterLease(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	first := b.claimOne()
	b.clock.Add(lease)
	second := b.claimOne()
	require.Equal(t, first.ID, second.ID)
	require.NotEqual(t, first.Token, second.Token)
	require.Zero(t, second.Attempts, "a claim that came to nothing is not an attempt")
}

func claimFencing(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	first := b.claimOne()
	b.clock.Add(lease)
	second := b.claimOne()
	_, err := b.Settle(b.ctx(), delivered(b, first))
	require.ErrorIs(t, err, store.ErrLeaseLost)
	require.Empty(t, b.attemptsOf(first.ID), "another attempt decides, and this one is not recorded")
	require.Zero(t, b.healthNow(), "nor does it count")
	b.settle(failed(b, second, 500))
	_, err = b.Settle(b.ctx(), delivered(b, second))
	require.ErrorIs(t, err, store.ErrLeaseLost, "a claim is settled once")
	require.Equal(t, store.Failed, b.delivery(first.ID).Status)
	gone := second
	gone.ID = b.newID()
	_, err = b.Settle(b.ctx(), delivered(b, gone))
	require.ErrorIs(t, err, store.ErrNotFound)
}

func unclaim(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.event("fresh"))
	b.accept(b.event("tried"))
	claims := b.claim(2).Claims
	b.settle(retrying(b, claims[1], 500, time.Second))
	b.clock.Add(time.Second)
	claims = append(claims[:1], b.claimOne())
	require.NoError(t, b.Unclaim(b.ctx(), claims))
	for i, want := range []store.Status{store.Queued, store.Retrying} {
		d := b.delivery(claims[i].ID)
		require.Equal(t, want, d.Status)
		require.Equal(t, b.clock.Now(), d.DueAt)
		require.Equal(t, i, d.Attempts, "no attempt is spent")
	}
	require.Len(t, b.claim(10).Claims, 2)
}

func unclaimLate(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	first := b.claimOne()
	b.clock.Add(lease)
	second := b.claimOne()
	require.NoError(t, b.Unclaim(b.ctx(), []store.Claim{first}))
	require.Equal(t, store.Sending, b.delivery(first.ID).Status)
	b.settle(delivered(b, second))
	require.NoError(t, b.Unclaim(b.ctx(), []store.Claim{second}))
	require.Equal(t, store.Delivered, b.delivery(first.ID).Status)
}

func claimWhileSettling(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	w := b.save(store.WebhookChange{URL: new(hook + "/2"), QuietFor: 5 * time.Second})
	c := b.claim(10)
	require.Empty(t, c.Claims)
	require.False(t, c.Hold)
	require.Equal(t, w.QuietUntil, c.NextDue)
	b.clock.Add(5 * time.Second)
	c = b.claim(10)
	require.Len(t, c.Claims, 1)
	require.Equal(t, hook+"/2", c.Webhook.URL)
}

func claimWhileHolding(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	b.save(store.WebhookChange{Enabled: new(false)})
	c := b.claim(10)
	require.True(t, c.Hold)
	require.Empty(t, c.Claims)
}

func claimUnknownBot(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	for _, bot := range []uuid.UUID{b.bot, b.newID()} {
		_, err := b.Claim(b.ctx(), store.FirstWebhook(bot), 10, lease)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
}

func claimReportsFailing(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(2)...)
	c := b.claim(1)
	require.False(t, c.Failing)
	b.settle(failed(b, c.Claims[0], 500))
	require.True(t, b.claim(1).Failing)
}

func claimOneBot(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("Gutters bot")
	b.saveFor(other, store.WebhookChange{Enabled: new(true), URL: new(hook)})
	ids := b.acceptFor(other, b.events(2)...)
	require.Empty(t, b.claim(10).Claims)
	for _, id := range ids {
		require.Equal(t, store.Queued, b.delivery(id).Status)
	}
}

var laneRules = map[string]func(*testing.T, Open){
	"each bot that has something waiting is listed once, with its first time": lanesListed,
	"a lane that was emptied is gone":                                         lanesEmptied,
}

func lanesListed(t *testing.T, open Open) {
	b := setup(t, open)
	bots := []uuid.UUID{b.bot}
	for range 4 {
		bot := b.newBot("another")
		b.saveFor(bot, store.WebhookChange{Enabled: new(true), URL: new(hook)})
		bots = append(bots, bot)
	}
	var want []store.LaneDue
	for _, bot := range bots {
		b.acceptFor(bot, b.event("first"))
		want = append(want, store.LaneDue{WebhookID: store.FirstWebhook(bot), DueAt: b.clock.Now()})
		b.clock.Add(time.Second)
		b.acceptFor(bot, b.event("second"), b.event("third"))
	}
	all, err := b.Lanes(b.ctx(), store.WebhookID{}, 100)
	require.NoError(t, err)
	require.Equal(t, want, all)
	first, err := b.Lanes(b.ctx(), store.WebhookID{}, 2)
	require.NoError(t, err)
	require.Equal(t, want[:2], first)
	rest, err := b.Lanes(b.ctx(), store.FirstWebhook(first[1].BotID), 100)
	require.NoError(t, err)
	require.Equal(t, want[2:], rest)
}

func lanesEmptied(t *testing.T, open Open) {
	b := setup(t, open)
	b.deliver(b.event("lead-1"))
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.event("held"))
	lanes, err := b.Lanes(b.ctx(), store.WebhookID{}, 100)
	require.NoError(t, err)
	require.Empty(t, lanes)
}
