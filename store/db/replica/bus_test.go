package replica

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// bus carries messages in memory, as a server does: to every listener, in one order.
type bus struct {
	mu        sync.Mutex
	listeners map[*listener]bool
}

// listener is one connection of a replica.
type listener struct {
	heard chan string
	lost  chan struct{} // closed: the connection is gone
	deaf  bool          // it hears nothing, and nobody notices
}

// access is one replica's way to the bus.
type access struct {
	*bus
	mu   sync.Mutex
	on   *listener
	deaf bool
	down bool // it can neither listen nor speak
}

var errDown = errors.New("no connection")

func (a *access) Listen(ctx context.Context, ready func(), heard func(string)) error {
	l := &listener{heard: make(chan string, 10_000), lost: make(chan struct{})}
	a.mu.Lock()
	if a.down {
		a.mu.Unlock()
		return errDown
	}
	a.on, l.deaf = l, a.deaf
	a.mu.Unlock()
	a.bus.mu.Lock()
	a.listeners[l] = true
	a.bus.mu.Unlock()
	defer func() {
		a.bus.mu.Lock()
		defer a.bus.mu.Unlock()
		delete(a.listeners, l)
	}()
	ready()
	for {
		select {
		case m := <-l.heard:
			heard(m)
		case <-l.lost:
			return errDown
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *access) Speak(context.Context) (Speaker, error) { return a, nil }

func (a *access) Say(_ context.Context, messages []string) error {
	a.mu.Lock()
	down := a.down
	a.mu.Unlock()
	if down {
		return errDown
	}
	a.bus.say(messages...)
	return nil
}

func (a *access) Close() error { return nil }

func (b *bus) say(messages ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range messages {
		for l := range b.listeners {
			if !l.deaf {
				l.heard <- m
			}
		}
	}
}

// setDeaf makes a replica hear nothing more, on this connection and the next.
func (a *access) setDeaf(deaf bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deaf = deaf
	a.bus.mu.Lock()
	defer a.bus.mu.Unlock()
	a.on.deaf = deaf
}

// cut ends the connection that listens; down says that no other can be made.
func (a *access) cut(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
	close(a.on.lost)
}

func (a *access) setUp() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = false
}

// replicas of a test, and what they have heard.
type replica struct {
	*Link
	*access
	mu    sync.Mutex
	told  []store.Notice
	said  []string
	gone  []string
	count map[string]uint64
}

// quick are times that no test waits long for, and that a busy machine keeps.
var quick = Times{Gather: time.Millisecond, Beat: 20 * time.Millisecond, Fresh: 400 * time.Millisecond, Patience: 800 * time.Millisecond, Silent: 1500 * time.Millisecond}

func (b *bus) join(t *testing.T, name string) *replica {
	t.Helper()
	r := &replica{access: &access{bus: b}, count: map[string]uint64{}}
	r.Link = Start(name, r.access, quick, Heard{
		Notices: func(from string, count uint64, notices []store.Notice) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.told = append(r.told, notices...)
			r.count[from] = max(r.count[from], count)
		},
		Words: func(words string) { r.mu.Lock(); defer r.mu.Unlock(); r.said = append(r.said, words) },
		Gone:  func(name string) { r.mu.Lock(); defer r.mu.Unlock(); r.gone = append(r.gone, name) },
	}, slog.New(slog.DiscardHandler))
	t.Cleanup(r.Link.Close)
	require.NoError(t, r.AwaitFirst(t.Context(), time.Minute))
	return r
}

func (r *replica) heardOf(n store.Notice) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.told, n)
}

func (r *replica) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = nil
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, time.Millisecond)
}

func pair(t *testing.T) (a, b *replica) {
	t.Helper()
	on := &bus{listeners: map[*listener]bool{}}
	a, b = on.join(t, "a"), on.join(t, "b")
	eventually(t, func() bool { return slices.Equal(a.Others(), []string{"b"}) && slices.Equal(b.Others(), []string{"a"}) })
	return a, b
}

func change(what store.What) store.Notice {
	return store.Notice{WebhookID: store.WebhookID{BotID: uuid.Must(uuid.NewV7()), N: 3}, What: what}
}

func TestWhatOneReplicaAnnouncesTheOthersHearAndItselfDoesNot(t *testing.T) {
	a, b := pair(t)
	first, second := change(store.Due), change(0)
	a.Announce(6, []store.Notice{first})
	a.Announce(7, []store.Notice{second})
	eventually(t, func() bool { return b.heardOf(first) && b.heardOf(second) })
	eventually(t, func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.count["a"] == 7 })
	require.False(t, a.heardOf(first))
	a.Link.Say("hello")
	eventually(t, func() bool { b.mu.Lock(); defer b.mu.Unlock(); return slices.Equal(b.said, []string{"hello"}) })
}

func TestAnActIsConfirmedByEveryReplicaThatHears(t *testing.T) {
	a, b := pair(t)
	act := change(store.Revoked)
	ticket := a.Ask()
	a.bus.say(InTransaction("a", ticket, []store.Notice{act}))
	require.True(t, a.Await(t.Context(), ticket))
	require.True(t, b.heardOf(act))
}

func TestAReplicaThatDoesNotHearIsWaitedForNoLongerThanItTakesToNotice(t *testing.T) {
	a, b := pair(t)
	b.setDeaf(true) // it speaks on
	ticket := a.Ask()
	a.bus.say(InTransaction("a", ticket, []store.Notice{change(store.Revoked)}))
	require.False(t, a.Await(t.Context(), ticket))
	require.False(t, b.Fresh(), "whatever was taken back does not start there any more")
	require.True(t, a.Fresh())
	require.True(t, b.heardOf(store.LookAtAll), "and what was departing was dropped")
}

func TestAReplicaThatHearsAgainLooksAtEverything(t *testing.T) {
	a, b := pair(t)
	b.cut(true)
	eventually(t, func() bool { return !b.Fresh() && b.heardOf(store.LookAtAll) })
	b.forget()
	b.setUp()
	eventually(t, func() bool { return b.Fresh() && b.heardOf(store.LookAtAll) })
	ticket := a.Ask()
	a.bus.say(InTransaction("a", ticket, []store.Notice{change(store.Revoked)}))
	require.True(t, a.Await(t.Context(), ticket))
}

func TestALostConnectionIsMadeAgain(t *testing.T) {
	a, b := pair(t)
	b.setDeaf(true) // nobody closes it, as when a machine between them forgets it
	eventually(t, func() bool { return !b.Fresh() })
	b.access.mu.Lock()
	b.deaf = false // the next connection hears
	b.access.mu.Unlock()
	eventually(t, func() bool { return b.Fresh() })
	require.True(t, a.Fresh())
}

func TestNobodyWaitsForAReplicaThatIsGone(t *testing.T) {
	a, b := pair(t)
	b.Link.Close()
	eventually(t, func() bool { return len(a.Others()) == 0 })
	eventually(t, func() bool { a.mu.Lock(); defer a.mu.Unlock(); return slices.Equal(a.gone, []string{"b"}) })

	killed := a.bus.join(t, "c")
	eventually(t, func() bool { return slices.Equal(a.Others(), []string{"c"}) })
	killed.cut(true) // without a word
	eventually(t, func() bool { return len(a.Others()) == 0 })
	ticket := a.Ask()
	a.bus.say(InTransaction("a", ticket, []store.Notice{change(store.Revoked)}))
	require.True(t, a.Await(t.Context(), ticket))
}

func TestALostAnnouncementIsNoticedByTheNextBeat(t *testing.T) {
	a, b := pair(t)
	a.Announce(1, []store.Notice{change(0)})
	eventually(t, func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.count["a"] == 1 })
	b.forget()
	a.bus.say(message{kind: beat, from: "a", count: 2}.String())
	eventually(t, func() bool { return b.heardOf(store.Notice{What: store.Due}) })
}

func TestAReplicaThatCannotHearItselfSaysSoAtTheStart(t *testing.T) {
	at := &access{bus: &bus{listeners: map[*listener]bool{}}, deaf: true}
	l := Start("a", at, quick, Heard{Notices: func(string, uint64, []store.Notice) {}}, slog.New(slog.DiscardHandler))
	defer l.Close()
	require.ErrorIs(t, l.AwaitFirst(t.Context(), 50*time.Millisecond), ErrDeaf)
	require.False(t, l.Fresh())
}
