package db

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/secret"
)

// PostgreSQL keeps outdated entries of an index while any transaction might still read them. A claim steps over those of the last
// moment, and not over all since that transaction began.
func TestAClaimDoesNotReadWhatWasDueBefore(t *testing.T) {
	url, now := pgtest.URL(t), time.Now()
	db, id := sendingOn(t, url, func() time.Time { return now })
	forgotten, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer forgotten.Close()
	open, err := forgotten.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	require.NoError(t, err)
	_, err = open.ExecContext(t.Context(), `SELECT COUNT(*) FROM bots`)
	require.NoError(t, err)

	const each = 20
	var read, most int64
	for range 10 {
		for range each {
			acceptOne(t, db, id.BotID)
		}
		now = now.Add(2 * time.Minute) // past the ends of all leases until now
		var c store.Claimed
		c, read = claimReading(t, db, id, each, "deliveries_due")
		require.Len(t, c.Claims, each)
		if most == 0 {
			most = 2 * read
		}
		for _, claim := range c.Claims {
			settleDelivered(t, db, claim, now)
		}
	}
	require.NotZero(t, most)
	require.LessOrEqual(t, read, most)
	require.NoError(t, open.Rollback())
}

// PostgreSQL plans a statement once. What it planned for ten rows reads too much of thousands.
func TestAClaimIsPlannedAnewWhenTheTableHasGrown(t *testing.T) {
	db, id := sendingOn(t, pgtest.URL(t), time.Now)
	claim := func() int64 {
		t.Helper()
		c, read := claimReading(t, db, id, 1, "deliveries", "deliveries_bot", "deliveries_name")
		require.Len(t, c.Claims, 1)
		settleDelivered(t, db, c.Claims[0], time.Now())
		return read
	}
	read := int64(0)
	for range 10 {
		acceptOne(t, db, id.BotID)
		read += claim()
	}
	require.NotZero(t, read, "with so few rows any plan will do, and PostgreSQL takes another")
	for range 20 {
		events := make([]store.NewDelivery, 100)
		for i := range events {
			id := uuid.Must(uuid.NewV7())
			events[i] = store.NewDelivery{ID: id, EventID: id.String(), EventName: "Lead", Payload: []byte("{}")}
		}
		_, err := db.Accept(t.Context(), id.BotID, events)
		require.NoError(t, err)
	}
	require.Zero(t, claim())
}

// sendingOn is a database on PostgreSQL, and a webhook in it that sends.
func sendingOn(t *testing.T, url string, now func() time.Time) (*DB, store.WebhookID) {
	t.Helper()
	db := openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1}), Now: now})
	bot, err := db.CreateBot(t.Context(), "Quiz", store.Actor{})
	require.NoError(t, err)
	on, endpoint := true, "https://crm.example.com"
	_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: &on, URL: &endpoint})
	require.NoError(t, err)
	return db, store.FirstWebhook(bot.ID)
}

// claimReading claims, and says how many rows of tables (not by an index) and entries of indexes that has read.
func claimReading(t *testing.T, db *DB, id store.WebhookID, limit int, of ...string) (c store.Claimed, read int64) {
	t.Helper()
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		before, err := tx.entriesRead(of)
		if err == nil {
			err = tx.claimFor(&c, id, limit, time.Minute)
		}
		if err == nil {
			read, err = tx.entriesRead(of)
			read -= before
		}
		return err
	}))
	return c, read
}

// entriesRead is how much of them this transaction has read.
func (tx *tx) entriesRead(of []string) (n int64, err error) {
	err = tx.row(`SELECT SUM(pg_stat_get_xact_tuples_returned(CAST(name AS regclass))) FROM unnest(CAST(? AS TEXT[])) t (name)`, of).Scan(&n)
	return n, err
}

// A look at all webhooks finds what a transaction made due below the watermark: it took longer than any should.
func TestWhatIsDueBelowTheWatermarkIsFoundByTheNextLook(t *testing.T) {
	db, bot, _ := watched(t)
	id := store.FirstWebhook(bot)
	acceptOne(t, db, bot)
	settleDelivered(t, db, claimOne(t, db, bot), time.Now())
	lost := acceptOne(t, db, bot)
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(`UPDATE deliveries SET due_at = due_at - 60000 WHERE id = ?`, idBytes(lost))
		return err
	}))
	c, err := db.Claim(t.Context(), id, 1, time.Minute)
	require.NoError(t, err)
	require.Empty(t, c.Claims)
	lanes, err := db.Lanes(t.Context(), store.WebhookID{}, 10)
	require.NoError(t, err)
	require.Len(t, lanes, 1)
	require.Equal(t, lost, claimOne(t, db, bot).ID)
}

func settleDelivered(t *testing.T, db *DB, c store.Claim, now time.Time) {
	t.Helper()
	_, err := db.Settle(t.Context(), store.Settlement{
		Token: c.Token, Status: store.Delivered,
		Attempt: store.Attempt{BotID: c.BotID, DeliveryID: c.ID, StartedAt: now, Outcome: "delivered", StatusCode: 200},
	})
	require.NoError(t, err)
}
