package db

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite/sqlitetest"
	"iozen/store/secret"
)

// testConfig is a database in a folder of its own.
func testConfig(t *testing.T) Config {
	t.Helper()
	return Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "iozen.db"), Keys: secret.NewKeyring([32]byte{1})}
}

// migratedConfig is testConfig of a database that is there already, with nothing in it.
func migratedConfig(t *testing.T) Config {
	t.Helper()
	return Config{URL: "sqlite:" + sqlitetest.Migrated(t), Keys: secret.NewKeyring([32]byte{1})}
}

func openTest(t *testing.T, config Config) *DB {
	t.Helper()
	db, err := Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// newSendingBot makes a bot whose webhook is on.
func newSendingBot(ctx context.Context, db *DB) (uuid.UUID, error) {
	bot, err := db.CreateBot(ctx, "bot", store.Actor{Name: "test"})
	if err != nil {
		return uuid.Nil, err
	}
	_, err = db.SaveWebhook(ctx, store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(true), URL: new("https://crm.example.com/hook")})
	return bot.ID, err
}

// testEvents makes events with ids of their own.
func testEvents(n int) []store.NewDelivery {
	events := make([]store.NewDelivery, n)
	for i := range events {
		id := uuid.Must(uuid.NewV7())
		payload := []byte(`{"event_name":"Lead","event_id":"` + id.String() + `"}`)
		events[i] = store.NewDelivery{
			ID: id, EventID: id.String(), EventName: "Lead", EventTime: time.Now(), Payload: payload, Fingerprint: sha256.Sum256(payload),
		}
	}
	return events
}

func TestAnAddressThatIsNoDatabaseOpensNothing(t *testing.T) {
	for _, url := range []string{"postgres:user:topsecret@db/iozen", "mysql://user:topsecret@db/iozen", "topsecret.db", "sqlite://topsecret.db", "sqlite:topsecret.db "} {
		_, err := Open(t.Context(), Config{URL: url, Keys: secret.NewKeyring([32]byte{1})})
		require.ErrorContains(t, err, "opening the store: the database's address", "%q", url)
		require.NotContains(t, err.Error(), "topsecret", "%q", url)
	}
	files, err := filepath.Glob("*topsecret*")
	require.NoError(t, err)
	require.Empty(t, files)
	require.NoDirExists(t, "postgres:")
}
