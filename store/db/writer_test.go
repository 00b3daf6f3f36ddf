package db

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/group"
	"iozen/store/db/number"
	"iozen/store/secret"
)

func TestOnlyClaimsDoNotWaitForTheDisk(t *testing.T) {
	db, err := Open(t.Context(), Config{URL: "sqlite:" + t.TempDir() + "/iozen.db", Keys: secret.NewKeyring([32]byte{1})})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	const normal, full = 1, 2
	for _, c := range []struct {
		name string
		lazy []bool // of the operations of one group
		want int
	}{
		{"a claim", []bool{true}, normal},
		{"an event", []bool{false}, full},
		{"claims again", []bool{true, true}, normal},
		{"an event among claims", []bool{true, false, true}, full},
	} {
		var ops []*group.Op[*tx]
		var got int
		for _, lazy := range c.lazy {
			ops = append(ops, group.New(func(tx *tx) error { return tx.row(`PRAGMA synchronous`).Scan(&got) }, lazy))
		}
		first, before := ops[0], db.Commits()
		db.writer.commit(ops) // nothing else writes
		require.NoError(t, first.Err(), c.name)
		require.Equal(t, c.want, got, c.name)
		require.Equal(t, c.want == full, db.Commits() == before+1, c.name)
	}
}

// What was sent must be told from the history afterwards, also when the power fails between the claim and the next commit.
func TestTheFirstUseOfAVersionWaitsForTheDisk(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	_, err = db.Accept(t.Context(), bot, testEvents(3))
	require.NoError(t, err)
	for _, wantLazy := range []bool{false, true, true} {
		c, err := db.Claim(t.Context(), store.FirstWebhook(bot), 1, time.Minute)
		require.NoError(t, err)
		require.Len(t, c.Claims, 1)
		require.Equal(t, wantLazy, db.writer.lazy)
	}
}

// stuck is randomness that has run out.
type stuck struct{}

func (stuck) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A millisecond has 262,144 numbers. Whoever finds none of them free goes on to the next one, and does not look for ever.
func TestAMillisecondWhoseNumbersAreTakenIsLeft(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	config := testConfig(t)
	config.Now, config.Rand = func() time.Time { return at }, stuck{}
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	events := testEvents(3)
	for i := range events {
		events[i].ID = firstID(at)
	}
	accepted, err := db.Accept(t.Context(), bot, events)
	require.NoError(t, err)
	for i, a := range accepted {
		require.Equal(t, at.Add(time.Duration(i)*time.Millisecond), number.Time(number.Of(a.DeliveryID)))
	}
}
