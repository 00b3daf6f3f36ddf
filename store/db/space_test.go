package db

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
	"iozen/store/upkeep"
)

// pages are those of the file, and the free ones among them.
func pages(t *testing.T, db *DB) (all, free int) {
	t.Helper()
	require.NoError(t, db.reader.Row(t.Context(), `SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count`).Scan(&all, &free))
	return all, free
}

func TestSpaceIsGivenBackButForSomeSlack(t *testing.T) {
	now := time.Now()
	config := migratedConfig(t)
	config.Now = func() time.Time { return now }
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{EventNames: &[]string{"Purchase"}}) // what comes is skipped, and may go
	require.NoError(t, err)
	events := testEvents(1000)
	for i := range events {
		events[i].Payload = []byte(`{"note":"` + strings.Repeat("x", 30_000) + `"}`)
	}
	_, err = db.Accept(t.Context(), bot, events)
	require.NoError(t, err)
	full, _ := pages(t, db)
	require.Greater(t, full, 7000)
	n, err := db.GiveBack(t.Context(), 1000)
	require.NoError(t, err)
	require.Zero(t, n, "nothing is free")

	now = now.Add(time.Hour)
	require.NoError(t, (&upkeep.Maintenance{DB: db, Retention: store.Retention{Usual: time.Minute}, Log: slog.New(slog.DiscardHandler)}).Round(context.Background()))
	all, free := pages(t, db)
	require.Less(t, all, full-2000)
	require.Equal(t, sqlite.SlackPages, free, "some stay for what comes next")
}

// Only statements that come again stay prepared: others would pile up for the life of the process.
func TestStatementsMadeForOneTimeAreNotKept(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	require.NoError(t, db.Ping(t.Context()))
	before := len(db.writer.q.Texts())
	for n := range 50 {
		require.NoError(t, db.write(t.Context(), func(tx *tx) error {
			return tx.q.RunOnce(t.Context(), fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, n+1))
		}))
	}
	require.Len(t, db.writer.q.Texts(), before)
	for _, text := range db.writer.q.Texts() {
		require.NotContains(t, text, "incremental_vacuum")
	}
}
