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
	db, _ := benchDB(b, "sqlite:"+b.TempDir()+"/bench.db")
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

// BenchmarkHome reads home's first page, its sums and what needs attention, at 10,000 bots with a month of days each.
func BenchmarkHome(b *testing.B) {
	db, _ := benchDB(b, "sqlite:"+b.TempDir()+"/bench.db")
	for range 100 {
		require.NoError(b, db.write(b.Context(), func(tx *tx) error {
			for range 100 {
				id, err := db.newID(tx.now)
				require.NoError(b, err)
				_, err = tx.exec(`INSERT INTO bots (id, name, created_at, webhooks) VALUES (?, ?, ?, 1)`, idBytes(id), "bot "+id.String(), millis(tx.now))
				require.NoError(b, err)
				first := store.FirstWebhook(id)
				require.NoError(b, tx.insertWebhook(store.Webhook{WebhookID: first, Version: 1, Secret: "whsec_x", WebhookState: store.WebhookState{ChangedAt: tx.now}}, store.Actor{}))
				h, err := tx.healthOf(first)
				require.NoError(b, err)
				h.dirty = true
				for day := range int64(store.DaysShown) {
					tx.days[dayKey{first, tx.now.Unix()/86400 - day}] = &store.DayCount{Total: int(id[15]), Delivered: int(id[15])}
				}
			}
			return nil
		}))
	}
	for name, read := range map[string]func() error{
		"bots":      func() error { _, _, err := db.HomeBots(b.Context(), "", 0); return err },
		"sums":      func() error { _, err := db.HomeSums(b.Context()); return err },
		"attention": func() error { _, err := db.BotsNeedingAttention(b.Context(), 50); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, read())
			}
		})
	}
}
