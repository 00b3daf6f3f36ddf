package attempt

import (
	"context"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
)

func TestConnectionsThatFail(t *testing.T) {
	requireFaults(t, []fault{
		{
			name: "refused", outcome: outcome.OutcomeConnectionRefused, phase: store.PhaseConnect,
			error: "Connection refused", cause: "Nothing is running at hook.example:", fix: "Start the server, or correct the port",
		},
		{
			name: "reset at accept", endpoint: (*peer).reset, outcome: outcome.OutcomeConnectionReset, or: outcome.OutcomeClosedEarly,
			error: "Connection", cause: "hook.example:", fix: "Check",
		},
		{
			name: "closed at accept", endpoint: func(*peer) {}, outcome: outcome.OutcomeConnectionReset, or: outcome.OutcomeClosedEarly,
			error: "Connection", cause: "hook.example:",
		},
		{
			name: "half closed at accept", endpoint: func(p *peer) {
				_ = p.Conn.(*net.TCPConn).CloseWrite()
				p.stay()
			}, outcome: outcome.OutcomeClosedEarly, or: outcome.OutcomeClosedEarly, error: "Connection closed", cause: "closed the connection without an answer", fix: "Check its logs for a crash",
		},
		{
			name: "closed after the request", endpoint: answers(""), outcome: outcome.OutcomeClosedEarly, phase: answering,
			error: "Connection closed", cause: "closed the connection without an answer", fix: "Your server may have taken the event",
		},
		{
			name: "reset after the request", endpoint: answers("").then((*peer).reset), outcome: outcome.OutcomeConnectionReset, phase: answering,
			error: "Connection reset", cause: "cut the connection before answering", fix: "Check the proxy, firewall or TLS offloading",
		},
		{
			name: "closed in the status line", endpoint: answers("HTTP/1.1 20"), outcome: outcome.OutcomeClosedEarly, phase: answering, error: "Connection closed",
		},
		{
			name: "closed in the headers", endpoint: answers("HTTP/1.1 200 OK\r\nContent-"), outcome: outcome.OutcomeClosedEarly, phase: answering, error: "Connection closed",
		},
		{
			name: "never reads", endpoint: func(p *peer) { <-p.over }, payload: make([]byte, 8<<20), outcome: outcome.OutcomeTimeout, phase: store.PhaseSend,
			error: "Request timed out", cause: "The endpoint did not take the request in 30s", fix: "within 30 seconds",
		},
		{
			name: "answers 413 and closes before it has read (R11)", endpoint: func(p *peer) { _, _ = p.in.Peek(1); p.write(answerWith(413)) }, payload: make([]byte, 8<<20),
			status: 413, outcome: "http_413", error: "HTTP 413", fix: "Let the endpoint accept bodies of at least 64 KiB", tries: 3,
		},
		{
			name: "closes while it reads", endpoint: func(p *peer) { _, _ = p.in.Peek(1000) }, payload: make([]byte, 8<<20),
			outcome: outcome.OutcomeClosedSending, phase: store.PhaseSend, error: "Connection closed", cause: "while we were sending", fix: "size limits",
		},
	})
}

// The accept queue is full: to the kernel this looks as if nobody were there.
func TestAnEndpointThatNeverAccepts(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	defer syscall.Close(fd)
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}).String()
	for range 3 { // the first fills the queue; the last is left hanging
		if conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond); err == nil {
			defer conn.Close()
		}
	}
	_, port, _ := net.SplitHostPort(address)
	requireFaults(t, []fault{{
		name: "accept queue full", url: "http://hook.example:" + port + "/", outcome: outcome.OutcomeTimeout, phase: store.PhaseConnect,
		error: "Request timed out", cause: "did not accept a connection in 30s", fix: "A firewall may drop our requests",
	}})
}

// An endpoint that closes after each answer without saying so may get a request just as it closes. That is its
// fault and is reported; but what it answered is what was recorded, and nothing is sent twice.
func TestAnEndpointThatClosesKeptConnections(t *testing.T) {
	var requests atomic.Int64
	e := startEndpoint(t, func(p *peer) {
		if p.request() != nil {
			requests.Add(1)
			p.write(ok)
		}
	})
	c := newTestClient(t)
	delivered := int64(0)
	for range 20 {
		a := c.Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String()), sendertest.Delivery())
		if a.Delivered() {
			delivered++
		} else {
			require.Contains(t, []string{outcome.OutcomeConnectionReset, outcome.OutcomeClosedEarly}, a.Outcome)
		}
	}
	require.Equal(t, requests.Load(), delivered)
}

// A kept connection that is found closed before a byte was written costs nothing: another one is taken, and the
// event is still sent once.
func TestAKeptConnectionThatIsFoundClosed(t *testing.T) {
	var sent atomic.Int64
	c := NewClient(ClientConfig{Resolver: names{"hook.example": {"93.184.216.34"}}, Budget: faultBudget})
	defer c.Close()
	c.cfg.Connect = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		p := newPeer(theirs, nil)
		go func() {
			if p.request() != nil {
				sent.Add(1)
				p.write(ok)
			}
		}()
		return &onceConn{Conn: ours}, nil
	}
	for range 3 {
		a := c.Attempt(t.Context(), sendertest.Webhook("http://hook.example/"), sendertest.Delivery())
		require.Equal(t, 200, a.StatusCode, a.Outcome)
	}
	require.Equal(t, int64(3), sent.Load())
}

// onceConn takes one request; the next finds that nothing can be written any more.
type onceConn struct {
	net.Conn
	written bool
}

func (c *onceConn) Write(b []byte) (int, error) {
	if c.written {
		return 0, syscall.EPIPE
	}
	c.written = true
	return c.Conn.Write(b)
}

// R1: with an Idempotency-Key net/http would send the event a second time by itself.
func TestAPOSTIsNeverRepeated(t *testing.T) {
	for _, key := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		var requests atomic.Int64
		e := startEndpoint(t, func(p *peer) {
			for p.request() != nil {
				if requests.Add(1)%2 == 0 {
					p.reset()
					return
				}
				p.write(ok)
			}
		})
		c := newTestClient(t)
		w := sendertest.Webhook("http://"+e.Addr().String(), store.Header{Name: key, Value: "abc"})
		first := c.Attempt(t.Context(), w, sendertest.Delivery())
		second := c.Attempt(t.Context(), w, sendertest.Delivery())
		require.True(t, first.Delivered())
		require.Equal(t, outcome.OutcomeConnectionReset, second.Outcome)
		require.Equal(t, 1, e.connections(), "the second request went out on the kept connection")
		require.Equal(t, int64(2), requests.Load(), key)
	}
}

// A cancelled attempt lets go at once of whatever it was doing.
func TestCancellingEndsTheAttempt(t *testing.T) {
	for name, until := range map[string]behaviour{
		"waiting": func(p *peer) { p.request() },
		"sending": func(p *peer) { _, _ = p.in.Peek(1) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			e := startEndpoint(t, until.then(func(p *peer) { cancel(); <-p.over }))
			c := NewClient(ClientConfig{Allow: sendertest.Loopback(t), Budget: 2 * faultSlack})
			defer c.Close()
			d := sendertest.Delivery()
			d.Payload = make([]byte, 8<<20)
			a := c.Attempt(ctx, sendertest.Webhook("http://"+e.Addr().String()), d)
			require.Equal(t, outcome.OutcomeCancelled, a.Outcome)
			require.Less(t, a.Duration, faultSlack)
			require.Contains(t, outcome.DiagnoseAttempt(a).Cause, "your endpoint may have received it")
		})
	}
}
