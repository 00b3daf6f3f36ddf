package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"iozen/sender/attempt"
	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/member"
	"iozen/store/rescue"
)

// Queue is what the engine needs of the database. When each delivery is due is kept there: the engine holds nothing that a
// crash could lose.
type Queue interface {
	// Subscribe has notify called after each commit, before the caller of the commit is answered; see db.DB.Subscribe.
	Subscribe(notify func([]store.Notice)) (end func())
	Lanes(ctx context.Context, after store.WebhookID, limit int) ([]store.LaneDue, error)
	Claim(ctx context.Context, id store.WebhookID, limit int, lease time.Duration) (store.Claimed, error)
	Settle(ctx context.Context, s store.Settlement) (store.Health, error)
	Unclaim(ctx context.Context, claims []store.Claim) error
	HoldWaiting(ctx context.Context, id store.WebhookID, limit int) (int, error)
	SwitchOff(ctx context.Context, id store.WebhookID, reason string) error
	// ReserveFrom has reserve asked before events are accepted; see store.Reservation.
	ReserveFrom(reserve func(id store.WebhookID, n int) store.Reservation)
	// MayStart says whether what was claimed may start: false while this process might not hear that it was taken back.
	MayStart() bool
	// Share is this process's part of what all that serve the database may do together.
	Share() member.Share
}

// Attempter makes one request and returns what became of it; attempt.Client is the real one.
type Attempter interface {
	Attempt(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt
}

// EngineConfig holds the parts of an engine; all but the bounds are required.
type EngineConfig struct {
	Queue    Queue
	Client   Attempter
	Schedule outcome.Schedule
	Now      func() time.Time // the queue's clock, see clock.Steady
	Jitter   func() float64   // uniform in [0,1)
	Log      *slog.Logger

	// Bounds of all processes that serve the database together.
	MaxInFlight           int // requests under way at once; 0: 1,024
	MaxInFlightPerWebhook int // of one webhook; 0: 64
}

const (
	// lease outlives the longest attempt (30 s) by enough time to wait for a slot before it and
	// for a slow commit after it.
	lease = 90 * time.Second
	// leaseReserve is what must be left of a lease when its attempt starts.
	leaseReserve = 40 * time.Second
	// recordAfterCut is how long a stop that ran out of time still waits for results to be recorded.
	recordAfterCut = 5 * time.Second
)

// Engine decides which delivery goes out next. It works webhook by webhook: a lane per webhook with waiting
// deliveries, served in turn, each with an in-flight bound that follows how its endpoint answers
// (see limiter). Finding work reads only lanes that are due and may send, so neither a backlog nor a
// dead endpoint slows the others down.
//
// Start returns at once; Stop when every attempt is settled or handed back. Both may be called twice.
// All fields below mu are guarded by it.
type Engine struct {
	cfg  EngineConfig
	wake chan struct{} // capacity 1: "look again"
	// pollNow (capacity 1) makes the next poll come at once.
	pollNow chan struct{}

	attempts       context.Context // is cancelled only when a stop runs out of time
	cancelAttempts context.CancelFunc
	records        context.Context // is cancelled when recording takes too long after that
	cancelRecords  context.CancelFunc
	cancelLoops    context.CancelFunc
	endFeed        func()
	working        sync.WaitGroup // loops, claims, attempts, settlements
	trouble        trouble

	mu       sync.Mutex
	lanes    map[store.WebhookID]*lane
	claims   claimsInFlight
	due      laneHeap            // lanes that wait for their time
	rings    [healthClasses]ring // lanes with something to do, by the health class of their endpoint
	turn     healthClass         // which ring is served next
	inFlight int
	testing  int                // of inFlight, those that are tests
	held     [healthClasses]int // of inFlight, those that each health class holds
	claiming int
	share    member.Share // as it was at the last dispatch
	reserved int          // places kept for events that are being accepted
	// unrecorded are the requests that were answered and whose answer is not on disk yet. They count against the bounds.
	unrecorded int
	// underWay are the attempts that have begun, until their results are on disk or they are handed back.
	underWay   map[uuid.UUID]*attempt.Departure
	unwritable bool // the last result could not be recorded: nothing starts until one can
	surveyed   bool // every lane of the store was looked at once
	// claimTook is how long the last claims took, smoothed.
	claimTook time.Duration
	started   bool
	stopping  bool
	latest    time.Time // the last time that the clock showed, see followBack
}

// NewEngine makes an engine that is notified of changes at once, and sends nothing until Start.
func NewEngine(cfg EngineConfig) *Engine {
	if cfg.MaxInFlight == 0 {
		cfg.MaxInFlight = 1024
	}
	if cfg.MaxInFlightPerWebhook == 0 {
		cfg.MaxInFlightPerWebhook = 64
	}
	e := &Engine{cfg: cfg, wake: make(chan struct{}, 1), pollNow: make(chan struct{}, 1), lanes: map[store.WebhookID]*lane{}, claims: claimsInFlight{}, underWay: map[uuid.UUID]*attempt.Departure{}}
	e.attempts, e.cancelAttempts = context.WithCancel(context.Background())
	e.records, e.cancelRecords = context.WithCancel(context.Background())
	e.endFeed = cfg.Queue.Subscribe(e.heard)
	cfg.Queue.ReserveFrom(e.reserve)
	return e
}

// Start begins to deliver what waits in the queue.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started || e.stopping {
		return nil
	}
	loops, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.cancelLoops, e.started = cancel, true
	e.spawn("handing out work", func() { e.dispatchLoop(loops) })
	e.spawn("looking for waiting deliveries", func() { e.pollLoop(loops) })
	return nil
}

// spawn runs a piece of work in a goroutine of its own. If it panics, it ends, and the others go on.
func (e *Engine) spawn(doing string, work func()) {
	e.working.Go(func() {
		if err := rescue.Call(func() error { work(); return nil }); err != nil {
			e.report(doing, err)
		}
	})
}

// Stop claims nothing more, hands back what was not started, and waits for the requests under way.
// If ctx ends first, they are cut and handed back too. It returns an error only if that fails as well.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	e.stopping = true
	started := e.started
	e.mu.Unlock()
	defer e.endFeed() // at the very end: until then acts still recall what has not left
	if !started {
		return nil
	}
	e.cancelLoops()
	e.handBackAll()

	done := make(chan struct{})
	go func() { e.working.Wait(); close(done) }()
	defer e.cancelRecords()
	defer e.cancelAttempts()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	e.cancelAttempts()
	select {
	case <-done:
		return nil
	case <-time.After(recordAfterCut):
		return errors.New("stopping the engine: results are still being recorded")
	}
}

// InFlight is the number of requests under way.
func (e *Engine) InFlight() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.inFlight
}

// OnTheWire says which of these deliveries have left and are not recorded yet. Asked after an act took them back, it knows
// those that the act came too late for.
func (e *Engine) OnTheWire(ids []uuid.UUID) (left []uuid.UUID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range ids {
		if d := e.underWay[id]; d != nil && !d.IsRecalled() {
			left = append(left, id)
		}
	}
	return left
}

func (e *Engine) signal() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}
