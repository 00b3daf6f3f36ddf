package server

import (
	"errors"
	"net"
	"os"
	"time"
)

const (
	// takeTime is how long a client may take to read a piece of an answer before we hang up.
	takeTime = 20 * time.Second
	// piece is what has to be read within takeTime: 800 bytes a second are enough to keep a connection.
	piece = 16 << 10
)

// takenListener bounds how slowly its clients may read their answers. http.Server's WriteTimeout bounds a whole answer, which
// would cut long exports, streams and tests that wait for their endpoint; only clients that read nothing have to be stopped.
type takenListener struct {
	net.Listener
	within time.Duration
}

func (l takenListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &takenConn{conn, l.within}, nil
}

// takenConn writes piece by piece, each with a deadline of its own. Everything that net/http writes goes through it, its own
// refusals included, so that no handler can forget it.
type takenConn struct {
	net.Conn
	within time.Duration
}

func (c *takenConn) Write(b []byte) (written int, err error) {
	for {
		next := b[written:min(len(b), written+piece)]
		if err := c.SetWriteDeadline(time.Now().Add(c.within)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(next)
		written += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = c.SetLinger(0) // closing discards what was not read, which the system would keep for minutes
		}
		if err != nil || written == len(b) {
			return written, err
		}
	}
}

// CloseWrite lets net/http end an answer before the connection, so that a client that is refused while still sending can read
// why.
func (c *takenConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetLinger is how the local test endpoint resets connections.
func (c *takenConn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}
