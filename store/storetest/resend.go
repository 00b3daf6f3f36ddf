package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var resendRules = map[string]func(*testing.T, Open){
	"whatever its state, the same row is due now":    resendRequeues,
	"one that is being sent stays as it is":          resendSending,
	"only through its own bot":                       resendOtherBot,
	"who did it is in the audit log":                 resendAudited,
	"the person's masked name and warnings are kept": resendKeeps,
}

// broughtTo are events that were brought to a state.
var broughtTo = map[string]func(b *bundle) uuid.UUID{
	"queued":    func(b *bundle) uuid.UUID { return b.accept(b.event("lead-1"))[0] },
	"delivered": func(b *bundle) uuid.UUID { return b.deliver(b.event("lead-1")) },
	"failed": func(b *bundle) uuid.UUID {
		id := b.accept(b.event("lead-1"))[0]
		b.settle(failed(b, b.claimOne(), 422))
		return id
	},
	"retrying": func(b *bundle) uuid.UUID {
		id := b.accept(b.event("lead-1"))[0]
		b.settle(retrying(b, b.claimOne(), 500, time.Hour))
		return id
	},
	"skipped": func(b *bundle) uuid.UUID {
		b.save(store.WebhookChange{EventNames: &[]string{"Purchase"}})
		return b.accept(b.event("lead-1"))[0]
	},
	"held": func(b *bundle) uuid.UUID {
		b.save(store.WebhookChange{Enabled: new(false)})
		id := b.accept(b.event("lead-1"))[0]
		b.save(store.WebhookChange{Enabled: new(true)})
		return id
	},
}

func resendRequeues(t *testing.T, open Open) {
	for name, bring := range broughtTo {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			id := bring(b)
			before := b.delivery(id)
			require.Equal(t, store.Status(name), before.Status)
			b.clock.Add(time.Minute)
			d, err := b.Resend(b.ctx(), b.bot, id, maria)
			require.NoError(t, err)
			want := before
			want.Status, want.Reason, want.Round, want.DueAt, want.UpdatedAt = store.Queued, "", 0, b.clock.Now(), b.clock.Now()
			require.Equal(t, want, d)
			require.Equal(t, want, b.delivery(id))
			require.Equal(t, 1, b.Waiting())
			require.Equal(t, id, b.claimOne().ID)
		})
	}
}

func resendSending(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.event("lead-1"))[0]
	c := b.claimOne()
	d, err := b.Resend(b.ctx(), b.bot, id, maria)
	require.NoError(t, err)
	require.Equal(t, store.Sending, d.Status)
	b.settle(delivered(b, c))
}

func resendOtherBot(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.deliver(b.event("lead-1"))
	for _, c := range []struct{ bot, id uuid.UUID }{{b.newBot("another"), id}, {b.bot, b.newID()}} {
		_, err := b.Resend(b.ctx(), c.bot, c.id, maria)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err := b.Resend(b.ctx(), b.bot, id, maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func resendAudited(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.deliver(b.event("lead-1"))
	_, err := b.Resend(b.ctx(), b.bot, id, maria)
	require.NoError(t, err)
	entry := b.audited(b.bot, "delivery.resend")
	require.Equal(t, maria, entry.By)
	require.Equal(t, id.String(), entry.Target)
	require.Equal(t, "was delivered", entry.Note)
}

func resendKeeps(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.deliver(b.event("lead-1", func(e *store.NewDelivery) {
		e.Email, e.Warnings = "jane@example.com", []store.Warning{{Pointer: "/event_time", Message: "old"}}
	}))
	d, err := b.Resend(b.ctx(), b.bot, id, maria)
	require.NoError(t, err)
	require.Equal(t, "j•••@example.com", d.Person)
	require.Len(t, d.Warnings, 1)
}
