package storetest

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/statement"
)

var recoverRules = map[string]func(*testing.T, Open){
	"a start takes up what the process before it had under way": recoverUnderWay,
	"of every bot":                                     recoverManyBots,
	"what is not due yet is not moved":                 recoverRetries,
	"opened beside a server, nothing is taken from it": recoverBeside,
}

func recoverUnderWay(t *testing.T, open Open) {
	b := setup(t, open)
	fresh := b.accept(b.event("fresh"))[0]
	lost := b.claimOne()
	tried := b.accept(b.event("tried"))[0]
	b.settle(retrying(b, b.claimOne(), 500, time.Second))
	b.clock.Add(time.Second)
	b.claimOne()

	again := b.reopen()
	for id, want := range map[uuid.UUID]store.Status{fresh: store.Queued, tried: store.Retrying} {
		d, err := again.Delivery(b.ctx(), id)
		require.NoError(t, err)
		require.Equal(t, want, d.Status)
		require.Equal(t, b.clock.Now(), d.DueAt)
	}
	_, err := again.Settle(b.ctx(), delivered(b, lost))
	require.ErrorIs(t, err, store.ErrLeaseLost, "the dead process's claim is worth nothing")
	c, err := again.Claim(b.ctx(), store.FirstWebhook(b.bot), 10, lease)
	require.NoError(t, err)
	require.Len(t, c.Claims, 2)
}

func recoverManyBots(t *testing.T, open Open) {
	b := setup(t, open)
	for range 30 {
		bot := b.newBot("another")
		b.saveFor(bot, store.WebhookChange{Enabled: new(true), URL: new(hook)})
		b.acceptFor(bot, b.events(2)...)
		_, err := b.Claim(b.ctx(), store.FirstWebhook(bot), 1, lease)
		require.NoError(t, err)
	}
	again := b.reopen()
	require.Equal(t, 60, again.Waiting())
	sending, err := again.Deliveries(b.ctx(), store.DeliveryFilter{Status: []store.Status{store.Sending}})
	require.NoError(t, err)
	require.Empty(t, sending.Deliveries)
}

func recoverRetries(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.event("lead-1"))[0]
	b.settle(retrying(b, b.claimOne(), 500, time.Hour))
	before := b.delivery(id)
	b.reopen()
	require.Equal(t, before, b.delivery(id))
}

func recoverBeside(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	c := b.claimOne()
	b.config.Beside = true
	again := b.reopen()
	require.NoError(t, again.Ping(b.ctx()))
	require.Equal(t, store.Sending, b.delivery(c.ID).Status)
	b.settle(delivered(b, c))
}

// Damage spoils sealed values in a database, as a bad disk or a careless hand does: those of one column, in the rows of a
// condition.
func Damage(t *testing.T, url, table, column, where string, args ...any) {
	t.Helper()
	spoil(t, url, table, column, `substr(`+column+`, 1, length(`+column+`) - 4) || 'AAAA'`, where, args...)
}

// Empty empties sealed values in a database, like Damage.
func Empty(t *testing.T, url, table, column, where string, args ...any) {
	t.Helper()
	spoil(t, url, table, column, `''`, where, args...)
}

func spoil(t *testing.T, url, table, column, value, where string, args ...any) {
	t.Helper()
	driver, at, text := "pgx", url, statement.Numbered
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, at, text = "sqlite", path, func(query string) string { return query }
	}
	db, err := sql.Open(driver, at)
	require.NoError(t, err)
	defer db.Close()
	done, err := db.ExecContext(t.Context(), text(`UPDATE `+table+` SET `+column+` = `+value+` WHERE `+column+` <> '' AND `+where), args...)
	require.NoError(t, err)
	n, err := done.RowsAffected()
	require.NoError(t, err)
	require.Positive(t, n, "%s.%s", table, column)
}
