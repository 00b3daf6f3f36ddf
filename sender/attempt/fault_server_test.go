package attempt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// behaviour is what an endpoint does with one connection. The connection is cut when it returns.
type behaviour func(*peer)

// peer is the endpoint's end of a connection.
type peer struct {
	net.Conn
	in   *bufio.Reader
	over <-chan struct{} // closed when the test is over
}

func newPeer(conn net.Conn, over <-chan struct{}) *peer {
	return &peer{Conn: conn, in: bufio.NewReader(conn), over: over}
}

// endpoint behaves on a listener until the test is over.
type endpoint struct {
	net.Listener
	behave behaviour
	over   chan struct{}

	ending sync.Once
	mu     sync.Mutex
	peers  []*peer
}

// startEndpoint listens on loopback. Without a behaviour nothing listens, and its address refuses.
func startEndpoint(t testing.TB, behave behaviour) *endpoint {
	t.Helper()
	return startEndpointAt(t, "127.0.0.1:0", behave)
}

func startEndpointAt(t testing.TB, address string, behave behaviour) *endpoint {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	e := &endpoint{Listener: listener, behave: behave, over: make(chan struct{})}
	t.Cleanup(e.end)
	if behave == nil {
		require.NoError(t, listener.Close())
	} else {
		go e.accept()
	}
	return e
}

func (e *endpoint) port() string {
	_, port, _ := net.SplitHostPort(e.Addr().String())
	return port
}

func (e *endpoint) accept() {
	for {
		conn, err := e.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // no descriptors, in the test of that
			time.Sleep(10 * time.Millisecond)
			continue
		}
		p := newPeer(conn, e.over)
		e.mu.Lock()
		e.peers = append(e.peers, p)
		e.mu.Unlock()
		go e.serve(p)
	}
}

// serve is the function that marks the goroutines of endpoints, to distinguish them from the client's.
func (e *endpoint) serve(p *peer) {
	e.behave(p)
	_ = p.Close()
}

// connections is how many were accepted so far.
func (e *endpoint) connections() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.peers)
}

// end cuts everything off. The end of the test does the same.
func (e *endpoint) end() {
	e.ending.Do(func() {
		_ = e.Close()
		close(e.over)
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, p := range e.peers {
			_ = p.Close()
		}
	})
}

// request reads one whole request. It is nil when the client sent none.
func (p *peer) request() *http.Request {
	req, err := http.ReadRequest(p.in)
	if err != nil {
		return nil
	}
	_, _ = io.Copy(io.Discard, req.Body)
	return req
}

// write sends text, and says whether the client still takes it.
func (p *peer) write(text string) bool { return p.send([]byte(text)) }

func (p *peer) send(b []byte) bool {
	_, err := p.Write(b)
	return err == nil
}

// drip sends one byte of text after the other, without an end.
func (p *peer) drip(text string) {
	for i := 0; p.write(text[i : i+1]); i = (i + 1) % len(text) {
		select {
		case <-p.over:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stay holds the connection until the client leaves it.
func (p *peer) stay() { _, _ = io.Copy(io.Discard, p.in) }

// reset ends a TCP connection with RST.
func (p *peer) reset() {
	_ = p.Conn.(*net.TCPConn).SetLinger(0)
	_ = p.Close()
}

// answers reads the request, sends the answer and closes. Answers are made into bytes before a test counts what an
// attempt allocates.
func answers(answer string) behaviour {
	b := []byte(answer)
	return func(p *peer) {
		if p.request() != nil {
			p.send(b)
		}
	}
}

// then goes on with another behaviour after the first.
func (b behaviour) then(next behaviour) behaviour {
	return func(p *peer) {
		b(p)
		next(p)
	}
}

// answersAndStays holds the connection after its answer, so that only the client can end it.
func answersAndStays(answer string) behaviour { return answers(answer).then((*peer).stay) }

// drips goes on byte by byte.
func drips(text string) behaviour { return func(p *peer) { p.drip(text) } }

// repeats goes on with the same part as long as the client takes it.
func repeats(part string) behaviour {
	b := []byte(part)
	return func(p *peer) {
		for p.send(b) {
		}
	}
}

// ok is a plain answer of 200 on a kept connection.
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// answerWith is an answer of any status with a body that says so.
func answerWith(status int, header ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d Status\r\n%sContent-Length: 4\r\n\r\nbody", status, lines(header))
}

func lines(header []string) string {
	if len(header) == 0 {
		return ""
	}
	return strings.Join(header, "\r\n") + "\r\n"
}

// names is a lookup that knows its answers by heart.
type names map[string][]string

func (n names) Lookup(_ context.Context, host string) ([]net.IPAddr, error) {
	addrs := n[strings.ToLower(strings.TrimSuffix(host, "."))]
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	ips := make([]net.IPAddr, len(addrs))
	for i, a := range addrs {
		ips[i] = net.IPAddr{IP: net.ParseIP(a)}
	}
	return ips, nil
}
