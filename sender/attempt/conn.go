package attempt

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"iozen/store/rescue"
)

const (
	// beganBytes is how much of an answer's start is kept as evidence of what it was.
	beganBytes = 40
	// maxHandshake bounds what is read before the request has its connection: crypto/tls takes 256 KiB of
	// certificates, which cost megabytes to parse (decision 0030).
	maxHandshake = 32 << 10
	// streamWindow is how much of a body HTTP/2 may send ahead; by default it is 4 MiB.
	streamWindow = 16 << 10
	// maxStray is what may come between answers: the rest of one that we broke off, and frames of HTTP/2.
	maxStray = streamWindow + 8<<10
	// maxAnswer bounds what is read for each request.
	maxAnswer = maxResponseHeader + readBody + maxStray
	// lastWords is how long we still listen to an endpoint that stops reading the request: it may have answered before it
	// closed (a 413, often).
	lastWords = 50 * time.Millisecond
)

var (
	errNoConnection      = errors.New("the dialer returned no connection")
	errHandshakeTooLarge = errors.New("tls: the handshake is too large")
	errAnswerTooLarge    = errors.New("http2: the endpoint sends more than an answer needs")
)

// tracedConn is a connection that records how it was made, how much was written to it, and how the answer began.
//
// It also bounds what an endpoint can make us read: every request adds credit for one answer. Without it an endpoint could
// send empty frames of HTTP/2 for as long as the request lasts, each of which costs memory and time.
//
// net/http calls it from goroutines of its own, where a panic would end the process, so none leaves it.
type tracedConn struct {
	conn         net.Conn
	socket       syscall.RawConn // of conn; nil: it has none
	dns, connect time.Duration   // dns < 0: a literal address
	local, there net.Addr
	written      atomic.Int64

	mu       sync.Mutex
	changed  sync.Cond // of mu: reading or closed
	credit   int       // bytes that may still be read
	requests int       // under way
	used     bool      // by a request
	shared   bool      // HTTP/2: many requests at once
	began    []byte    // the first bytes read since the request got the connection
	last     byte      // the last one
	ended    bool      // by the endpoint
	broken   bool      // ended, in whatever way
	freeAt   time.Time // when its last request was over

	// What keeps one answer from being taken for the next one; see conn_order.go.
	reading bool // the reader has used up what came before, and waits
	fresh   bool // no request before this one
	asking  bool // the request that has the connection has not begun to write
	early   bool // the endpoint sent something before it was asked
	closed  bool // by us
	single  bool // for one request

	notKept  *notKept
	endpoint string // as notKept has it
}

// newTracedConn takes a connection, or refuses one that cannot be used: a nil one, or one without another end.
func newTracedConn(conn net.Conn) (c *tracedConn, err error) {
	defer rescue.Into(&err)
	if conn == nil || conn.RemoteAddr() == nil {
		return nil, errNoConnection
	}
	c = &tracedConn{conn: conn, local: conn.LocalAddr(), there: conn.RemoteAddr(), dns: -1, credit: maxHandshake}
	c.changed.L = &c.mu
	if s, ok := conn.(syscall.Conn); ok {
		if c.socket, err = s.SyscallConn(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *tracedConn) Write(b []byte) (n int, err error) {
	defer rescue.Into(&err)
	if err := c.mayAsk(); err != nil {
		return 0, err
	}
	n, err = c.conn.Write(b)
	if n < 0 || n > len(b) {
		return 0, io.ErrShortWrite
	}
	c.written.Add(int64(n))
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		time.Sleep(lastWords) // net/http gives up on the answer once it knows
	}
	return n, err
}

func (c *tracedConn) Read(b []byte) (n int, err error) {
	defer rescue.Into(&err)
	n, err = c.receive(b)
	if n < 0 || n > len(b) || n == 0 && err == nil && len(b) > 0 {
		n, err = 0, io.ErrNoProgress
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = false
	if c.credit -= n; c.credit < 0 {
		if c.used {
			return 0, errAnswerTooLarge
		}
		return 0, errHandshakeTooLarge
	}
	c.began = append(c.began, b[:min(n, beganBytes-len(c.began))]...)
	if n > 0 {
		c.last = b[n-1]
	}
	c.ended = c.ended || err == io.EOF
	c.broken = c.broken || err == io.EOF || errors.Is(err, syscall.ECONNRESET)
	c.noteEnd()
	return n, err
}

func (c *tracedConn) Close() (err error) {
	defer rescue.Into(&err)
	c.mu.Lock()
	c.noteClose()
	c.closed = true
	c.changed.Broadcast()
	c.mu.Unlock()
	return c.conn.Close()
}

func (c *tracedConn) LocalAddr() net.Addr  { return c.local }
func (c *tracedConn) RemoteAddr() net.Addr { return c.there }

func (c *tracedConn) SetDeadline(t time.Time) (err error) {
	defer rescue.Into(&err)
	return c.conn.SetDeadline(t)
}

func (c *tracedConn) SetReadDeadline(t time.Time) (err error) {
	defer rescue.Into(&err)
	return c.conn.SetReadDeadline(t)
}

func (c *tracedConn) SetWriteDeadline(t time.Time) (err error) {
	defer rescue.Into(&err)
	return c.conn.SetWriteDeadline(t)
}

// begin says that a request got the connection, and starts to collect evidence anew.
func (c *tracedConn) begin(shared bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fresh, c.asking, c.early = !c.used, true, false
	c.used, c.began, c.last = true, c.began[:0], 0
	c.requests++
	c.shared = shared
	c.single = !shared && c.notKept != nil && c.notKept.has(c.endpoint)
	c.credit = min(c.credit+maxAnswer, c.requests*maxAnswer)
}

// end says that a request is over, and drops unused credit.
func (c *tracedConn) end() {
	c.mu.Lock()
	c.requests--
	c.freeAt = time.Now()
	c.credit = min(c.credit, max(c.requests*maxAnswer, maxStray))
	c.noteEnd()
	done := c.single && c.requests == 0
	c.mu.Unlock()
	if done {
		_ = c.Close()
	}
}

// answer is how the answer began, and whether it ended in the middle of a line. On a TLS connection it is about
// the handshake.
func (c *tracedConn) answer() (began string, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.began), c.ended && c.last != '\n'
}
