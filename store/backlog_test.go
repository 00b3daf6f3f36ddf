package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestAFullBacklogIsKnownBeforeEventsAreRead(t *testing.T) {
	q := newQueue(t, func(c *store.Config) { c.MaxPendingPerBot, c.MaxPending = 200, 1000 })
	var full *store.BacklogError
	q.accept(197)
	require.NoError(t, q.Backlog(q.bot))
	q.accept(1)
	require.ErrorAs(t, q.Backlog(q.bot), &full, "a hundredth of the bound is kept free")
	require.True(t, full.PerBot)
	require.NoError(t, q.Backlog(q.newBot()), "another bot has room")

	c := q.claim(1)[0]
	require.Error(t, q.Backlog(q.bot), "what is being sent waits too")
	q.deliver(c)
	require.NoError(t, q.Backlog(q.bot))

	q.accept(1)
	require.Error(t, q.Backlog(q.bot))
	q.now = q.now.Add(time.Second)
	require.NoError(t, q.Backlog(q.bot), "after a second it is looked at again")
}

func TestAFullHouseIsKnownToo(t *testing.T) {
	q := newQueue(t, func(c *store.Config) { c.MaxPendingPerBot, c.MaxPending = 200, 100 })
	q.accept(99)
	var full *store.BacklogError
	require.ErrorAs(t, q.Backlog(q.newBot()), &full)
	require.False(t, full.PerBot)
}
