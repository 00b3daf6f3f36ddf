package db

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
)

// Settings that an earlier version stored without a bound are read within today's.
func TestTheBoundsMigrationCutsWhatEarlierVersionsStored(t *testing.T) {
	db := openTest(t, testConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	few, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	names := make([]string, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("Event %d", i)
	}
	_, err = db.SaveWebhook(t.Context(), bot, store.WebhookChange{EventNames: &names, RateLimit: new(1e-300)})
	require.NoError(t, err)
	_, err = db.SaveWebhook(t.Context(), few, store.WebhookChange{EventNames: &[]string{"Lead"}, RateLimit: new(0.5)})
	require.NoError(t, err)

	script, err := fs.ReadFile(sqlite.Migrations, "migrations/sqlite/00190_bounds.sql")
	require.NoError(t, err)
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		for statement := range strings.SplitSeq(string(script), ";\n") {
			if statement = strings.TrimSpace(statement); statement == "" {
				continue
			}
			if _, err := tx.exec(statement); err != nil {
				return err
			}
		}
		return nil
	}))
	w, err := db.Webhook(t.Context(), bot)
	require.NoError(t, err)
	require.Equal(t, names[:100], w.EventNames)
	require.InDelta(t, 0.01, *w.RateLimit, 0)
	page, err := db.WebhookVersions(t.Context(), bot, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Versions[0].EventNames, 100)
	w, err = db.Webhook(t.Context(), few)
	require.NoError(t, err)
	require.Equal(t, []string{"Lead"}, w.EventNames)
	require.InDelta(t, 0.5, *w.RateLimit, 0)
}
