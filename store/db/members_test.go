package db

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/member"
	"iozen/store/secret"
)

// memberTimes are short enough for a test to wait for, and long enough for a busy machine.
var memberTimes = member.Times{Beat: 100 * time.Millisecond, Look: 50 * time.Millisecond, Dead: 6 * time.Second, Margin: time.Second}

// openMembers opens one database several times, as processes that serve it together do.
func openMembers(t *testing.T, n int) (all []*DB) {
	t.Helper()
	url := pgtest.URL(t)
	for range n {
		all = append(all, openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1}), Serving: true, Times: memberTimes}))
	}
	for _, db := range all {
		require.Eventually(t, func() bool { return len(db.Living()) == n && db.MayStart() }, time.Minute, time.Millisecond)
	}
	return all
}

func TestMembersHaveNumbersAndOneOfThemLeads(t *testing.T) {
	all := openMembers(t, 3)
	for i, db := range all {
		require.EqualValues(t, i+1, db.Number())
		require.Equal(t, i == 0, db.Leads())
		require.Equal(t, member.Share{Place: i, Of: 3}, db.Share())
	}
	require.NoError(t, all[0].Close(), "it leaves")
	require.Eventually(t, func() bool { return all[1].Leads() && len(all[2].Living()) == 2 }, time.Minute, time.Millisecond)
}

// Whoever begins to lead goes on at once with the jobs that the leader before has left half done.
func TestANewLeaderIsToldOfJobs(t *testing.T) {
	all := openMembers(t, 2)
	told := make(chan struct{}, 1)
	defer all[1].Subscribe(func(notices []store.Notice) {
		if slices.ContainsFunc(notices, func(n store.Notice) bool { return n.Is(store.Jobs) }) {
			select {
			case told <- struct{}{}:
			default:
			}
		}
	})()
	require.NoError(t, all[0].Close())
	select {
	case <-told:
		require.True(t, all[1].Leads())
	case <-time.After(time.Minute):
		t.Fatal("it leads and was not told")
	}
}

// Every delivery is counted once among those that wait, whoever accepts, claims and settles it.
func TestWhatTwoProcessesDoToOneWebhookAddsUp(t *testing.T) {
	all := openMembers(t, 2)
	bot, err := newSendingBot(t.Context(), all[0])
	require.NoError(t, err)
	const each = 120
	id := store.FirstWebhook(bot)
	var working sync.WaitGroup
	for _, db := range all {
		for range 4 {
			working.Go(func() {
				for _, event := range testEvents(each / 4) {
					acceptAtLast(t, db, bot, event)
				}
			})
		}
		for range 2 {
			working.Go(func() {
				for settled := 0; settled < each/4; {
					c, err := db.Claim(t.Context(), id, 5, time.Minute)
					if err != nil {
						t.Errorf("claiming: %v", err)
						return
					}
					for _, one := range c.Claims {
						a := store.Attempt{BotID: bot, DeliveryID: one.ID, StartedAt: time.Now(), WebhookVersion: c.Webhook.Version, StatusCode: 500, Duration: time.Millisecond}
						if _, err := db.Settle(t.Context(), store.Settlement{Token: one.Token, Attempt: a, Status: store.Failed}); err != nil {
							t.Errorf("settling: %v", err)
						}
						settled++
					}
				}
			})
		}
	}
	working.Wait()
	var rows, failed, waits, attempts, counted int
	read := all[0].reader
	require.NoError(t, read.Row(t.Context(), `SELECT COUNT(*), COUNT(*) FILTER (WHERE status = 'failed') FROM deliveries`).Scan(&rows, &failed))
	require.NoError(t, read.Row(t.Context(), `SELECT COUNT(*) FROM attempts`).Scan(&attempts))
	require.NoError(t, read.Row(t.Context(), `SELECT SUM(waiting) FROM health`).Scan(&waits))
	require.NoError(t, read.Row(t.Context(), `SELECT SUM(count) FROM counters WHERE kind = ?`, store.CountFailed).Scan(&counted))
	require.Equal(t, 2*each, rows)
	require.GreaterOrEqual(t, failed, 2*each/2)
	require.Equal(t, []int{failed, failed, rows - failed}, []int{attempts, counted, waits})
	h, err := all[1].Health(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, failed, h.FailingEvents, "no failure is lost")
	for _, db := range all {
		require.Eventually(t, func() bool { return db.Waiting() == waits }, time.Minute, time.Millisecond, "also what the other has done")
	}
}

// An event that a client posts to one process, and again to the other, is one event.
func TestTheSameEventPostedToTwoProcessesIsOne(t *testing.T) {
	all := openMembers(t, 2)
	bot, err := newSendingBot(t.Context(), all[0])
	require.NoError(t, err)
	events := testEvents(40)
	var posting sync.WaitGroup
	var mu sync.Mutex
	answers := map[string][]store.Accepted{}
	for _, db := range all {
		posting.Go(func() {
			for _, event := range events {
				event.ID = uuid.Must(uuid.NewV7())
				got, err := db.Accept(t.Context(), bot, []store.NewDelivery{event})
				if err != nil {
					t.Errorf("accepting: %v", err)
					return
				}
				mu.Lock()
				answers[event.EventID] = append(answers[event.EventID], got[0])
				mu.Unlock()
			}
		})
	}
	posting.Wait()
	require.Len(t, answers, len(events))
	for id, both := range answers {
		require.Len(t, both, 2, id)
		require.Equal(t, both[0].DeliveryID, both[1].DeliveryID, id)
		require.NotEqual(t, both[0].Status == store.Duplicate, both[1].Status == store.Duplicate, id)
	}
}

// What a process had claimed that dies starts again with another.
func TestWhatADeadProcessHadClaimedIsDueAgain(t *testing.T) {
	all := openMembers(t, 2)
	bot, err := newSendingBot(t.Context(), all[0])
	require.NoError(t, err)
	_, err = all[0].Accept(t.Context(), bot, testEvents(5))
	require.NoError(t, err)
	id := store.FirstWebhook(bot)
	dead, err := all[1].Claim(t.Context(), id, 3, time.Minute)
	require.NoError(t, err)
	require.Len(t, dead.Claims, 3)
	own, err := all[0].Claim(t.Context(), id, 5, time.Minute)
	require.NoError(t, err)
	require.Len(t, own.Claims, 2, "what one has claimed the other leaves alone")
	require.NoError(t, all[1].members.Close(), "it beats no more")
	var taken []store.Claim
	require.Eventually(t, func() bool {
		c, err := all[0].Claim(t.Context(), id, 5, time.Minute)
		require.NoError(t, err)
		taken = append(taken, c.Claims...)
		return len(taken) == 3
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, []int64{2, 2, 2}, []int64{taken[0].Token, taken[1].Token, taken[2].Token})
	_, err = all[1].Claim(t.Context(), id, 5, time.Minute)
	require.ErrorIs(t, err, store.ErrUnavailable, "it was declared dead")
	require.False(t, all[1].MayStart())
}

// The clocks of two machines are never the same: all go by that of the database, here one that is an hour late.
func TestAllThatServeADatabaseGoByItsClock(t *testing.T) {
	url := pgtest.URL(t) + "&search_path=public,pg_catalog"
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() - interval '1 hour' $$`)
	require.NoError(t, err)
	db := openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1}), Serving: true, Times: memberTimes})
	near := func(at time.Time) {
		t.Helper()
		require.WithinDuration(t, time.Now().Add(-time.Hour), at, time.Minute)
	}
	near(db.Now())
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	accepted, err := db.Accept(t.Context(), bot, testEvents(1))
	require.NoError(t, err)
	d, err := db.Delivery(t.Context(), accepted[0].DeliveryID)
	require.NoError(t, err)
	near(d.CreatedAt)
	c, err := db.Claim(t.Context(), store.FirstWebhook(bot), 1, time.Minute)
	require.NoError(t, err)
	near(c.Claims[0].DueAt.Add(-time.Minute))
}
