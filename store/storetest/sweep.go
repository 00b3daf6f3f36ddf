package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var sweepRules = map[string]func(*testing.T, Open){
	"a deleted bot's rows leave in steps, the others' stay": sweepDeletes,
	"what was under way of it ends without a trace":         sweepUnderWay,
	"what comes late does not bring it back":                sweepLate,
}

func sweepDeletes(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("another")
	kept := b.acceptFor(other, b.lead("evt-1", "jane@example.com", "", ""))[0]
	b.accept(b.events(5)...)
	b.settle(failed(b, b.claimOne(), 500))
	b.settle(retrying(b, b.claimOne(), 500, 0))
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	for _, want := range []int{3, 2, 0, 0} {
		n, err := b.Sweep(b.ctx(), 3)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	require.Zero(t, b.Waiting())
	require.Equal(t, []uuid.UUID{kept}, idsOf(b.list(store.DeliveryFilter{Query: "jane@example.com"})))
	counts, err := b.HourCounts(b.ctx(), b.bot, began.AddDate(0, 0, -1), began.AddDate(0, 0, 1))
	require.NoError(t, err)
	require.Empty(t, counts)
	_, err = b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), 2)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Zero(t, b.healthNow())
}

func sweepUnderWay(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(2)...)
	claims := b.claim(2).Claims
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err := b.Settle(b.ctx(), delivered(b, claims[0])) // its rows are still there
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Empty(t, b.attemptsOf(claims[0].ID))
	b.sweep()
	_, err = b.Settle(b.ctx(), delivered(b, claims[1]))
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, b.Unclaim(b.ctx(), claims[1:]))
	require.Zero(t, b.Waiting())
}

func sweepLate(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.events(1)...)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	b.sweep()
	_, err := b.StartRelease(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Zero(t, b.healthNow())
}
