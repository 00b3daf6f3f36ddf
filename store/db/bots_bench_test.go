package db

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// BenchmarkBots reads the first page of bots, each with headers, health and a week of counters.
func BenchmarkBots(b *testing.B) {
	db, _ := benchDB(b)
	for i := range 49 {
		bot, err := db.CreateBot(b.Context(), fmt.Sprintf("bot %d", i), store.Actor{})
		require.NoError(b, err)
		on, url, value := true, "https://crm.example/hook", "Bearer abcdefghijklmnop"
		_, err = db.SaveWebhook(b.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &on, URL: &url, Headers: &[]store.HeaderChange{{Name: "Authorization", Value: &value}}})
		require.NoError(b, err)
		require.NoError(b, db.write(b.Context(), func(tx *tx) error {
			h, err := tx.healthOf(store.FirstWebhook(bot.ID))
			if err != nil {
				return err
			}
			h.Attempted(store.Attempt{StatusCode: 200}, true, false, tx.now)
			h.dirty = true
			for hour := range 7 * 24 {
				at := tx.now.Add(-time.Duration(hour)*time.Hour).Unix() / 3600
				for kind, buckets := range map[string]int{store.CountAccepted: 1, store.CountDelivered: 10, store.CountFailedAttempt: 1} {
					for bucket := range buckets {
						tx.counts[counterKey{store.FirstWebhook(bot.ID), at, kind, bucket}] = 3
					}
				}
			}
			return nil
		}))
	}
	b.ReportAllocs()
	for b.Loop() {
		page, err := db.Bots(b.Context(), store.BotFilter{})
		require.NoError(b, err)
		require.Len(b, page.Bots, 50)
	}
}
