package receive

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
)

// net/http writes the names of headers in one form (X-Iozen-Event-Id), but somebody who tries a webhook wants to see them as
// they were sent. So the connection keeps the bytes that it read last.

// keepRead is more than the longest headers of a request together with what is read after them at once.
const keepRead = 128 << 10

// Listen makes a listener's connections remember how the names of headers were written. The server needs WithConn too.
func Listen(l net.Listener) net.Listener { return namesListener{l} }

// WithConn is the ConnContext of a server on such a listener.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

type connKey struct{}

type namesListener struct{ net.Listener }

func (l namesListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &namesConn{Conn: c}, nil
}

type namesConn struct {
	net.Conn

	mu    sync.Mutex
	read  []byte            // the end of what was read
	names map[string]string // of the request that is being answered
	of    *http.Request
}

func (c *namesConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = append(c.read, b[:n]...)
	if over := len(c.read) - keepRead; over > 0 {
		c.read = append([]byte(nil), c.read[over:]...)
	}
	return n, err
}

// SetLinger is used to reset connections.
func (c *namesConn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}

// CloseWrite lets net/http end an answer before the connection.
func (c *namesConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// namesOf are the names of a request's headers as they were sent, by net/http's form; nil if the connection did not keep them.
func namesOf(req *http.Request) map[string]string {
	c, ok := req.Context().Value(connKey{}).(*namesConn)
	if !ok {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == req {
		return c.names
	}
	begin := bytes.Index(c.read, []byte(req.Method+" "+req.RequestURI+" HTTP/"))
	if begin < 0 {
		return nil
	}
	c.names, c.of = writtenNames(c.read[begin:]), req
	c.read = append([]byte(nil), c.read[begin+1:]...) // the next request follows this one
	return c.names
}

// writtenNames reads the lines after a request's first one, up to the empty line.
func writtenNames(raw []byte) map[string]string {
	names := map[string]string{}
	lines := strings.Split(string(raw), "\n")
	for _, line := range lines[1:] {
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			break
		}
		if name, _, found := strings.Cut(line, ":"); found {
			names[http.CanonicalHeaderKey(name)] = name
		}
	}
	return names
}
