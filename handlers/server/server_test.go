package server

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStrangersCannotHoldTheServer opens connections that never complete a request. They are pipes in a synctest bubble, where
// a reset does not cut an answer and the real limits take no time.
func TestStrangersCannotHoldTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		send, answer string
		takes        time.Duration
		reached      bool
	}{
		"nothing at all":               {"", "", headerTime, false},
		"headers that never end":       {"GET / HTTP/1.1\r\nHost: x\r\nX-", "", headerTime, false},
		"a first line that never ends": {"GET /", "", headerTime, false},
		"a body that never ends":       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1", "HTTP/1.1 408", readTime, true},
		"chunks that never end":        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", "HTTP/1.1 408", readTime, true},
		"no request after the first":   {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200", idleTime, true},
		"a header that is huge":        {"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + strings.Repeat("x", 128<<10) + "\r\n\r\n", "HTTP/1.1 431", time.Second, false},
		"headers without number":       {"GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: x\r\n", 16<<10) + "\r\n", "HTTP/1.1 431", time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reached := false
				line := newPipes()
				s := New(line, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					reached = true
					if _, err := io.ReadAll(r.Body); err != nil {
						w.WriteHeader(http.StatusRequestTimeout)
					}
				}), slog.New(slog.DiscardHandler))
				go func() { _ = s.Run() }()
				defer s.Close()

				began := time.Now()
				conn := line.dial()
				defer conn.Close()
				go func() { _, _ = io.WriteString(conn, c.send) }() // it may be refused before it is whole
				answer, err := io.ReadAll(conn)
				require.NoError(t, err, "the server hangs up")
				require.True(t, strings.HasPrefix(string(answer), c.answer), "%.40q", answer)
				require.LessOrEqual(t, time.Since(began), c.takes)
				require.Equal(t, c.reached, reached)
			})
		})
	}
}
