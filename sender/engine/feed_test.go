package engine

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/attempt"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/sqlite/sqlitetest"
	"iozen/store/secret"
)

const (
	openRequests = 64
	claimedAhead = 500
	stillQueued  = 100 // waits in the database, for a claim that is under way while the act happens
	inAll        = openRequests + claimedAhead + stillQueued
)

// takeBack is a store with an engine in the middle of things: requests are open at an endpoint that does not answer, more
// is claimed ahead, and a claim has been committed whose answer the engine does not have yet.
type takeBack struct {
	*db.DB
	t        *testing.T
	e        *Engine
	bot      uuid.UUID
	events   []store.NewDelivery              // every second one is of jane
	queue    func(events []store.NewDelivery) // has them sent
	job      store.Job                        // that has queued them, if one has
	version  int64                            // of the settings when the act was answered
	secret   string
	answered bool

	mu        sync.Mutex
	began     int
	late      []store.Delivery // of requests that began after the act was answered
	lateBy    []store.Webhook
	answers   chan struct{} // closed: open requests are answered
	claimed   chan struct{} // a claim has been committed
	showClaim chan struct{} // the engine may see it
	holding   bool
}

// good says how the endpoint answers the open request of an event: half of jane's, and half of the others, it takes.
func good(eventID string) bool {
	n, _ := strconv.Atoi(eventID[1:])
	return n%4 < 2
}

const janesMail = "jane@example.com"

// Claim holds back what a claim has got while the test says so.
func (b *takeBack) Claim(ctx context.Context, id store.WebhookID, limit int, lease time.Duration) (store.Claimed, error) {
	c, err := b.DB.Claim(ctx, id, limit, lease)
	b.mu.Lock()
	holding := b.holding
	b.holding = false
	b.mu.Unlock()
	if holding {
		close(b.claimed)
		<-b.showClaim
	}
	return c, err
}

// Attempt is answered when the test says so; what begins after the act was answered is noted, and taken at once.
func (b *takeBack) Attempt(_ context.Context, w store.Webhook, d store.Delivery) store.Attempt {
	b.mu.Lock()
	b.began++
	late := b.answered
	if late {
		b.late, b.lateBy = append(b.late, d), append(b.lateBy, w)
	}
	b.mu.Unlock()
	a := store.Attempt{StatusCode: 200}
	if !late {
		<-b.answers
		if !good(d.EventID) {
			a.StatusCode, a.Outcome = 500, outcome.OutcomeHTTP(500)
		}
		a.Response.Body = d.Payload
	}
	a.BotID, a.DeliveryID, a.StartedAt, a.WebhookVersion = d.BotID, d.ID, time.Now(), w.Version
	return a
}

func newTakeBack(t *testing.T, prepare func(*takeBack)) *takeBack {
	t.Helper()
	db, err := db.Open(t.Context(), db.Config{
		URL: "sqlite:" + sqlitetest.Migrated(t), Keys: secret.NewKeyring([32]byte{1}),
	})
	require.NoError(t, err)
	b := &takeBack{DB: db, t: t, answers: make(chan struct{}), claimed: make(chan struct{}), showClaim: make(chan struct{})}
	bot, err := db.CreateBot(t.Context(), "bot", store.Actor{Name: "test"})
	require.NoError(t, err)
	b.bot = bot.ID
	b.save(store.WebhookChange{Enabled: new(true), URL: new("https://first.example/")})
	b.save(store.WebhookChange{URL: new("https://hook.example/"), Edit: &store.Edit{Tab: "page", Seq: 1, Run: 1}})
	b.makeEvents()
	b.queue = func(events []store.NewDelivery) {
		_, err := b.Accept(t.Context(), b.bot, events)
		require.NoError(t, err)
	}
	if prepare != nil {
		prepare(b)
	}
	b.e = NewEngine(EngineConfig{
		Queue: b, Client: b, Schedule: outcome.DefaultSchedule, Now: time.Now, Jitter: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
	})
	b.e.mu.Lock()
	l := b.e.lane(store.FirstWebhook(b.bot))
	l.endpoint = b.webhook().ChangedAt // it is known as good and quick
	l.limiter = limiter{bound: openRequests, goodAt: time.Now()}
	b.e.mu.Unlock()
	require.NoError(t, b.e.Start(t.Context()))
	t.Cleanup(func() {
		stop(t, b.e)
		require.NoError(t, db.Close())
	})
	b.fill()
	return b
}

func (b *takeBack) save(c store.WebhookChange) store.Webhook {
	b.t.Helper()
	w, err := b.SaveWebhook(b.t.Context(), store.FirstWebhook(b.bot), c)
	require.NoError(b.t, err)
	return w
}

func (b *takeBack) webhook() store.Webhook {
	b.t.Helper()
	w, err := b.Webhook(b.t.Context(), store.FirstWebhook(b.bot))
	require.NoError(b.t, err)
	return w
}

func (b *takeBack) makeEvents() {
	for i := range inAll {
		e := store.NewDelivery{
			ID: uuid.Must(uuid.NewV7()), EventID: fmt.Sprint("e", i), EventName: "Lead", EventTime: time.Now(),
			Payload: []byte(`{"user_data":{"email":"someone@example.com"}}`), Email: "someone@example.com",
		}
		if i%2 == 0 {
			e.Payload, e.Email = []byte(`{"user_data":{"email":"`+janesMail+`"}}`), janesMail
		}
		b.events = append(b.events, e)
	}
}

// fill brings the engine into the middle of things.
func (b *takeBack) fill() {
	b.t.Helper()
	b.queue(b.events[:openRequests+claimedAhead])
	b.eventually("the engine has claimed and begun", func() bool {
		b.e.mu.Lock()
		defer b.e.mu.Unlock()
		l := b.e.lanes[store.FirstWebhook(b.bot)]
		return l.inFlight == openRequests && len(l.claims) == claimedAhead && !l.claiming
	})
	b.eventually("every open request has begun", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.began == openRequests
	})
	b.mu.Lock()
	b.holding = true
	b.mu.Unlock()
	b.queue(b.events[openRequests+claimedAhead:])
	b.e.mu.Lock()
	l := b.e.lanes[store.FirstWebhook(b.bot)]
	if !l.claiming { // it claims in larger batches
		l.claiming = true
		b.e.claiming++
		generation := l.generation
		b.e.working.Go(func() { b.e.claim(l, stillQueued, generation) })
	}
	b.e.mu.Unlock()
	<-b.claimed
}

func (b *takeBack) eventually(what string, holds func() bool) {
	b.t.Helper()
	require.Eventually(b.t, holds, time.Minute, 2*time.Millisecond, what)
}

// act performs an act, and says that it was answered.
func (b *takeBack) act(do func(context.Context, *takeBack) error) {
	b.t.Helper()
	require.NoError(b.t, do(b.t.Context(), b))
	b.mu.Lock()
	b.answered = true
	b.mu.Unlock()
	if w, err := b.Webhook(b.t.Context(), store.FirstWebhook(b.bot)); err == nil {
		b.version, b.secret = w.Version, w.Secret
	}
}

// end answers what is open, lets the engine see its claim, and waits until it has nothing left to do.
func (b *takeBack) end() {
	b.t.Helper()
	close(b.answers)
	close(b.showClaim)
	b.eventually("the engine is done", func() bool {
		b.e.mu.Lock()
		defer b.e.mu.Unlock()
		l := b.e.lanes[store.FirstWebhook(b.bot)]
		return len(b.e.claims) == 0 && b.e.inFlight == 0 && (l == nil || len(l.claims) == 0 && !l.claiming && (l.dueAt.IsZero() || l.dueAt.After(time.Now().Add(2*time.Second))))
	})
}

// deliveries are those of the bot that have a status.
func (b *takeBack) deliveries(status ...store.Status) (found []store.Delivery) {
	b.t.Helper()
	require.NoError(b.t, b.EachDelivery(b.t.Context(), store.DeliveryFilter{BotID: b.bot, Status: status}, func(d store.Delivery) error {
		found = append(found, d)
		return nil
	}))
	return found
}

// TestWhatIsOnTheWireIsWhatWasNotRecalled: Undo counts it as sent.
func TestWhatIsOnTheWireIsWhatWasNotRecalled(t *testing.T) {
	left, recalled, unknown := uuid.New(), uuid.New(), uuid.New()
	e := &Engine{underWay: map[uuid.UUID]*attempt.Departure{}}
	for _, id := range []uuid.UUID{left, recalled} {
		_, d, done := attempt.NewDeparture(t.Context())
		defer done()
		e.underWay[id] = d
	}
	e.underWay[recalled].Recall()
	require.Equal(t, []uuid.UUID{left}, e.OnTheWire([]uuid.UUID{recalled, unknown, left}))
	e.ended(left, e.underWay[recalled])
	require.Len(t, e.OnTheWire([]uuid.UUID{left}), 1, "a newer attempt of the same delivery is not forgotten with an older one")
	e.ended(left, e.underWay[left])
	require.Empty(t, e.OnTheWire([]uuid.UUID{left}))
}
