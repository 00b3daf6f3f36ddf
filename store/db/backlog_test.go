package db_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

func TestAFullBacklogIsKnownBeforeEventsAreRead(t *testing.T) {
	q := newQueue(t, func(c *db.Config) { c.MaxPendingPerBot, c.MaxPending = 100, 1000 })
	q.accept(90)
	require.NoError(t, q.Backlog(q.bot, 11), "what fits is first decided by its count")
	var full *store.BacklogError
	require.ErrorAs(t, q.tryAccept(11), &full)
	require.ErrorAs(t, q.Backlog(q.bot, 11), &full)
	require.True(t, full.PerBot)
	require.NoError(t, q.Backlog(q.bot, 10), "smaller arrays fit")
	require.NoError(t, q.Backlog(q.newBot(), 11), "another bot has room")

	q.accept(10)
	require.Error(t, q.Backlog(q.bot, 1))
	c := q.claim(1)[0]
	require.Error(t, q.Backlog(q.bot, 1), "what is being sent waits too")
	q.deliver(c)
	require.NoError(t, q.Backlog(q.bot, 1), "room is known with the commit that made it")
	require.Error(t, q.Backlog(q.bot, 2))
	q.now = q.now.Add(time.Second)
	require.NoError(t, q.Backlog(q.bot, 2), "after a second it is looked at again")
}

func TestAFullHouseIsKnownToo(t *testing.T) {
	q := newQueue(t, func(c *db.Config) { c.MaxPendingPerBot, c.MaxPending = 200, 100 })
	q.accept(100)
	require.Error(t, q.tryAccept(1))
	var full *store.BacklogError
	require.ErrorAs(t, q.Backlog(q.newBot(), 1), &full)
	require.False(t, full.PerBot)
	q.deliver(q.claim(1)[0])
	require.NoError(t, q.Backlog(q.bot, 1))
}
