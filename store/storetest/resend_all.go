package storetest

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/upkeep"
)

var resendAllRules = map[string]func(*testing.T, Open){
	"failed ones, each once, the oldest first":          resendAllFailed,
	"delivered ones only if just that was chosen":       resendAllChosen,
	"what comes after its start is not touched":         resendAllUntil,
	"what changed meanwhile is left alone":              resendAllChanged,
	"it goes on where it was":                           resendAllGoesOn,
	"it can be stopped":                                 resendAllStopped,
	"a webhook that does not send ends it":              resendAllOff,
	"one of all bots passes over webhooks that are off": resendAllBots,
	"one at a time":                                     resendAllOnce,
	"who did it is in the audit log, a search is not":   resendAllAudited,
	"it goes with its bot":                              resendAllSwept,
	"the worker goes on with what is running":           resendAllWorker,
	"counting stops at its limit":                       resendAllCount,
	"its outcome is told by what did not get through":   resendAllOutcome,
}

// fail accepts n events and gives them up.
func (b *bundle) fail(n int) []uuid.UUID {
	b.t.Helper()
	ids := b.accept(b.events(n)...)
	for _, c := range b.claim(n).Claims {
		b.settle(failed(b, c, 503))
	}
	b.clock.Add(time.Second)
	return ids
}

func (b *bundle) startResend(f store.DeliveryFilter) store.Job {
	b.t.Helper()
	j, err := b.StartResend(b.ctx(), f, maria)
	require.NoError(b.t, err)
	return j
}

func (b *bundle) step(j store.Job, limit int) store.Job {
	b.t.Helper()
	j, err := b.StepJob(b.ctx(), j, limit, nil)
	require.NoError(b.t, err)
	return j
}

// inState lists the deliveries of a status, the oldest first.
func (b *bundle) inState(s store.Status) []uuid.UUID {
	b.t.Helper()
	found := idsOf(b.list(store.DeliveryFilter{BotID: b.bot, Status: []store.Status{s}}))
	for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
		found[i], found[j] = found[j], found[i]
	}
	return found
}

func resendAllFailed(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.fail(5)
	b.deliver(b.event("delivered"))
	j := b.startResend(store.DeliveryFilter{BotID: b.bot})
	require.Equal(t, store.JobRunning, j.State)
	require.Negative(t, j.Total, "counting may take a while")

	j, err := b.StepJob(b.ctx(), j, 2, nil)
	require.NoError(t, err)
	require.Equal(t, []int{5, 2}, []int{j.Total, j.Done})
	require.Equal(t, ids[:2], b.inState(store.Queued))
	for _, c := range b.claim(2).Claims { // they fail again: once is enough
		b.settle(failed(b, c, 503))
	}
	j = b.step(j, 2)
	j = b.step(j, 2)
	require.Equal(t, ids[2:], b.inState(store.Queued))
	require.Equal(t, store.JobDone, j.State)
	require.Equal(t, b.clock.Now(), j.EndedAt)
	require.Equal(t, 5, j.Done)
	require.Zero(t, b.delivery(ids[4]).Round, "its schedule starts anew")
}

func resendAllChosen(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(1)
	delivered := b.deliver(b.event("delivered"))
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot, Status: []store.Status{store.Delivered, store.Sending}}), 10)
	require.Equal(t, 1, j.Done)
	require.Equal(t, []uuid.UUID{delivered}, b.inState(store.Queued))
	for name, f := range map[string]store.DeliveryFilter{
		"what is on its way":  {Status: []store.Status{store.Queued, store.Sending}},
		"tests":               {Test: new(true)},
		"another event":       {EventName: "Purchase"},
		"an answer of others": {Code: "404"},
	} {
		f.BotID = b.bot
		n, err := b.CountResend(b.ctx(), f, 10)
		require.NoError(t, err)
		require.Zero(t, n, name)
	}
}

func resendAllUntil(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.fail(1)
	j := b.startResend(store.DeliveryFilter{BotID: b.bot, To: began.Add(1000 * time.Hour)})
	b.clock.Add(time.Minute)
	b.fail(1)
	require.Equal(t, store.JobDone, b.step(j, 10).State)
	require.Equal(t, before, b.inState(store.Queued))
}

func resendAllChanged(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.fail(2)
	j := b.startResend(store.DeliveryFilter{BotID: b.bot})
	_, err := b.Resend(b.ctx(), b.bot, ids[0], maria)
	require.NoError(t, err)
	b.settle(delivered(b, b.claimOne()))
	require.Equal(t, 1, b.step(j, 10).Done)
	require.Equal(t, store.Delivered, b.delivery(ids[0]).Status)
}

func resendAllGoesOn(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.fail(3)
	b.step(b.startResend(store.DeliveryFilter{BotID: b.bot, Query: "", From: began}), 1)
	jobs, err := b.Jobs(b.ctx(), store.JobFilter{BotID: b.bot, Kinds: []store.JobKind{store.JobResend}, EndedAfter: b.clock.Now()})
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	require.Equal(t, 1, jobs[0].Done)
	require.Equal(t, maria, jobs[0].By)
	require.Equal(t, 3, b.step(jobs[0], 10).Done)
	require.Equal(t, ids, b.inState(store.Queued))
}

func resendAllStopped(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(3)
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot}), 1)
	stopped, err := b.StopJob(b.ctx(), j.ID, maria)
	require.NoError(t, err)
	require.Equal(t, store.JobStopped, stopped.State)
	require.Equal(t, store.JobStopped, b.step(j, 10).State, "a step that was on its way does nothing")
	require.Len(t, b.inState(store.Queued), 1)
	again, err := b.StopJob(b.ctx(), j.ID, maria)
	require.NoError(t, err)
	require.Equal(t, stopped, again)
	require.Equal(t, "after 1", b.audited(b.bot, "delivery.resend_stop").Note)
	_, err = b.StopJob(b.ctx(), b.newID(), maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func resendAllOff(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(3)
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot}), 1)
	b.save(store.WebhookChange{Enabled: new(false)})
	j = b.step(j, 1)
	require.Equal(t, store.JobStopped, j.State)
	require.Equal(t, store.ReasonOff, j.Reason)
	require.Equal(t, 1, j.Done)
	require.Len(t, b.inState(store.Failed), 2)
}

func resendAllBots(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(2)
	off := b.newBot("off")
	b.saveFor(off, store.WebhookChange{Enabled: new(true), URL: new(hook)})
	b.acceptFor(off, b.event("of-the-other"))
	c, err := b.Claim(b.ctx(), store.FirstWebhook(off), 1, lease)
	require.NoError(t, err)
	b.settle(failed(b, c.Claims[0], 500))
	b.saveFor(off, store.WebhookChange{Enabled: new(false)})
	j := b.step(b.startResend(store.DeliveryFilter{}), 10)
	require.Equal(t, store.JobDone, j.State)
	require.Equal(t, 2, j.Done)
	require.Equal(t, store.Failed, b.delivery(c.Claims[0].ID).Status)
}

func resendAllOnce(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(1)
	j := b.startResend(store.DeliveryFilter{BotID: b.bot})
	_, err := b.StartResend(b.ctx(), store.DeliveryFilter{BotID: b.bot}, maria)
	require.ErrorIs(t, err, store.ErrExists)
	b.step(j, 10)
	b.startResend(store.DeliveryFilter{BotID: b.bot})
}

func resendAllAudited(t *testing.T, open Open) {
	b := setup(t, open)
	j := b.startResend(store.DeliveryFilter{BotID: b.bot, Code: "4xx", Query: "jane@example.com"})
	entry := b.audited(b.bot, "delivery.resend_all")
	require.Equal(t, maria, entry.By)
	require.Equal(t, j.ID.String(), entry.Target)
	require.Equal(t, "status failed; code 4xx; a search; until 2026-03-05T12:00:00Z", entry.Note)
}

func resendAllSwept(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("other")
	_, err := b.StartResend(b.ctx(), store.DeliveryFilter{BotID: other}, maria)
	require.ErrorIs(t, err, store.ErrOff, "what is off sends nothing again")
	_, err = b.SaveWebhook(b.ctx(), store.FirstWebhook(other), store.WebhookChange{Enabled: new(true), URL: new(hook)})
	require.NoError(t, err)
	b.startResend(store.DeliveryFilter{BotID: other})
	require.NoError(t, b.DeleteBot(b.ctx(), other, maria))
	_, err = b.Sweep(b.ctx(), 10)
	require.NoError(t, err)
	jobs, err := b.Jobs(b.ctx(), store.JobFilter{BotID: uuid.Nil, Kinds: []store.JobKind{store.JobResend}, EndedAfter: began})
	require.NoError(t, err)
	require.Empty(t, jobs)
}

func resendAllWorker(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(upkeep.ResendRate)
	var woken atomic.Int32
	defer b.Subscribe(func(notices []store.Notice) {
		for _, n := range notices {
			if n.BotID == b.bot && n.Is(store.Due) {
				woken.Add(1)
			}
		}
	})()
	r := &upkeep.JobWorker{DB: b.DB, Log: slog.New(slog.DiscardHandler)}
	news, end := b.Watch(b.bot)
	defer end()
	r.Start(b.ctx())
	r.Start(b.ctx())
	j := b.startResend(store.DeliveryFilter{BotID: b.bot})
	for {
		jobs, err := b.Jobs(b.ctx(), store.JobFilter{BotID: b.bot, Kinds: []store.JobKind{store.JobResend}, EndedAfter: began})
		require.NoError(t, err)
		if jobs[0].State == store.JobDone {
			require.Equal(t, j.ID, jobs[0].ID)
			require.Equal(t, upkeep.ResendRate, jobs[0].Done)
			break
		}
		<-news
	}
	r.Stop()
	r.Stop()
	require.EqualValues(t, 2, woken.Load(), "half a second's share at a time")

	never := &upkeep.JobWorker{DB: b.DB}
	never.Stop()
	never.Start(b.ctx())
	never.Stop()
}

func resendAllCount(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(3)
	for limit, want := range map[int]int{2: 2, 3: 3, 10: 3} {
		n, err := b.CountResend(b.ctx(), store.DeliveryFilter{BotID: b.bot, Status: []store.Status{store.Failed, store.Retrying}}, limit)
		require.NoError(t, err)
		require.Equal(t, want, n, fmt.Sprint(limit))
	}
}

func resendAllOutcome(t *testing.T, open Open) {
	for name, filter := range map[string]func(*bundle) store.DeliveryFilter{
		"of a bot":    func(b *bundle) store.DeliveryFilter { return store.DeliveryFilter{BotID: b.bot} },
		"of all bots": func(*bundle) store.DeliveryFilter { return store.DeliveryFilter{} },
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			b.fail(4)
			b.accept(b.event("tried by the schedule"))
			other := b.claimOne()
			b.clock.Add(time.Second)
			outcome := func(j store.Job) store.JobOutcome {
				t.Helper()
				o, err := b.JobOutcome(b.ctx(), j)
				require.NoError(t, err)
				return o
			}
			j := b.step(b.startResend(filter(b)), 100)
			require.Equal(t, 4, j.Done)
			b.settle(retrying(b, other, 503, time.Hour))
			require.Equal(t, store.JobOutcome{Waiting: 4, Known: true}, outcome(j))
			claims := b.claim(4).Claims
			b.settle(delivered(b, claims[0]))
			b.settle(failed(b, claims[1], 422))
			b.settle(retrying(b, claims[2], 503, time.Hour))
			require.Equal(t, store.JobOutcome{Waiting: 1, Failed: 2, Known: true}, outcome(j))
			b.settle(delivered(b, claims[3]))
			require.Equal(t, store.JobOutcome{Failed: 2, Known: true}, outcome(j))
		})
	}
}
