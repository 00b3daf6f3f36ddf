package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var takeBackRules = map[string]func(*testing.T, Open){
	"what has not left is as it was before":        takeBackRestores,
	"what has left stays sent, and is told":        takeBackLeft,
	"a request on the wire is recorded":            takeBackOnTheWire,
	"a resend of many ends":                        takeBackJob,
	"a release holds again":                        takeBackRelease,
	"several that were selected are one act":       takeBackSelected,
	"the newer act of a delivery holds":            takeBackNewerAct,
	"what another act did meanwhile stays":         takeBackMeanwhile,
	"its time ends":                                takeBackTooLate,
	"twice is harmless":                            takeBackTwice,
	"who did it is in the audit log":               takeBackAudited,
	"with the endpoint, if it was one's":           takeBackOfEndpoint,
	"what it was is forgotten":                     takeBackForgotten,
	"a large act is taken back whole":              takeBackMany,
	"nothing is known of an act that was not made": takeBackUnknown,
}

func (b *bundle) takeBack(act uuid.UUID) store.TakenBack {
	b.t.Helper()
	require.NoError(b.t, b.TakeBack(b.ctx(), act, maria))
	t := b.takenBack(act)
	t.Open = nil
	return t
}

func (b *bundle) takenBack(act uuid.UUID) store.TakenBack {
	b.t.Helper()
	t, err := b.TakenBack(b.ctx(), act)
	require.NoError(b.t, err)
	return t
}

func (b *bundle) resend(id uuid.UUID) {
	b.t.Helper()
	_, err := b.Resend(b.ctx(), b.bot, id, maria)
	require.NoError(b.t, err)
}

func takeBackRestores(t *testing.T, open Open) {
	for name, bring := range broughtTo {
		for _, claimed := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				b := setup(t, open)
				id := bring(b)
				before := b.delivery(id)
				b.clock.Add(time.Second)
				b.resend(id)
				if claimed {
					require.Equal(t, id, b.claimOne().ID)
				}
				b.clock.Add(time.Second)
				require.Equal(t, store.TakenBack{Of: 1, Back: 1}, b.takeBack(id))
				require.Equal(t, before, b.delivery(id))
			})
		}
	}
}

func takeBackLeft(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.fail(4)
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot}), 10)
	claims := b.claim(3).Claims
	b.settle(delivered(b, claims[0]))
	b.settle(retrying(b, claims[1], 503, time.Hour))
	b.settle(failed(b, claims[2], 422))
	require.Equal(t, store.TakenBack{Of: 4, Back: 1}, b.takeBack(j.ID))
	for i, want := range []store.Status{store.Delivered, store.Retrying, store.Failed, store.Failed} {
		require.Equal(t, want, b.delivery(ids[i]).Status)
	}
}

func takeBackOnTheWire(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.fail(3)
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot}), 10)
	claims := b.claim(2).Claims
	b.clock.Add(time.Second)
	require.Equal(t, 3, b.takeBack(j.ID).Back)
	require.Equal(t, ids, b.takenBack(j.ID).Open, "the oldest first")
	s := delivered(b, claims[0])
	s.Attempt.StartedAt = b.clock.Now().Add(-time.Second)
	b.settle(s)
	require.NoError(t, b.Unclaim(b.ctx(), claims[1:]))
	require.Equal(t, store.TakenBack{Of: 3, Back: 2, Late: ids[:1], Open: ids[1:]}, b.takenBack(j.ID))
	require.Equal(t, store.Delivered, b.delivery(ids[0]).Status, "the endpoint has it")
	require.Equal(t, store.Failed, b.delivery(ids[1]).Status, "it did not leave")
	b.clock.Add(time.Minute)
	require.Empty(t, b.claim(10).Claims)
	require.Empty(t, b.takenBack(j.ID).Open, "no request takes so long")
}

func takeBackJob(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.fail(5)
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot}), 2)
	require.Equal(t, store.TakenBack{Of: 2, Back: 2}, b.takeBack(j.ID))
	require.Equal(t, ids, b.inState(store.Failed))
	after := b.step(j, 10)
	require.Equal(t, []any{store.JobStopped, store.ReasonTakenBack, 2}, []any{after.State, after.Reason, after.Done}, "it queues nothing more")
	require.Equal(t, ids, b.inState(store.Failed))
	b.startResend(store.DeliveryFilter{BotID: b.bot})
}

func takeBackRelease(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.events(3)...)
	before := b.list(store.DeliveryFilter{BotID: b.bot})
	held := b.heldCount()
	b.clock.Add(time.Hour)
	b.save(store.WebhookChange{Enabled: new(true)})
	j, err := b.StartRelease(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	j = b.step(j, 10)
	require.Equal(t, store.JobDone, j.State)
	b.claim(1)
	require.Equal(t, 3, b.takeBack(j.ID).Back)
	require.Equal(t, before, b.list(store.DeliveryFilter{BotID: b.bot}))
	require.Equal(t, held, b.heldCount(), "the question is asked again")
}

func takeBackSelected(t *testing.T, open Open) {
	b := setup(t, open)
	ids := append(b.fail(2), b.deliver(b.event("delivered")))
	sending := b.accept(b.event("sending"))[0]
	b.claim(1)
	r, err := b.ResendSelected(b.ctx(), append(ids, sending, b.newID()), maria)
	require.NoError(t, err)
	require.Equal(t, 4, r.Done, "what is being sent anyway, too")
	require.Equal(t, store.TakenBack{Of: 3, Back: 3}, b.takeBack(r.Act))
	require.Equal(t, ids[:2], b.inState(store.Failed))
	require.Equal(t, ids[2:], b.inState(store.Delivered))
	require.Equal(t, store.Sending, b.delivery(sending).Status)
	b.save(store.WebhookChange{Enabled: new(false)})
	r, err = b.ResendSelected(b.ctx(), ids, maria)
	require.NoError(t, err)
	require.Zero(t, r.Done, "a webhook that does not send is skipped")
}

func takeBackNewerAct(t *testing.T, open Open) {
	b := setup(t, open)
	ids := b.fail(2)
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot}), 10)
	b.resend(ids[0])
	require.Equal(t, store.TakenBack{Of: 1, Back: 1}, b.takeBack(j.ID))
	require.Equal(t, ids[:1], b.inState(store.Queued))
}

func takeBackMeanwhile(t *testing.T, open Open) {
	for name, c := range map[string]struct {
		act  func(b *bundle, id uuid.UUID)
		want store.Status
		back int
	}{
		"the webhook was switched off": {func(b *bundle, _ uuid.UUID) {
			b.save(store.WebhookChange{Enabled: new(false)})
			_, err := b.HoldWaiting(b.ctx(), store.FirstWebhook(b.bot), 10)
			require.NoError(b.t, err)
		}, store.Failed, 1},
		"its person was erased": {func(b *bundle, _ uuid.UUID) {
			j, err := b.StartErase(b.ctx(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, maria)
			require.NoError(b.t, err)
			_, err = b.StepJob(b.ctx(), j, 10, func([]byte) []byte { return []byte(`{}`) })
			require.NoError(b.t, err)
		}, store.Skipped, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			id := b.accept(b.event("lead", func(e *store.NewDelivery) { e.Email = "jane@example.com" }))[0]
			b.settle(failed(b, b.claimOne(), 422))
			b.resend(id)
			c.act(b, id)
			require.Equal(t, store.TakenBack{Of: 1, Back: c.back}, b.takeBack(id))
			require.Equal(t, c.want, b.delivery(id).Status)
		})
	}
	t.Run("the bot was deleted", func(t *testing.T) {
		b := setup(t, open)
		id := b.fail(1)[0]
		b.resend(id)
		require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
		require.Equal(t, store.TakenBack{Of: 1}, b.takeBack(id))
		b.sweep()
		err := b.TakeBack(b.ctx(), id, maria)
		require.ErrorIs(t, err, store.ErrTooLate, "it goes with its bot")
	})
}

func takeBackTooLate(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.fail(1)[0]
	b.resend(id)
	b.clock.Add(store.TakeBackFor)
	err := b.TakeBack(b.ctx(), id, maria)
	require.ErrorIs(t, err, store.ErrTooLate)
	require.Equal(t, store.Queued, b.delivery(id).Status)
}

func takeBackTwice(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.fail(1)[0]
	b.resend(id)
	first := b.takeBack(id)
	before := b.delivery(id)
	require.Equal(t, first, b.takeBack(id))
	require.Equal(t, before, b.delivery(id))
}

func takeBackAudited(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(2)
	j := b.step(b.startResend(store.DeliveryFilter{BotID: b.bot}), 10)
	b.settle(delivered(b, b.claimOne()))
	b.takeBack(j.ID)
	entry := b.audited(b.bot, "delivery.take_back")
	require.Equal(t, maria, entry.By)
	require.Equal(t, j.ID.String(), entry.Target)
	require.Equal(t, "1 of 2", entry.Note)
}

func takeBackOfEndpoint(t *testing.T, open Open) {
	one := func(b *bundle, ids []uuid.UUID) uuid.UUID {
		b.resend(ids[1])
		return ids[1]
	}
	selected := func(b *bundle, ids []uuid.UUID) uuid.UUID {
		r, err := b.ResendSelected(b.ctx(), ids, maria)
		require.NoError(b.t, err)
		return r.Act
	}
	for name, c := range map[string]struct {
		act  func(*bundle, []uuid.UUID) uuid.UUID
		want int
	}{
		"one delivery":             {one, 2},
		"a selection of one's":     {func(b *bundle, ids []uuid.UUID) uuid.UUID { return selected(b, ids[1:]) }, 2},
		"a selection of several's": {selected, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			second := b.second()
			var ids []uuid.UUID
			for i, d := range b.acceptAll(b.event("lead")) {
				ids = append(ids, d.DeliveryID)
				b.settle(failed(b, b.claimAt([]store.WebhookID{store.FirstWebhook(b.bot), second}[i], 1)[0], 401))
			}
			b.takeBack(c.act(b, ids))
			entry := b.audited(b.bot, "delivery.take_back")
			require.Equal(t, []any{b.bot, c.want}, []any{entry.BotID, entry.N})
		})
	}
}

func takeBackForgotten(t *testing.T, open Open) {
	b := setup(t, open)
	for range 3 {
		b.resend(b.fail(1)[0])
	}
	b.clock.Add(time.Hour)
	b.resend(b.fail(1)[0])
	for _, want := range []int{2, 1, 0} {
		n, err := b.DeleteOldPutBacks(b.ctx(), b.clock.Now(), 2)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
}

func takeBackMany(t *testing.T, open Open) {
	const many = 1100
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.events(many)...)
	b.save(store.WebhookChange{Enabled: new(true)})
	j, err := b.StartRelease(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	b.step(j, many+1)
	require.Equal(t, store.TakenBack{Of: many, Back: many}, b.takeBack(j.ID))
	require.Equal(t, many, b.summary().Held)
}

func takeBackUnknown(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.fail(1)[0]
	for _, act := range []uuid.UUID{id, b.newID(), uuid.Nil} {
		err := b.TakeBack(b.ctx(), act, maria)
		require.ErrorIs(t, err, store.ErrTooLate)
	}
	j := b.startResend(store.DeliveryFilter{BotID: b.bot})
	require.Equal(t, store.TakenBack{}, b.takeBack(j.ID), "a job that has only begun stops")
	require.Equal(t, store.JobStopped, b.step(j, 10).State)
}
