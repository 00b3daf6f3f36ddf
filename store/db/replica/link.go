package replica

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"iozen/store"
	"iozen/store/rescue"
)

// Server carries messages to all replicas.
type Server interface {
	// Listen calls ready once it listens and then heard for each message, in their order, until ctx ends or the connection is lost.
	Listen(ctx context.Context, ready func(), heard func(string)) error
	// Speak makes a connection to speak by.
	Speak(ctx context.Context) (Speaker, error)
}

// Speaker sends messages. After an error it is of no use any more.
type Speaker interface {
	Say(ctx context.Context, messages []string) error
	Close() error
}

// Times are how fast replicas notice each other.
type Times struct {
	Gather   time.Duration // what commits change is collected so long before it is told
	Beat     time.Duration // between two beats
	Fresh    time.Duration // a replica that has not heard itself for so long starts nothing
	Patience time.Duration // how long a confirmation is waited for: longer than Fresh and a Beat
	Silent   time.Duration // a replica that was not heard for so long has noticed it itself: at least Fresh and Patience
}

// UsualTimes are those of a server.
var UsualTimes = Times{
	Gather: 10 * time.Millisecond, Beat: 400 * time.Millisecond, Fresh: 1500 * time.Millisecond,
	Patience: 2 * time.Second, Silent: 4 * time.Second,
}

// Heard is what the owner of a link does with what it hears. The functions must return at once, and may be called at the same
// time.
type Heard struct {
	// Notices tells what another replica changed, and its count of commits so far (0: it did not say).
	Notices func(from string, count uint64, notices []store.Notice)
	// Words gets what another replica said by Say.
	Words func(words string)
	// Gone tells that a replica is not there any more.
	Gone func(name string)
}

// Link is a replica's connection to the others.
type Link struct {
	name   string
	times  Times
	server Server
	heard  Heard
	log    *slog.Logger

	wake    chan struct{} // something is to be said at once
	first   chan struct{} // closed when the link has heard itself for the first time
	stop    context.CancelFunc
	working sync.WaitGroup

	mu      sync.Mutex
	hangUp  context.CancelFunc             // ends the connection that listens
	since   time.Time                      // when it was begun
	pending map[store.WebhookID]store.What // to be told with the next words
	count   uint64                         // of commits that are told or pending
	urgent  []string
	beats   map[uint64]time.Time // when they were sent; those that have not come back
	beaten  uint64
	freshAt time.Time // when the last beat was sent that came back
	fresh   bool      // as it was last noticed
	peers   map[string]peer
	asked   uint64
	tickets tickets
}

// peer is what is known of another replica.
type peer struct {
	heardAt time.Time
	count   uint64
}

// Start makes a link and lets it run until Close. name tells it from all other replicas, also from the process before it.
func Start(name string, server Server, times Times, heard Heard, log *slog.Logger) *Link {
	ctx, stop := context.WithCancel(context.Background())
	l := &Link{
		name: name, times: times, server: server, heard: heard, log: log,
		wake: make(chan struct{}, 1), first: make(chan struct{}), stop: stop,
		hangUp: func() {}, pending: map[store.WebhookID]store.What{}, beats: map[uint64]time.Time{}, peers: map[string]peer{}, tickets: tickets{},
	}
	l.spawn("listening to other replicas", func() { l.listen(ctx) })
	l.spawn("speaking to other replicas", func() { l.speak(ctx) })
	l.spawn("watching what other replicas say", func() { l.watch(ctx) })
	return l
}

func (l *Link) spawn(doing string, work func()) {
	l.working.Go(func() {
		if err := rescue.Call(func() error { work(); return nil }); err != nil {
			l.log.Error(doing, "error", err)
		}
	})
}

// Close tells the others that this replica leaves, and ends the link. Closing twice is harmless.
func (l *Link) Close() {
	l.stop()
	l.working.Wait()
}

// ErrDeaf says that a replica does not hear what it says itself.
var ErrDeaf = errors.New("notifications of PostgreSQL do not come back")

// AwaitFirst waits until the link hears itself.
func (l *Link) AwaitFirst(ctx context.Context, patience time.Duration) error {
	over := time.NewTimer(patience)
	defer over.Stop()
	select {
	case <-l.first:
		return nil
	case <-over.C:
		return ErrDeaf
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Fresh says whether everything has been heard that was said until a moment ago.
func (l *Link) Fresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isFresh()
}

func (l *Link) isFresh() bool { return time.Since(l.freshAt) < l.times.Fresh }

// Announce tells what a commit changed, soon, together with others; count is the number of commits with it.
func (l *Link) Announce(count uint64, changed []store.Notice) {
	if len(changed) == 0 {
		return
	}
	l.mu.Lock()
	begins := len(l.pending) == 0
	for _, n := range changed {
		l.pending[n.WebhookID] |= n.What
	}
	l.count = count
	l.mu.Unlock()
	if begins {
		time.AfterFunc(l.times.Gather, l.signal)
	}
}

// Say tells the others something that is not about a commit, at once, and does not wait.
func (l *Link) Say(text string) { l.say(message{kind: words, from: l.name, words: text}) }

func (l *Link) say(m message) {
	l.mu.Lock()
	l.urgent = append(l.urgent, m.String())
	l.mu.Unlock()
	l.signal()
}

func (l *Link) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// InTransaction is the message that a transaction sends with its commit; ticket is 0 if nobody need confirm it.
func InTransaction(from string, ticket uint64, changed []store.Notice) string {
	return message{kind: notices, from: from, ticket: ticket, notices: changed}.String()
}
