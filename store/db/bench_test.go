package db

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/secret"
)

// Benchmarks of the hot path, on a real file. "cpu-µs/event" is the processor time of the whole process by event: it
// says what a change costs even while the machine is busy with other things.

// benchEvents are n Leads of about 600 bytes, each of another person.
func benchEvents(first, n int) []store.NewDelivery {
	events := testEvents(n)
	for i := range events {
		e, seq := &events[i], strconv.Itoa(first+i)
		e.Email, e.Phone, e.ExternalID = "jane"+seq+"@example.com", "+1234567"+seq, "submission-"+seq
		e.Payload = fmt.Appendf(nil, `{"event_name":"Lead","event_id":%q,"event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,`+
			`"source":"iozen","action_source":"website","user_data":{"email":%q,"phone":%q,"first_name":"Jane","last_name":"Doe","external_id":%q},`+
			`"custom_data":{"value":100,"currency":"USD","content_name":"Lead","utm_source":"google","utm_medium":"cpc","utm_campaign":"spring-roof",`+
			`"gclid":"EAIaIQobChMI8Z-Vw5m8_AIVkQitBh0aXQ1bEAAYASAAEgK0wPD_BwE"},"source_url":"https://example.com/landing-page?utm_source=google"}`,
			e.EventID, e.Email, e.Phone, e.ExternalID)
	}
	return events
}

// onBoth runs a benchmark on each database, with a bot whose webhook is on.
func onBoth(b *testing.B, run func(*testing.B, *DB, uuid.UUID)) {
	b.Run("SQLite", func(b *testing.B) {
		db, bot := benchDB(b, "sqlite:"+b.TempDir()+"/bench.db")
		run(b, db, bot)
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		db, bot := benchDB(b, pgtest.URL(b))
		run(b, db, bot)
	})
}

// benchDB opens a database with a bot whose webhook is on.
func benchDB(b *testing.B, url string) (*DB, uuid.UUID) {
	b.Helper()
	db, err := Open(context.Background(), Config{
		URL: url, Keys: secret.NewKeyring([32]byte{1}), MaxPending: 1 << 40, MaxPendingPerBot: 1 << 40,
	})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	bot, err := newSendingBot(context.Background(), db)
	require.NoError(b, err)
	return db, bot
}

// measure runs work and reports the processor time by event.
func measure(b *testing.B, events int, work func()) {
	b.Helper()
	b.ReportAllocs()
	before := processorTime(b)
	b.ResetTimer()
	work()
	b.StopTimer()
	used := processorTime(b) - before
	b.ReportMetric(float64(used.Microseconds())/float64(events), "cpu-µs/event")
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// parallel runs n pieces of work from many sides, so that group commit has groups.
func parallel(n int, work func(i int)) {
	var next atomic.Int64
	var working sync.WaitGroup
	for range 64 {
		working.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				work(int(i) - 1)
			}
		})
	}
	working.Wait()
}

func BenchmarkAccept(b *testing.B) {
	onBoth(b, func(b *testing.B, db *DB, bot uuid.UUID) {
		events := benchEvents(0, b.N)
		measure(b, b.N, func() {
			parallel(b.N, func(i int) {
				_, err := db.Accept(context.Background(), bot, events[i:i+1])
				require.NoError(b, err)
			})
		})
	})
}

func BenchmarkAcceptArrays(b *testing.B) {
	onBoth(b, func(b *testing.B, db *DB, bot uuid.UUID) {
		events := benchEvents(0, 100*b.N)
		measure(b, 100*b.N, func() {
			parallel(b.N, func(i int) {
				_, err := db.Accept(context.Background(), bot, events[100*i:100*(i+1)])
				require.NoError(b, err)
			})
		})
	})
}

// BenchmarkDeliver claims in batches of 32 and settles one by one, as the engine does.
func BenchmarkDeliver(b *testing.B) {
	onBoth(b, func(b *testing.B, db *DB, bot uuid.UUID) {
		for first := 0; first < b.N; first += 1000 {
			_, err := db.Accept(context.Background(), bot, benchEvents(first, min(1000, b.N-first)))
			require.NoError(b, err)
		}
		measure(b, b.N, func() {
			parallel((b.N+31)/32, func(int) {
				c, err := db.Claim(context.Background(), store.FirstWebhook(bot), 32, time.Minute)
				require.NoError(b, err)
				var settling sync.WaitGroup
				for _, claim := range c.Claims {
					settling.Go(func() { settleBench(b, db, claim) })
				}
				settling.Wait()
			})
		})
	})
}

func settleBench(b *testing.B, db *DB, c store.Claim) {
	a := store.Attempt{
		BotID: c.BotID, DeliveryID: c.ID, StartedAt: time.Now(), WebhookVersion: 2, RemoteAddr: "192.0.2.1:443", Protocol: "HTTP/1.1",
		StatusCode: 200, Duration: 20 * time.Millisecond, Phases: store.Phases{DNS: -1, Connect: -1, TLS: -1, Send: 100, FirstByte: 1000, Body: 10},
		Response: store.Response{Headers: []store.Header{{Name: "Content-Length", Value: "2"}, {Name: "Date", Value: "Wed, 25 Nov 2026 09:00:00 GMT"}}, Body: []byte("ok")},
	}
	_, err := db.Settle(context.Background(), store.Settlement{Token: c.Token, Attempt: a, Status: store.Delivered})
	require.NoError(b, err)
}
