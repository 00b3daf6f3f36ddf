// Package group collects the operations of many callers into groups, each for one transaction, so that one sync to disk serves
// many of them.
//
// It decides which operations go together, and answers their callers. It knows no SQL.
package group

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"iozen/store"
)

const (
	// maxGroup bounds the operations of one transaction, so that the first of them is not kept waiting.
	maxGroup = 512
	// maxBulk bounds the rows of bulk operations in a transaction of nothing else.
	maxBulk = 512
	// maxBulkBeside bounds them while others wait: a group of both takes a few milliseconds, so that a claim comes
	// back before its endpoint stands idle, and accepting still has the larger part of the writer if it needs it.
	maxBulkBeside = 128
	// maxQueued bounds the operations that wait for the writer; past it callers wait to get in.
	maxQueued = 4096
	// joinFor is how long operations that nobody waits for may wait for a commit that takes them along, and maxJoining how many
	// of them wait at most.
	joinFor    = 25 * time.Millisecond
	maxJoining = 32
	// maxBulkWaiting bounds the rows of bulk operations that wait, in memory, for their commit.
	maxBulkWaiting = 20_000
)

// errBehind says that too many events already wait to be accepted.
var errBehind = fmt.Errorf("%w: too many events wait for their commit", store.ErrUnavailable)

// Op is an operation in a transaction T.
type Op[T any] struct {
	Run    func(T) error
	Look   func(T) // says what it will ask for, before any operation of the group runs; nil: nothing
	Lazy   bool    // may be lost in a power cut, as if it had not happened yet
	Beside bool    // other processes may write meanwhile
	rows   int     // of a bulk operation
	done   chan error
}

// Answer tells the caller of an operation what came of it. It is called once.
func (op *Op[T]) Answer(err error) { op.done <- err }

// Writer runs the groups one after another.
//
// It has three queues. Bulk operations are those that clients may send without end (accepting events); joining ones
// (settlements) are as many, and nobody waits for them: while there is other work they go along with its commits. All
// others (claims, edits) are few and somebody waits for them. Each group takes some of all, so that accepting never starves
// delivering, nor the reverse.
type Writer[T any] struct {
	commit func([]*Op[T])
	wake   <-chan time.Time
	woken  func()

	queue   chan *Op[T]
	bulk    chan *Op[T]
	joining chan *Op[T]
	alone   bool          // the last group was one operation: there is nothing to wait for
	behind  atomic.Int64  // rows in bulk
	closing chan struct{} // closed by Drain: nothing more gets in
	done    chan struct{} // closed when the goroutine has ended
	once    sync.Once     // closes closing
}

// Start makes a writer. commit does a group and answers each of its operations; woken is called when wake fires. Both run in
// one goroutine, which Drain ends.
func Start[T any](commit func([]*Op[T]), wake <-chan time.Time, woken func()) *Writer[T] {
	w := newWriter(commit)
	w.wake, w.woken = wake, woken
	go w.loop()
	return w
}

func newWriter[T any](commit func([]*Op[T])) *Writer[T] {
	return &Writer[T]{
		commit: commit,
		queue:  make(chan *Op[T], maxQueued), bulk: make(chan *Op[T], maxQueued), joining: make(chan *Op[T], maxQueued),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
}

// New makes an operation that is in no queue, for a group of its own.
func New[T any](run func(T) error, lazy bool) *Op[T] {
	return &Op[T]{Run: run, Lazy: lazy, done: make(chan error, 1)}
}

// Err is what an operation was answered. It waits for that.
func (op *Op[T]) Err() error { return <-op.done }

// Do queues an operation and waits until its transaction has committed. Once queued, ctx no longer cancels it: the caller
// must learn what became of it.
func (w *Writer[T]) Do(ctx context.Context, run func(T) error) error {
	return w.await(ctx, w.queue, New(run, false))
}

// DoLazily is Do for an operation that may be lost in a power cut: it does not wait for the disk unless others of its group
// do. Like bulk and joining operations it is one of those that other processes may run beside; what Do runs has the database
// for itself.
func (w *Writer[T]) DoLazily(ctx context.Context, run func(T) error) error {
	op := New(run, true)
	op.Beside = true
	return w.await(ctx, w.queue, op)
}

// DoBulk is Do for an operation of many rows that clients bring. It fails at once, with ErrUnavailable, when more of them
// wait than can be done soon: a caller that gets an error can come back, one that waits cannot.
func (w *Writer[T]) DoBulk(ctx context.Context, rows int, look func(T), run func(T) error) error {
	rows = max(1, rows)
	if w.behind.Add(int64(rows)) > maxBulkWaiting {
		w.behind.Add(-int64(rows))
		return errBehind
	}
	defer w.behind.Add(-int64(rows))
	op := New(run, false)
	op.rows, op.Look, op.Beside = rows, look, true
	return w.await(ctx, w.bulk, op)
}

// DoJoining is Do for an operation that nobody waits for: it goes along with the next commit, or makes one of its own
// when there is none for joinFor.
func (w *Writer[T]) DoJoining(ctx context.Context, run func(T) error) error {
	op := New(run, false)
	op.Beside = true
	return w.await(ctx, w.joining, op)
}

func (w *Writer[T]) await(ctx context.Context, queue chan<- *Op[T], op *Op[T]) error {
	select {
	case <-w.closing:
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case queue <- op:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return store.ErrClosed
	}
	select {
	case err := <-op.done:
		return err
	case <-w.done: // the loop ended; it has answered all it had taken
		select {
		case err := <-op.done:
			return err
		default:
			return store.ErrClosed
		}
	}
}

func (w *Writer[T]) loop() {
	defer close(w.done)
	for {
		select {
		case op := <-w.queue:
			w.commit(w.gather(op))
		case op := <-w.bulk:
			w.commit(w.gather(op))
		case op := <-w.joining:
			w.commit(w.gather(w.joined(op)...))
		case <-w.wake:
			w.woken()
		case <-w.closing:
			for { // finish what was queued
				select {
				case op := <-w.queue:
					w.commit(w.gather(op))
				case op := <-w.bulk:
					w.commit(w.gather(op))
				case op := <-w.joining:
					w.commit(w.gather(op))
				default:
					return
				}
			}
		}
	}
}

// joined is the beginning of a group whose first operation nobody waits for: what it waited for, and itself.
func (w *Writer[T]) joined(op *Op[T]) []*Op[T] {
	if w.alone {
		return []*Op[T]{op}
	}
	group := []*Op[T]{op}
	enough := time.NewTimer(joinFor)
	defer enough.Stop()
	for len(group) < maxJoining {
		select {
		case more := <-w.joining:
			group = append(group, more)
		case other := <-w.queue:
			return append(group, other)
		case other := <-w.bulk:
			return append(group, other)
		case <-enough.C:
			return group
		case <-w.closing:
			return group
		}
	}
	return group
}

// gather adds waiting operations to a group: each queue's share, whatever the others hold.
func (w *Writer[T]) gather(group ...*Op[T]) []*Op[T] {
	rows := 0
	for _, op := range group {
		rows += op.rows
	}
	take := func(queue <-chan *Op[T]) bool {
		select {
		case op := <-queue:
			group, rows = append(group, op), rows+op.rows
			return true
		default:
			return false
		}
	}
	for len(group) < maxGroup && take(w.queue) {
	}
	for len(group) < maxGroup && take(w.joining) {
	}
	most := maxBulk
	if len(group) > 1 || rows == 0 {
		most = maxBulkBeside
	}
	for rows < most && take(w.bulk) {
	}
	w.alone = len(group) == 1
	return group
}

// Waiting is how many operations somebody waits for, besides bulk ones.
func (w *Writer[T]) Waiting() int { return len(w.queue) }

// Closing is closed once nothing more gets in.
func (w *Writer[T]) Closing() <-chan struct{} { return w.closing }

// Drain accepts nothing more and finishes what was queued. Calling it twice is harmless.
func (w *Writer[T]) Drain() {
	w.once.Do(func() { close(w.closing) })
	<-w.done
}
