package db

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

// watched is a database with two bots whose webhooks send.
func watched(t *testing.T) (db *DB, bot, other uuid.UUID) {
	t.Helper()
	db, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "watch.db"), Keys: secret.NewKeyring([32]byte{1})})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, id := range []*uuid.UUID{&bot, &other} {
		b, err := db.CreateBot(t.Context(), "Quiz", store.Actor{})
		require.NoError(t, err)
		on, url := true, "https://crm.example.com"
		_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(b.ID), store.WebhookChange{Enabled: &on, URL: &url})
		require.NoError(t, err)
		*id = b.ID
	}
	return db, bot, other
}

func acceptOne(t *testing.T, db *DB, bot uuid.UUID) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := db.Accept(t.Context(), bot, []store.NewDelivery{{ID: id, EventID: id.String(), EventName: "Lead", Payload: []byte("{}")}})
	require.NoError(t, err)
	return id
}

func claimOne(t *testing.T, db *DB, bot uuid.UUID) store.Claim {
	t.Helper()
	c, err := db.Claim(t.Context(), store.FirstWebhook(bot), 1, time.Minute)
	require.NoError(t, err)
	require.Len(t, c.Claims, 1)
	return c.Claims[0]
}

// signalled takes the signal, if there is one. Signals are sent before the change's caller goes on: there is nothing to wait for.
func signalled(signal <-chan struct{}) bool {
	select {
	case <-signal:
		return true
	default:
		return false
	}
}

func TestWatchersHearOfEveryChangeOfTheirBot(t *testing.T) {
	off, on := false, true
	for name, c := range map[string]struct {
		prepare, change func(*testing.T, *DB, uuid.UUID)
	}{
		"accepted": {change: func(t *testing.T, db *DB, bot uuid.UUID) { acceptOne(t, db, bot) }},
		"claimed": {
			prepare: func(t *testing.T, db *DB, bot uuid.UUID) { acceptOne(t, db, bot) },
			change:  func(t *testing.T, db *DB, bot uuid.UUID) { claimOne(t, db, bot) },
		},
		"handed back": {change: func(t *testing.T, db *DB, bot uuid.UUID) {
			acceptOne(t, db, bot)
			require.NoError(t, db.Unclaim(t.Context(), []store.Claim{claimOne(t, db, bot)}))
		}},
		"settled": {change: func(t *testing.T, db *DB, bot uuid.UUID) {
			acceptOne(t, db, bot)
			claim := claimOne(t, db, bot)
			_, err := db.Settle(t.Context(), store.Settlement{Token: claim.Token, Status: store.Failed, Attempt: store.Attempt{BotID: bot, DeliveryID: claim.ID}})
			require.NoError(t, err)
		}},
		"resent": {change: func(t *testing.T, db *DB, bot uuid.UUID) {
			_, err := db.Resend(t.Context(), bot, acceptOne(t, db, bot), store.Actor{})
			require.NoError(t, err)
		}},
		"tested": {change: func(t *testing.T, db *DB, bot uuid.UUID) {
			id := uuid.Must(uuid.NewV7())
			require.NoError(t, db.RecordTest(t.Context(), store.Delivery{BotID: bot, Webhook: 1, ID: id, EventID: "t", Test: true, Status: store.Failed, Payload: []byte("{}")},
				store.Attempt{BotID: bot, DeliveryID: id, StatusCode: 500}))
		}},
		"saved": {change: func(t *testing.T, db *DB, bot uuid.UUID) {
			_, err := db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Enabled: &off})
			require.NoError(t, err)
		}},
		"switched off": {change: func(t *testing.T, db *DB, bot uuid.UUID) {
			require.NoError(t, db.SwitchOff(t.Context(), store.FirstWebhook(bot), "gone"))
		}},
		"held": {
			prepare: func(t *testing.T, db *DB, bot uuid.UUID) {
				acceptOne(t, db, bot)
				_, err := db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Enabled: &off})
				require.NoError(t, err)
			},
			change: func(t *testing.T, db *DB, bot uuid.UUID) {
				n, err := db.HoldWaiting(t.Context(), store.FirstWebhook(bot), 10)
				require.NoError(t, err)
				require.Equal(t, 1, n)
			},
		},
		"released": {
			prepare: func(t *testing.T, db *DB, bot uuid.UUID) {
				_, err := db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Enabled: &off})
				require.NoError(t, err)
				acceptOne(t, db, bot)
				_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Enabled: &on})
				require.NoError(t, err)
			},
			change: func(t *testing.T, db *DB, bot uuid.UUID) {
				j, err := db.StartRelease(t.Context(), store.FirstWebhook(bot), store.Actor{})
				require.Equal(t, 1, endJob(t, db, j, err).Done)
			},
		},
		"deleted": {change: func(t *testing.T, db *DB, bot uuid.UUID) {
			require.NoError(t, db.DeleteBot(t.Context(), bot, store.Actor{}))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			db, bot, other := watched(t)
			if c.prepare != nil {
				c.prepare(t, db, bot)
			}
			ours, endOurs := db.Watch(bot)
			theirs, endTheirs := db.Watch(other)
			all, endAll := db.Watch(uuid.Nil)
			defer endOurs()
			defer endTheirs()
			defer endAll()
			before := db.News()
			c.change(t, db, bot)
			require.True(t, signalled(ours))
			require.True(t, signalled(all))
			require.False(t, signalled(theirs), "another bot's watchers are left alone")
			require.NotEqual(t, before, db.News())
		})
	}
}

func TestSignalsThatNobodyTookAreOneAndKeepNobodyWaiting(t *testing.T) {
	db, bot, _ := watched(t)
	signal, end := db.Watch(bot)
	for range 100 {
		acceptOne(t, db, bot) // would wait forever if a signal could block
	}
	require.True(t, signalled(signal))
	require.False(t, signalled(signal))

	end()
	end()
	acceptOne(t, db, bot)
	require.False(t, signalled(signal))
}

func TestWhatChangedNothingIsNoNews(t *testing.T) {
	db, bot, _ := watched(t)
	signal, end := db.Watch(bot)
	defer end()
	before := db.News()
	on := true
	_, err := db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Enabled: &on})
	require.NoError(t, err)
	_, err = db.Claim(t.Context(), store.FirstWebhook(bot), 1, time.Minute)
	require.NoError(t, err)
	require.Error(t, db.write(t.Context(), func(tx *tx) error {
		if _, err := tx.exec(`UPDATE bots SET name = 'x'`); err != nil {
			return err
		}
		tx.changedBot(bot, 0)
		return errors.New("taken back")
	}))
	require.False(t, signalled(signal))
	require.Equal(t, before, db.News())
}
