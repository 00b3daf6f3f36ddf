package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

var releaseRules = map[string]func(*testing.T, Open){
	"held ones go oldest first, with a schedule anew":    releaseOldest,
	"one that has ended says how many, to the audit log": releaseAudited,
	"a second one joins that which runs":                 releaseOnce,
	"it can be stopped, and what went stays":             releaseStopped,
	"a webhook that goes off under it ends it":           releaseOff,
	"switched off by itself, or without URL, too":        releaseSwitchedOff,
	"a bot that is deleted under it ends it":             releaseDeleted,
	"off and on again between two steps is not chased":   releaseOffAndOn,
	"a webhook that does not send is refused":            releaseRefused,
	"what is skipped meanwhile is not sent":              releaseExpired,
	"beside a resend of the same bot":                    releaseBesideResend,
	"what somebody chose to leave is left":               releaseLeft,
}

// hold3 has three events held, of a webhook that sends again.
func (b *bundle) hold3() (ids []uuid.UUID) {
	b.t.Helper()
	b.save(store.WebhookChange{Enabled: new(false)})
	ids = b.accept(b.events(3)...)
	b.save(store.WebhookChange{Enabled: new(true)})
	return ids
}

func (b *bundle) startRelease() store.Job {
	b.t.Helper()
	j, err := b.StartRelease(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(b.t, err)
	return j
}

func releaseOldest(t *testing.T, open Open) {
	b := setup(t, open)
	tried := b.accept(b.event("tried"))[0]
	b.settle(retrying(b, b.claimOne(), 500, time.Hour))
	b.save(store.WebhookChange{Enabled: new(false)})
	b.hold(10)
	b.clock.Add(time.Minute)
	fresh := b.accept(b.event("fresh"))[0]
	b.save(store.WebhookChange{Enabled: new(true)})
	j := b.startRelease()
	require.Equal(t, []int{2, 0}, []int{j.Total, j.Done})
	j = b.step(j, 1)
	require.Equal(t, store.JobRunning, j.State)
	d := b.delivery(tried)
	require.Equal(t, store.Queued, d.Status)
	require.Empty(t, d.Reason)
	require.Equal(t, b.clock.Now(), d.DueAt)
	require.Equal(t, []int{1, 0}, []int{d.Attempts, d.Round})
	require.Equal(t, store.Held, b.delivery(fresh).Status)
	j = b.step(j, 10)
	require.Equal(t, store.JobDone, j.State)
	require.Equal(t, []int{2, 2}, []int{j.Total, j.Done})
	require.Equal(t, 2, b.Waiting())
	b.requireConsistent()
}

func releaseAudited(t *testing.T, open Open) {
	b := setup(t, open)
	b.hold3()
	j := b.startRelease()
	begun := b.audited(b.bot, "held.send")
	require.Equal(t, []any{maria, j.ID.String(), "3 events"}, []any{begun.By, begun.Target, begun.Note}, "in the transaction that begins it")
	EndJob(t, b.DB, j, nil)
	ended := b.audited(b.bot, "held.send_end")
	require.Equal(t, []any{maria, j.ID.String(), "3 of 3"}, []any{ended.By, ended.Target, ended.Note})
}

func releaseOnce(t *testing.T, open Open) {
	b := setup(t, open)
	b.hold3()
	j := b.step(b.startRelease(), 1)
	again := b.startRelease()
	require.Equal(t, j, again)
	EndJob(t, b.DB, j, nil)
	require.NotEqual(t, j.ID, b.startRelease().ID)
}

func releaseStopped(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.hold3()
	j := b.step(b.startRelease(), 1)
	stopped, err := b.StopJob(b.ctx(), j.ID, maria)
	require.NoError(t, err)
	require.Equal(t, store.JobStopped, stopped.State)
	require.Equal(t, stopped, b.step(j, 10), "a step that was on its way does nothing")
	require.Equal(t, ids[:1], b.inState(store.Queued))
	require.Equal(t, ids[1:], b.inState(store.Held))
	require.Equal(t, "after 1", b.audited(b.bot, "held.send_stop").Note)
}

func (b *bundle) requireEnds(j store.Job, reason string) {
	b.t.Helper()
	j = b.step(j, 1)
	require.Equal(b.t, []any{store.JobStopped, reason, 1}, []any{j.State, j.Reason, j.Done})
	require.Equal(b.t, "1 of 3, "+reason, b.audited(b.bot, "held.send_end").Note)
	b.requireConsistent()
}

func releaseOff(t *testing.T, open Open) {
	b := setup(t, open)
	b.hold3()
	j := b.step(b.startRelease(), 1)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.requireEnds(j, store.ReasonOff)
	require.Len(t, b.inState(store.Held), 2)
}

func releaseSwitchedOff(t *testing.T, open Open) {
	for reason, off := range map[string]func(*bundle){
		store.ReasonSwitchedOff: func(b *bundle) { require.NoError(b.t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.bot), "gone")) },
		store.ReasonNoURL:       func(b *bundle) { b.save(store.WebhookChange{URL: new("")}) },
	} {
		b := setup(t, open)
		b.hold3()
		j := b.step(b.startRelease(), 1)
		off(b)
		b.requireEnds(j, reason)
	}
}

func releaseDeleted(t *testing.T, open Open) {
	b := setup(t, open)
	b.hold3()
	j := b.step(b.startRelease(), 1)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	j = b.step(j, 1)
	require.Equal(t, []any{store.JobStopped, store.ReasonDeleted, 1}, []any{j.State, j.Reason, j.Done})
	b.sweep()
	_, err := b.StepJob(b.ctx(), j, 10, nil)
	require.ErrorIs(t, err, store.ErrNotFound, "it goes with its bot")
}

func releaseOffAndOn(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.hold3()
	j := b.step(b.startRelease(), 1)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.hold(10)
	b.save(store.WebhookChange{Enabled: new(true)})
	j = EndJob(t, b.DB, j, nil)
	require.Equal(t, []any{store.JobDone, 3}, []any{j.State, j.Done}, "each once")
	require.Equal(t, ids[:1], b.inState(store.Held), "what was held anew is asked about anew")
	require.Equal(t, 1, b.heldCount().Count)
}

func releaseRefused(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.events(1)...)
	_, err := b.StartRelease(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.ErrorIs(t, err, store.ErrOff, "they would be held again at once")
	jobs, err := b.Jobs(b.ctx(), store.JobFilter{BotID: b.bot, Kinds: []store.JobKind{store.JobRelease}})
	require.NoError(t, err)
	require.Empty(t, jobs)
}

func releaseExpired(t *testing.T, open Open) {
	b := setup(t, open)
	b.hold3()
	j := b.step(b.startRelease(), 1)
	b.clock.Add(db.HeldFor + time.Second)
	require.Equal(t, 2, b.expire(10))
	j = b.step(j, 10)
	require.Equal(t, []any{store.JobDone, 1, 3}, []any{j.State, j.Done, j.Total})
}

func releaseLeft(t *testing.T, open Open) {
	b := setup(t, open)
	left := b.hold3()
	b.clock.Add(time.Minute)
	require.NoError(t, b.LeaveHeld(b.ctx(), store.FirstWebhook(b.bot), maria))
	b.clock.Add(time.Minute)
	later := b.hold3()
	require.Equal(t, 3, b.heldCount().Count)
	j := EndJob(t, b.DB, b.startRelease(), nil)
	require.Equal(t, []int{3, 3}, []int{j.Done, j.Total}, "as many as were asked about")
	require.Equal(t, later, b.inState(store.Queued))
	require.Equal(t, left, b.inState(store.Held))
	b.requireConsistent()
}

func releaseBesideResend(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(1)
	b.hold3()
	resend, release := b.startResend(store.DeliveryFilter{BotID: b.bot}), b.startRelease()
	require.Equal(t, 3, EndJob(t, b.DB, release, nil).Done)
	require.Equal(t, 1, EndJob(t, b.DB, resend, nil).Done)
	require.Len(t, b.inState(store.Queued), 4)
}
