package db_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/sqlite/sqlitetest"
	"iozen/store/secret"
	"iozen/store/storetest"
)

// queue is a store on a clock of the test's own, with one bot whose webhook sends.
type queue struct {
	*db.DB
	t      *testing.T
	path   string
	now    time.Time
	bot    uuid.UUID
	made   int
	config []func(*db.Config)
}

func newQueue(t *testing.T, config ...func(*db.Config)) *queue {
	t.Helper()
	q := &queue{t: t, config: config, path: sqlitetest.Migrated(t), now: time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)}
	q.open()
	t.Cleanup(func() { require.NoError(t, q.Close()) })
	q.bot = q.newBot()
	return q
}

func (q *queue) newBot() uuid.UUID {
	q.t.Helper()
	bot, err := q.CreateBot(q.t.Context(), "bot", store.Actor{Name: "test"})
	require.NoError(q.t, err)
	_, err = q.SaveWebhook(q.t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(true), URL: new("https://hook.example/")})
	require.NoError(q.t, err)
	return bot.ID
}

func (q *queue) open() {
	q.t.Helper()
	c := db.Config{URL: "sqlite:" + q.path, Keys: secret.NewKeyring([32]byte{1}), Now: func() time.Time { return q.now }}
	for _, set := range q.config {
		set(&c)
	}
	db, err := db.Open(q.t.Context(), c)
	require.NoError(q.t, err)
	q.DB = db
}

// accept adds events and returns their deliveries.
func (q *queue) accept(n int) []uuid.UUID {
	q.t.Helper()
	events, ids := q.events(n)
	_, err := q.Accept(q.t.Context(), q.bot, events)
	require.NoError(q.t, err)
	return ids
}

func (q *queue) tryAccept(n int) error {
	events, _ := q.events(n)
	_, err := q.Accept(q.t.Context(), q.bot, events)
	return err
}

func (q *queue) events(n int) (events []store.NewDelivery, ids []uuid.UUID) {
	for range n {
		q.made++
		id := uuid.Must(uuid.NewV7())
		events = append(events, store.NewDelivery{ID: id, EventID: fmt.Sprint("e", q.made), EventName: "Lead", EventTime: q.now, Payload: []byte(`{}`)})
		ids = append(ids, id)
	}
	return events, ids
}

func (q *queue) claim(limit int) []store.Claim {
	q.t.Helper()
	c, err := q.Claim(q.t.Context(), store.FirstWebhook(q.bot), limit, 90*time.Second)
	require.NoError(q.t, err)
	return c.Claims
}

// fail settles a claim as failed, to be tried again after a time.
func (q *queue) fail(c store.Claim, again time.Duration) {
	q.t.Helper()
	_, err := q.Settle(q.t.Context(), store.Settlement{
		Token: c.Token, Status: store.Retrying, DueAt: q.now.Add(again),
		Attempt: store.Attempt{BotID: c.BotID, DeliveryID: c.ID, StartedAt: q.now, StatusCode: 503},
	})
	require.NoError(q.t, err)
}

func (q *queue) deliver(c store.Claim) {
	q.t.Helper()
	_, err := q.Settle(q.t.Context(), store.Settlement{
		Token: c.Token, Status: store.Delivered,
		Attempt: store.Attempt{BotID: c.BotID, DeliveryID: c.ID, StartedAt: q.now, StatusCode: 200},
	})
	require.NoError(q.t, err)
}

func TestFirstAttemptsGoBeforeLateRetries(t *testing.T) {
	q := newQueue(t)
	q.accept(200)
	for _, c := range q.claim(200) {
		q.fail(c, time.Minute)
	}
	q.now = q.now.Add(time.Hour) // all retries are due, and older than what comes now
	fresh := map[uuid.UUID]bool{}
	for _, id := range q.accept(48) {
		fresh[id] = true
	}
	first := 0
	claims := q.claim(64)
	require.Len(t, claims, 64)
	for _, c := range claims {
		if fresh[c.ID] {
			first++
		}
	}
	require.Equal(t, 48, first, "three in four places go to first attempts")
	require.Len(t, q.claim(200), 184, "and the rest to retries, all of them when nothing else waits")
}

func TestRetriesAreNotShutOutByNewEvents(t *testing.T) {
	q := newQueue(t)
	q.accept(1)
	q.fail(q.claim(1)[0], time.Second)
	q.now = q.now.Add(time.Minute)
	late := 0
	for range 8 { // a probe claims one at a time, and new events always wait
		q.accept(2)
		q.now = q.now.Add(time.Millisecond)
		late += q.claim(1)[0].Attempts
	}
	require.Equal(t, 1, late)
}

func TestWhatWasHeldGoesBehindNewEvents(t *testing.T) {
	q := newQueue(t)
	_, err := q.SaveWebhook(t.Context(), store.FirstWebhook(q.bot), store.WebhookChange{Enabled: new(false)})
	require.NoError(t, err)
	q.accept(100)
	_, err = q.SaveWebhook(t.Context(), store.FirstWebhook(q.bot), store.WebhookChange{Enabled: new(true)})
	require.NoError(t, err)
	j, err := q.StartRelease(t.Context(), store.FirstWebhook(q.bot), store.Actor{})
	require.Equal(t, 100, storetest.EndJob(t, q.DB, j, err).Done)
	q.now = q.now.Add(time.Second)
	fresh := q.accept(1)[0]
	require.Equal(t, fresh, q.claim(4)[0].ID)
}

func TestAClockSetBackHoldsUpNothingAfterARestart(t *testing.T) {
	q := newQueue(t)
	q.accept(4)
	q.fail(q.claim(1)[0], time.Minute)
	require.NoError(t, q.Close())
	q.now = q.now.Add(-time.Hour)
	q.open()
	require.Len(t, q.claim(10), 3, "first attempts are due")
	q.now = q.now.Add(time.Minute)
	require.Len(t, q.claim(10), 1, "a retry waits as long as was meant")
}

func TestLanesTellsTheEarlierOfBothKinds(t *testing.T) {
	q := newQueue(t)
	at := q.now
	q.accept(1)
	q.fail(q.claim(1)[0], time.Minute)
	lanes, err := q.Lanes(t.Context(), store.WebhookID{}, 10)
	require.NoError(t, err)
	require.Equal(t, []store.LaneDue{{WebhookID: store.FirstWebhook(q.bot), DueAt: at.Add(time.Minute)}}, lanes)
	q.now = at.Add(time.Hour)
	q.accept(1)
	lanes, err = q.Lanes(t.Context(), store.WebhookID{}, 10)
	require.NoError(t, err)
	require.Equal(t, at.Add(time.Minute), lanes[0].DueAt)
}

func TestAResultIsNotRecordedOnceAnotherClaimWasMade(t *testing.T) {
	q := newQueue(t)
	id := q.accept(1)[0]
	frozen := q.claim(1)[0] // its process stops here (SIGSTOP, a long pause) and goes on after the lease
	q.now = q.now.Add(91 * time.Second)
	again := q.claim(1)[0]
	require.Equal(t, id, again.ID)

	settle := func(c store.Claim, status store.Status, code int) error {
		_, err := q.Settle(t.Context(), store.Settlement{
			Token: c.Token, Status: status, Attempt: store.Attempt{BotID: c.BotID, DeliveryID: c.ID, StartedAt: q.now, StatusCode: code},
		})
		return err
	}
	require.ErrorIs(t, settle(frozen, store.Failed, 500), store.ErrLeaseLost)
	require.NoError(t, q.Unclaim(t.Context(), []store.Claim{frozen}))
	d, err := q.Delivery(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, store.Sending, d.Status, "the frozen process changes nothing")

	require.NoError(t, settle(again, store.Delivered, 200))
	require.ErrorIs(t, settle(frozen, store.Failed, 500), store.ErrLeaseLost, "nor later")
	attempts, err := q.Attempts(t.Context(), q.bot, id)
	require.NoError(t, err)
	require.Len(t, attempts, 1)
}
