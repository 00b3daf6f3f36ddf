package e2e

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// cable is what lies between a server and its database. While it is cut nothing passes, and neither side is told: what was sent
// meanwhile arrives once it is mended, as on a network that repeats what was lost.
type cable struct {
	net.Listener
	to string

	mu     sync.Mutex
	mended *sync.Cond
	cut    bool
	ends   []io.Closer
}

// newCable lays one to an address.
func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cable{Listener: l, to: to, ends: []io.Closer{l}}
	c.mended = sync.NewCond(&c.mu)
	var passing sync.WaitGroup
	passing.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			passing.Go(func() { c.join(from) })
		}
	})
	t.Cleanup(func() {
		c.set(false)
		c.mu.Lock()
		ends := c.ends
		c.ends = nil
		c.mu.Unlock()
		for _, e := range ends {
			_ = e.Close()
		}
		passing.Wait()
	})
	return c
}

// join passes on what either side says, until one hangs up.
func (c *cable) join(from net.Conn) {
	defer from.Close()
	c.whole()
	to, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer to.Close()
	c.mu.Lock()
	if c.ends == nil {
		c.mu.Unlock()
		return
	}
	c.ends = append(c.ends, from, to)
	c.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { c.pass(to, from) })
	both.Go(func() { c.pass(from, to) })
	both.Wait()
}

func (c *cable) pass(to, from net.Conn) {
	defer to.Close()
	some := make([]byte, 32<<10)
	for {
		n, err := from.Read(some)
		c.whole()
		if _, failed := to.Write(some[:n]); err != nil || failed != nil {
			return
		}
	}
}

// whole waits until the cable is not cut.
func (c *cable) whole() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.cut {
		c.mended.Wait()
	}
}

// set cuts the cable, or mends it.
func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	c.mended.Broadcast()
}
