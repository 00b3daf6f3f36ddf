package storetest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

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
	slices.SortFunc(bots, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
	var want []store.LaneDue
	for _, bot := range bots {
		b.acceptFor(bot, b.event("first"))
		want = append(want, store.LaneDue{BotID: bot, DueAt: b.clock.Now()})
		b.clock.Add(time.Second)
		b.acceptFor(bot, b.event("second"), b.event("third"))
	}
	all, err := b.Lanes(b.ctx(), uuid.Nil, 100)
	require.NoError(t, err)
	require.Equal(t, want, all)
	first, err := b.Lanes(b.ctx(), uuid.Nil, 2)
	require.NoError(t, err)
	require.Equal(t, want[:2], first)
	rest, err := b.Lanes(b.ctx(), first[1].BotID, 100)
	require.NoError(t, err)
	require.Equal(t, want[2:], rest)
}

func lanesEmptied(t *testing.T, open Open) {
	b := setup(t, open)
	b.deliver(b.event("lead-1"))
	b.save(store.WebhookChange{Enabled: new(false)})
	b.accept(b.event("held"))
	lanes, err := b.Lanes(b.ctx(), uuid.Nil, 100)
	require.NoError(t, err)
	require.Empty(t, lanes)
}
