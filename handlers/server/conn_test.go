package server

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pipes is a listener of connections in memory, whose time is the test's.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// served runs the program's own server on connections in memory.
func served(t *testing.T, handler http.HandlerFunc) *pipes {
	t.Helper()
	l := newPipes()
	s := New(l, handler, slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- s.Run() }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return l
}

// TestWhoTakesNothingIsHungUpOn covers every way in which an answer is written: at once, in pieces, as a stream, by
// net/http itself, one after another on one connection.
func TestWhoTakesNothingIsHungUpOn(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		send    string
		handler http.HandlerFunc
	}{
		"one long answer": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }},
		"a short answer":  {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }},
		"no body":         {"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", func(http.ResponseWriter, *http.Request) {}},
		"an answer copied from a reader": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, strings.NewReader(long))
		}},
		"a stream": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, ":\n\n")
				_ = http.NewResponseController(w).Flush()
			}
		}},
		"a stream that lifted all deadlines": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, ":\n\n")
				_ = http.NewResponseController(w).Flush()
			}
		}},
		"early hints":                     {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusEarlyHints) }},
		"the refusal of what is not HTTP": {"nonsense\r\n\r\n", nil},
		"an unknown method's refusal":     {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", nil},
		"the invitation to send a body": {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
		}},
		"a taken over connection": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, long)
				_ = conn.Close()
			}
		}},
		"sixty questions at once": {strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 60), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := served(t, c.handler)
				conn := l.dial()
				defer conn.Close()
				begun := time.Now()
				_, _ = io.WriteString(conn, c.send) // pipelined questions wait for their answers
				time.Sleep(takeTime + time.Second)
				synctest.Wait()
				_, err := io.Copy(io.Discard, conn) // nothing was read until now
				require.True(t, err == nil || strings.Contains(err.Error(), "closed"), "%v", err)
				require.LessOrEqual(t, time.Since(begun), 2*takeTime+time.Minute, "the server let go")
			})
		})
	}
}

// TestWhoTakesSlowlyGetsAll reads for far longer than any one piece may take.
func TestWhoTakesSlowlyGetsAll(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MiB
	for name, handler := range map[string]http.HandlerFunc{
		"written at once":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(long) },
		"written line by line": func(w http.ResponseWriter, _ *http.Request) { writeLines(w, long) },
		"copied":               func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, bytes.NewReader(long)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := served(t, handler).dial()
				defer conn.Close()
				_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				require.NoError(t, err)
				begun := time.Now()
				res, err := http.ReadResponse(bufio.NewReaderSize(&lazyReader{conn, takeTime / 2}, piece), nil)
				require.NoError(t, err)
				got, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				require.True(t, bytes.Equal(long, got))
				require.Greater(t, time.Since(begun), 10*takeTime)
			})
		})
	}
}

func writeLines(w io.Writer, text []byte) {
	for line := range bytes.Lines(text) {
		for len(line) > 0 {
			n := min(len(line), 100)
			_, _ = w.Write(line[:n])
			line = line[n:]
		}
	}
}

// lazyReader rests after each piece that it takes.
type lazyReader struct {
	from io.Reader
	rest time.Duration
}

func (r *lazyReader) Read(b []byte) (int, error) {
	n, err := io.ReadFull(r.from, b[:min(len(b), piece)])
	time.Sleep(r.rest)
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}

// TestARefusalIsReadBeforeTheConnectionEnds needs a real connection: only there can one side end alone.
func TestARefusalIsReadBeforeTheConnectionEnds(t *testing.T) {
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	dialled := make(chan net.Conn, 1)
	go func() {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			dialled <- conn
		}
		close(dialled)
	}()
	server, err := takenListener{l, takeTime}.Accept()
	require.NoError(t, err)
	defer server.Close()
	client := <-dialled
	require.NotNil(t, client)
	defer client.Close()
	require.NoError(t, server.(interface{ CloseWrite() error }).CloseWrite())
	_, err = client.Write([]byte("still sending"))
	require.NoError(t, err)
	got := make([]byte, 5)
	_, err = io.ReadFull(server, got)
	require.NoError(t, err, "the other way is open")
	require.NoError(t, server.(interface{ SetLinger(int) error }).SetLinger(0))
}
