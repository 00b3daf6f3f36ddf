package sender

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
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
	// lastWords is how long an endpoint that stops taking the request is still listened to: it may have answered
	// before it closed (a 413, often).
	lastWords = 50 * time.Millisecond
)

var (
	errHandshakeTooLarge = errors.New("tls: the handshake is too large")
	errAnswerTooLarge    = errors.New("http2: the endpoint sends more than an answer needs")
)

// tracedConn is a connection that knows how it came about, how much was written to it, and how the answer began.
//
// It also bounds what an endpoint can make us read: every request brings the credit for one answer. Without it an
// endpoint could send empty frames of HTTP/2 for as long as the request lasts, each of which costs memory and time.
type tracedConn struct {
	net.Conn
	dns, connect time.Duration // dns < 0: a literal address
	written      atomic.Int64

	mu       sync.Mutex
	credit   int    // bytes that may still be read
	requests int    // under way
	used     bool   // by a request
	began    []byte // the first bytes read since the request got the connection
	last     byte   // the last one
	ended    bool   // by the endpoint
}

func (c *tracedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n))
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		time.Sleep(lastWords) // net/http gives up on the answer once it knows
	}
	return n, err
}

func (c *tracedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
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
	return n, err
}

// begin says that a request got the connection: evidence is gathered anew.
func (c *tracedConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used, c.began, c.last = true, c.began[:0], 0
	c.requests++
	c.credit = min(c.credit+maxAnswer, c.requests*maxAnswer)
}

// end says that a request is over; unused credit is not kept.
func (c *tracedConn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests--
	c.credit = min(c.credit, max(c.requests*maxAnswer, maxStray))
}

// answer is how the answer began, and whether it ended in the middle of a line. On a TLS connection it is about
// the handshake.
func (c *tracedConn) answer() (began string, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.began), c.ended && c.last != '\n'
}
