package attempt

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

var (
	// errNotItsAnswer says that what an endpoint sent came before the request that it would have answered.
	errNotItsAnswer = errors.New("the endpoint sent more than its answer, or answered before it was asked")
	// errNotForThisRequest says that a kept connection must not be used again.
	errNotForThisRequest = errors.New("the connection is not kept")
)

// An endpoint may send a byte too many: a body with its 204, more than its Content-Length, a second answer. On a kept
// connection net/http reads them as the beginning of the next answer, if the next request is already under way. So a
// request begins to write only once the reader has used up what came before and waits for more, and nothing is there for
// it. If that is not so on a kept connection, the request fails before its first byte and takes another connection.

// mayAsk waits for that moment at the first write of a request, and returns why the request may not go out.
func (c *tracedConn) mayAsk() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asking || c.shared {
		return nil
	}
	for !c.fresh && !c.reading && !c.early && !c.closed {
		c.changed.Wait()
	}
	c.early = c.early || c.hasInput()
	switch {
	case c.closed, c.single && !c.fresh:
		return errNotForThisRequest
	case c.early && !c.fresh:
		return errNotItsAnswer
	}
	c.asking = false
	return nil
}

// receive reads what has come, or waits for it. From a socket it reads under mu, so that nothing is taken from the socket
// without being recorded.
func (c *tracedConn) receive(b []byte) (n int, err error) {
	if c.socket == nil {
		c.wait(true)
		defer c.wait(false)
		return c.conn.Read(b)
	}
	waited := c.socket.Read(func(fd uintptr) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for n, err = syscall.Read(int(fd), b); err == syscall.EINTR; {
			n, err = syscall.Read(int(fd), b)
		}
		c.reading = err == syscall.EAGAIN
		c.changed.Broadcast()
		return !c.reading
	})
	switch {
	case waited != nil:
		return 0, waited
	case err != nil:
		return 0, &net.OpError{Op: "read", Net: "tcp", Source: c.local, Addr: c.there, Err: os.NewSyscallError("read", err)}
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	}
	return n, nil
}

func (c *tracedConn) wait(reading bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = reading
	c.changed.Broadcast()
}

// answered records that an answer begins. An answer that begins before its request was written belongs to another.
func (c *tracedConn) answered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking && !c.shared {
		c.early = true
		c.changed.Broadcast()
	}
}

// notItsAnswer says that what came was there before its request.
func (c *tracedConn) notItsAnswer() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.early && !c.shared
}

// hasInput says whether bytes, or the endpoint's end, have come and were not read yet. It does not wait. A fresh
// connection under TLS may have some: tickets.
func (c *tracedConn) hasInput() (has bool) {
	if c.socket == nil || c.fresh && c.written.Load() > 0 {
		return false
	}
	_ = c.socket.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		has = err != syscall.EAGAIN && err != syscall.EINTR
	})
	return has
}
