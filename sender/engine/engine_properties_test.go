package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/clock"
)

// world is an engine with a queue, endpoints and a wall clock, all of which a schedule of acts may trouble. It notes
// every broken promise.
type world struct {
	q       *memQueue
	e       *Engine
	perBot  int
	slots   int
	bots    []uuid.UUID
	started time.Time

	mu       sync.Mutex
	behave   map[uuid.UUID]string
	offset   time.Duration             // of the wall clock
	total    int                       // requests under way
	byURL    map[string]int            // the same, by endpoint
	sending  map[uuid.UUID]bool        // deliveries under way
	accepted map[uuid.UUID]bool        // deliveries that an endpoint took
	changed  map[uuid.UUID]changeOfBot // last change that the engine was told
	broken   []string
}

type changeOfBot struct {
	version int64
	at      time.Time
}

const bots = 3

// act is one thing that happens, some time after the one before.
type act struct {
	after time.Duration
	what  string
	bot   int
	n     int
}

func (a act) String() string { return fmt.Sprintf("+%s %s bot %d × %d", a.after, a.what, a.bot, a.n) }

var (
	behaviours = []string{"quick", "slow", "slow", "hang", "fail", "refuse", "flaky", "own side"}
	troubles   = []string{"move", "limit", "off", "on", "remove", "database away", "database away", "database back", "clock", "clock"}
	pauses     = []time.Duration{0, time.Millisecond, 100 * time.Millisecond, time.Second, time.Second, 5 * time.Second, 100 * time.Second}
)

// drawActs alternates new events with trouble, so that trouble finds requests under way.
func drawActs(t *rapid.T) []act {
	draw := func(what *rapid.Generator[string]) *rapid.Generator[act] {
		return rapid.Custom(func(t *rapid.T) act {
			return act{
				after: rapid.SampledFrom(pauses).Draw(t, "after"), what: what.Draw(t, "what"),
				bot: rapid.IntRange(0, bots-1).Draw(t, "bot"), n: rapid.IntRange(1, 40).Draw(t, "n"),
			}
		})
	}
	add := draw(rapid.Just("add"))
	return rapid.SliceOfN(rapid.OneOf(add, draw(rapid.SampledFrom(behaviours)), draw(rapid.SampledFrom(troubles)), add), 1, 60).Draw(t, "acts")
}

func newWorld(t *testing.T, slots, perBot int) *world {
	w := &world{
		q: newMemQueue(t), slots: slots, perBot: perBot, started: time.Now(),
		behave: map[uuid.UUID]string{}, byURL: map[string]int{}, sending: map[uuid.UUID]bool{},
		accepted: map[uuid.UUID]bool{}, changed: map[uuid.UUID]changeOfBot{},
	}
	w.q.now = clock.Steady(w.wall, func() time.Duration { return time.Since(w.started) }, nil)
	w.e = NewEngine(EngineConfig{
		Queue: w.q, Client: w, Schedule: outcome.Schedule{5 * time.Second, 30 * time.Second, 2 * time.Minute}, Now: w.q.now,
		Jitter: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler), MaxInFlight: slots, MaxInFlightPerWebhook: perBot,
	})
	for range bots {
		w.bots = append(w.bots, w.q.addBot())
	}
	return w
}

func (w *world) wall() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *world) perform(a act) {
	time.Sleep(a.after)
	bot := w.bots[a.bot]
	switch a.what {
	case "add":
		if _, there := w.q.webhook(bot); there {
			w.q.add(bot, a.n)
		}
	case "move":
		w.edit(bot, func(h *store.Webhook) { h.URL = fmt.Sprintf("https://moved.example/%d/%s", h.Version, bot) })
	case "limit":
		w.edit(bot, func(h *store.Webhook) { h.RateLimit = new(float64(a.n)) })
	case "off":
		w.edit(bot, func(h *store.Webhook) { h.Enabled = false })
	case "on":
		w.edit(bot, func(h *store.Webhook) { h.Enabled = true })
	case "remove":
		w.q.remove(bot)
	case "database away":
		w.q.failWith(store.ErrUnavailable)
	case "database back":
		w.q.failWith(nil)
	case "clock":
		w.mu.Lock()
		w.offset += time.Duration(a.n-20) * 10 * time.Minute
		w.mu.Unlock()
	default:
		w.mu.Lock()
		w.behave[bot] = a.what
		w.mu.Unlock()
	}
}

func (w *world) edit(bot uuid.UUID, change func(*store.Webhook)) {
	w.q.edit(bot, change)
	h, _ := w.q.webhook(bot)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed[bot] = changeOfBot{h.Version, time.Now()}
}

// repair ends all trouble, so that everything left must finish.
func (w *world) repair() {
	w.q.failWith(nil)
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.behave)
}

// Attempt is the endpoint, and the witness.
func (w *world) Attempt(ctx context.Context, h store.Webhook, d store.Delivery) store.Attempt {
	began := time.Now()
	behaviour := w.begin(h, d)
	a := answerOf(ctx, behaviour, d)
	w.end(h, d, a)
	a.BotID, a.DeliveryID, a.StartedAt, a.Duration, a.WebhookVersion = d.BotID, d.ID, began, time.Since(began), h.Version
	return a
}

func (w *world) begin(h store.Webhook, d store.Delivery) (behaviour string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total++
	w.byURL[h.URL]++
	w.promise(w.total <= w.slots, "%d requests under way, at most %d", w.total, w.slots)
	w.promise(w.byURL[h.URL] <= w.perBot, "%d requests under way to one endpoint, at most %d", w.byURL[h.URL], w.perBot)
	w.promise(!w.sending[d.ID], "a delivery is sent twice at once")
	w.promise(!w.accepted[d.ID], "a delivery that was taken is sent again")
	w.promise(h.Sends(), "sent with settings that do not send")
	change := w.changed[d.BotID]
	w.promise(h.Version >= change.version || !time.Now().After(change.at), "sent with old settings")
	w.sending[d.ID] = true
	return w.behave[d.BotID]
}

func (w *world) end(h store.Webhook, d store.Delivery, a store.Attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total--
	w.byURL[h.URL]--
	delete(w.sending, d.ID)
	w.accepted[d.ID] = a.Delivered()
}

func (w *world) promise(kept bool, format string, args ...any) {
	if !kept {
		w.broken = append(w.broken, fmt.Sprintf("at %s: "+format, append([]any{time.Since(w.started)}, args...)...))
	}
}

func answerOf(ctx context.Context, behaviour string, d store.Delivery) store.Attempt {
	took, status := time.Millisecond, 200
	switch behaviour {
	case "slow":
		took = time.Duration(500+200*int(d.ID[15])%8000) * time.Millisecond
	case "hang":
		took, status = 30*time.Second, 0
	case "fail":
		status = 503
	case "refuse":
		status = 400
	case "flaky":
		if d.ID[15]%2 == 0 && d.Attempts%2 == 0 {
			took, status = 100*time.Millisecond, 500
		}
	case "own side":
		return store.Attempt{Outcome: outcome.OutcomeOwnSide}
	}
	return after(took, status)(ctx, store.Webhook{}, d)
}

// TestEngineKeepsItsPromises troubles an engine at random: requests under way stay within both bounds, no delivery
// is under way twice or sent again once taken, nothing leaves with old settings, and everything accepted ends
// delivered, failed or held, also when the poll finds nothing.
func TestEngineKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		slots, perBot := rapid.IntRange(1, 12).Draw(rt, "slots"), rapid.IntRange(1, 8).Draw(rt, "per bot")
		blind := rapid.Bool().Draw(rt, "blind")
		schedule := drawActs(rt)
		var broken []string
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, slots, perBot)
			w.q.blind = blind
			if err := w.e.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, a := range schedule {
				w.perform(a)
			}
			w.repair()
			time.Sleep(30 * time.Minute)
			for _, unfinished := range []store.Status{store.Queued, store.Sending, store.Retrying} {
				n := w.q.count(unfinished)
				w.promise(n == 0, "%d deliveries still %s", n, unfinished)
			}
			w.promise(len(w.e.claims) == 0, "%d claims left in flight", len(w.e.claims))
			w.promise(len(w.e.lanes) == 0, "%d lanes left", len(w.e.lanes))
			stop(t, w.e)
			broken = w.broken
		})
		if len(broken) > 0 {
			rt.Fatalf("%d promises broken, first: %s", len(broken), broken[0])
		}
	})
}

// TestNoLaneStarves puts one healthy bot beside any number of others that hang or fail.
func TestNoLaneStarves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		slots := rapid.IntRange(2, 16).Draw(rt, "slots")
		bad := rapid.SliceOfN(rapid.SampledFrom([]string{"hang", "fail", "slow"}), 1, 40).Draw(rt, "bad")
		var took time.Duration
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, slots, 4)
			for _, behaviour := range bad {
				bot := w.q.addBot()
				w.behave[bot] = behaviour
				w.q.add(bot, 20)
			}
			if err := w.e.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			began := time.Now()
			w.perform(act{what: "add", bot: 0, n: 1})
			for w.q.deliveredOf(w.bots[0]) == 0 && time.Since(began) < time.Hour {
				time.Sleep(100 * time.Millisecond)
			}
			took = time.Since(began)
			w.repair()
			stop(t, w.e)
		})
		// New endpoints share half of the slots, and each of those before it may hold one for an attempt's time.
		turns := len(bad)/max(1, slots/2) + 1
		if limit := time.Duration(turns)*30*time.Second + 5*time.Second; took > limit {
			rt.Fatalf("a healthy bot waited %s beside %d others with %d slots, at most %s", took, len(bad), slots, limit)
		}
	})
}
