package db

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/db/postgres"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/secret"
)

// twoReplicas are two that serve one database, and have heard of each other.
func twoReplicas(t *testing.T, change ...func(Config) Config) (a, b *DB) {
	t.Helper()
	config := Config{URL: pgtest.URL(t), Keys: secret.NewKeyring([32]byte{1})}
	for _, f := range change {
		config = f(config)
	}
	a, b = openTest(t, config), openTest(t, config)
	for _, db := range []*DB{a, b} {
		require.Eventually(t, func() bool { return db.Replicas() == 2 }, time.Minute, time.Millisecond)
	}
	return a, b
}

// await waits for a channel's signal.
func await(t *testing.T, signal <-chan struct{}) {
	t.Helper()
	select {
	case <-signal:
	case <-time.After(time.Minute):
		t.Fatal("no signal")
	}
}

// listening collects what a replica's subscribers hear of a bot.
func listening(t *testing.T, db *DB, bot uuid.UUID) func() store.What {
	heard := make(chan store.What, 1000)
	t.Cleanup(db.Subscribe(func(notices []store.Notice) {
		for _, n := range notices {
			if n.BotID == bot {
				heard <- n.What
			}
		}
	}))
	return func() (all store.What) {
		for {
			select {
			case what := <-heard:
				all |= what
			default:
				return all
			}
		}
	}
}

func TestWhatOneReplicaChangesTheOthersHear(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	heard := listening(t, b, bot)
	signal, end := b.Watch(bot)
	defer end()
	for name, c := range map[string]struct {
		do    func() error
		hears store.What
	}{
		"accepted": {func() error { _, err := a.Accept(t.Context(), bot, testEvents(1)); return err }, store.Due},
		"claimed": {func() error {
			_, err := a.Claim(t.Context(), store.FirstWebhook(bot), 10, time.Minute)
			return err
		}, 0},
		"a job": {func() error {
			_, err := a.StartRelease(t.Context(), store.FirstWebhook(bot), store.Actor{})
			return err
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, c.do())
			await(t, signal)
			require.Eventually(t, func() bool { return heard()&c.hears == c.hears }, time.Minute, time.Millisecond)
		})
	}
}

// An act that takes something back is answered when all have heard of it: there is nothing to wait for.
func TestWhoeverIsAnsweredCanRelyOnEveryReplica(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	heard := listening(t, b, bot)
	ctx, lateness := store.WithLateness(t.Context())
	for name, act := range map[string]func(*DB) error{
		"settings": func(db *DB) error {
			_, err := db.SaveWebhook(ctx, store.FirstWebhook(bot), store.WebhookChange{URL: new("https://other.example/" + uuid.NewString())})
			return err
		},
		"secret": func(db *DB) error {
			_, err := db.RotateSecret(ctx, store.FirstWebhook(bot), store.Actor{})
			return err
		},
		"switched off": func(db *DB) error { return db.SwitchOff(ctx, store.FirstWebhook(bot), "gone") },
	} {
		heard()
		require.NoError(t, act(a), name)
		require.True(t, heard()&store.TakesBack != 0, name)
		require.False(t, lateness.Late())
	}
}

func TestARevokedKeyIsRefusedByEveryReplica(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t)
	key := store.Key{ID: uuid.Must(uuid.NewV7()), Name: "ci", Role: store.RoleOwner}
	require.NoError(t, a.CreateKey(t.Context(), key))
	known, err := b.Key(t.Context(), key.ID)
	require.NoError(t, err)
	require.Zero(t, known.RevokedAt)
	require.NoError(t, a.RevokeKey(t.Context(), key.ID, store.Actor{}))
	known, err = b.Key(t.Context(), key.ID)
	require.NoError(t, err)
	require.NotZero(t, known.RevokedAt)
}

// A command acts beside servers, and has no link to them.
func TestServersHearWhatACommandDoes(t *testing.T) {
	t.Parallel()
	a, _ := twoReplicas(t)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	beside := a.cfg
	beside.Beside = true
	command := openTest(t, beside)
	signal, end := a.Watch(bot)
	defer end()
	_, err = command.Accept(t.Context(), bot, testEvents(1))
	require.NoError(t, err)
	await(t, signal)
}

// silent has a replica join that confirms nothing.
func silent(t *testing.T, db *DB) {
	t.Helper()
	at, err := postgres.New(db.cfg.URL, "")
	require.NoError(t, err)
	speaker, err := at.Speak(t.Context())
	require.NoError(t, err)
	require.NoError(t, speaker.Say(t.Context(), []string{"b silent 0 1 "}))
	require.NoError(t, speaker.Close())
	require.Eventually(t, func() bool { return db.Replicas() == 2 }, time.Minute, time.Millisecond)
}

func TestAnActIsLateWhenAReplicaDoesNotConfirmIt(t *testing.T) {
	t.Parallel()
	db := openTest(t, Config{URL: pgtest.URL(t), Keys: secret.NewKeyring([32]byte{1})})
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	silent(t, db)
	ctx, lateness := store.WithLateness(t.Context())
	_, err = db.Accept(ctx, bot, testEvents(1))
	require.NoError(t, err)
	require.False(t, lateness.Late(), "it takes nothing back")
	_, err = db.SaveWebhook(ctx, store.FirstWebhook(bot), store.WebhookChange{Enabled: new(false)})
	require.NoError(t, err)
	require.True(t, lateness.Late())
	require.True(t, db.MayStart())
}

func TestAReplicaWhoseConnectionsWereCutHearsAgain(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	all, end := b.Watch(bot)
	defer end()
	require.Positive(t, pgtest.CutAll(t, a.cfg.URL))
	await(t, all) // whatever it has missed
	for _, db := range []*DB{a, b} {
		require.Eventually(t, func() bool { return db.MayStart() && db.Replicas() == 2 }, time.Minute, time.Millisecond)
	}
	heard := listening(t, b, bot)
	require.Eventually(t, func() bool {
		_, err := a.Accept(t.Context(), bot, testEvents(1))
		return err == nil
	}, time.Minute, time.Millisecond)
	require.Eventually(t, func() bool { return heard()&store.Due != 0 }, time.Minute, time.Millisecond)
}

// A page that was shown by one replica, and whose stream comes back to another, misses nothing and is told nothing twice.
func TestNewsAreTheSameOnEveryReplica(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	seen := a.News()
	require.Eventually(t, func() bool { return !a.NewsSince(b.News()) && !b.NewsSince(seen) }, time.Minute, time.Millisecond)
	for range 5 {
		require.False(t, b.NewsSince(seen), "what one replica has told of is news to no other")
		_, err = a.Accept(t.Context(), bot, testEvents(1))
		require.NoError(t, err)
		require.True(t, a.NewsSince(seen))
		require.Eventually(t, func() bool { return b.NewsSince(seen) }, time.Minute, time.Millisecond)
		require.Eventually(t, func() bool { seen = b.News(); return !a.NewsSince(seen) }, time.Minute, time.Millisecond)
		_, err = b.Accept(t.Context(), bot, testEvents(1))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return a.NewsSince(seen) }, time.Minute, time.Millisecond)
		require.Eventually(t, func() bool { seen = a.News(); return !b.NewsSince(seen) }, time.Minute, time.Millisecond)
	}
}

func eventAbout(email string) store.NewDelivery {
	event := testEvents(1)[0]
	event.Email = email
	event.Payload = []byte(`{"event_name":"Lead","event_id":"` + event.EventID + `","user_data":{"email":"` + email + `"}}`)
	return event
}

func requireFound(t *testing.T, db *DB, email string, n int) {
	t.Helper()
	page, err := db.Deliveries(t.Context(), store.DeliveryFilter{Query: email, Limit: 100})
	require.NoError(t, err)
	require.Len(t, page.Deliveries, n, email)
}

func TestAPersonIsFoundAndErasedByEveryReplica(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	for _, db := range []*DB{a, b} {
		_, err := db.Accept(t.Context(), bot, []store.NewDelivery{eventAbout("jane@example.com"), eventAbout("john@example.com")})
		require.NoError(t, err)
	}
	requireFound(t, a, "jane@example.com", 2)
	requireFound(t, b, "jane@example.com", 2)
	j, err := b.StartErase(t.Context(), store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
	require.Equal(t, 2, endJob(t, b, j, err).Done)
	for _, db := range []*DB{a, b} {
		requireFound(t, db, "jane@example.com", 0)
		requireFound(t, db, "john@example.com", 2)
	}
}

// What one process writes another may sort in: none of it is lost, and the journal becomes empty again.
func TestASharedJournalIsSortedInByWhoeverFindsItFull(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t, withShortJournal)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	_, err = b.Accept(t.Context(), bot, []store.NewDelivery{eventAbout("first@example.com")})
	require.NoError(t, err)
	for range shortJournal / 100 {
		events := make([]store.NewDelivery, 100)
		for i := range events {
			events[i] = eventAbout("many@example.com")
		}
		_, err = a.Accept(t.Context(), bot, events)
		require.NoError(t, err)
	}
	_, err = a.Accept(t.Context(), bot, []store.NewDelivery{eventAbout("last@example.com")})
	require.NoError(t, err)
	require.Less(t, inJournal(t, a), shortJournal)
	for _, db := range []*DB{a, b} {
		requireFound(t, db, "first@example.com", 1)
		requireFound(t, db, "last@example.com", 1)
	}
	require.NoError(t, b.mergeAll(t.Context()))
	require.Zero(t, inJournal(t, a))
	requireFound(t, a, "last@example.com", 1)
}

// hanging is an endpoint that answers when it is told to, and counts the requests that have reached it.
type hanging struct {
	answering
	answer chan struct{}
}

func (h *hanging) Attempt(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt {
	a := h.answering.Attempt(ctx, w, d)
	<-h.answer
	return a
}

func (h *hanging) came() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.got)
}

func startEngine(t *testing.T, db *DB, endpoint engine.Attempter) *engine.Engine {
	e := engine.NewEngine(engine.EngineConfig{
		Queue: db, Client: endpoint, Schedule: outcome.DefaultSchedule, Now: time.Now, Jitter: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, e.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, e.Stop(context.WithoutCancel(t.Context()))) })
	return e
}

// What one replica takes back does not start on another that has claimed it, once that was answered.
func TestWhatIsTakenBackDoesNotLeaveFromAnotherReplica(t *testing.T) {
	for name, act := range map[string]func(*DB, uuid.UUID) error{
		"switched off": func(db *DB, bot uuid.UUID) error {
			_, err := db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Enabled: new(false)})
			return err
		},
		"deleted": func(db *DB, bot uuid.UUID) error { return db.DeleteBot(t.Context(), bot, store.Actor{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := twoReplicas(t)
			bot, err := newSendingBot(t.Context(), a)
			require.NoError(t, err)
			endpoint := &hanging{answering: answering{got: map[string]int{}}, answer: make(chan struct{})}
			startEngine(t, b, endpoint)
			const events = 200
			_, err = b.Accept(t.Context(), bot, testEvents(events))
			require.NoError(t, err)
			require.Eventually(t, func() bool { return endpoint.came() > 0 }, time.Minute, time.Millisecond)
			require.NoError(t, act(a, bot))
			left := endpoint.came()
			close(endpoint.answer)
			require.Eventually(t, func() bool {
				var sending int
				require.NoError(t, a.reader.Row(t.Context(), `SELECT COUNT(*) FROM deliveries WHERE status = 'sending'`).Scan(&sending))
				return sending == 0
			}, time.Minute, 10*time.Millisecond)
			require.Equal(t, left, endpoint.came())
			require.Less(t, left, events)
		})
	}
}

// An event that one replica accepts and does not send itself goes out by another that hears of it.
func TestAnotherReplicaSendsWhatOneAccepts(t *testing.T) {
	t.Parallel()
	a, b := twoReplicas(t)
	bot, err := newSendingBot(t.Context(), a)
	require.NoError(t, err)
	endpoint := &answering{got: map[string]int{}}
	startEngine(t, b, endpoint)
	_, err = a.Accept(t.Context(), bot, testEvents(50))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		endpoint.mu.Lock()
		defer endpoint.mu.Unlock()
		return len(endpoint.got) == 50
	}, time.Minute, time.Millisecond)
}

// The pages of a poll go on where the one before ended, and lack none.
func TestEveryWaitingWebhookIsSeenByOnePoll(t *testing.T) {
	t.Parallel()
	a, _ := twoReplicas(t)
	bots := map[uuid.UUID]bool{}
	for range 7 {
		bot, err := newSendingBot(t.Context(), a)
		require.NoError(t, err)
		_, err = a.Accept(t.Context(), bot, testEvents(2))
		require.NoError(t, err)
		bots[bot] = true
	}
	var after store.WebhookID
	for {
		page, err := a.Lanes(t.Context(), after, 3)
		require.NoError(t, err)
		for _, l := range page {
			require.True(t, bots[l.BotID])
			delete(bots, l.BotID)
			require.False(t, l.DueAt.IsZero())
			after = l.WebhookID
		}
		if len(page) < 3 {
			break
		}
	}
	require.Empty(t, bots)
}
