package handlers

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// streams bounds the live pages that are open at once: each holds a connection.
type streams struct {
	perAccount int
	beat       time.Duration // how often a silent stream shows that it is alive
	pause      time.Duration // least time between two pieces of news

	mu   sync.Mutex
	open map[uuid.UUID]int
}

func newStreams() *streams {
	return &streams{perAccount: 20, beat: 15 * time.Second, pause: 500 * time.Millisecond, open: map[uuid.UUID]int{}}
}

// enter counts one more stream of an account, unless it already has as many as it may.
func (s *streams) enter(account uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[account] >= s.perAccount {
		return false
	}
	s.open[account]++
	return true
}

func (s *streams) leave(account uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[account]--; s.open[account] == 0 {
		delete(s.open, account)
	}
}

// eventStream writes server-sent events. Each is on its way when its method returns. The connection is closed when a browser
// stops reading.
type eventStream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// comeBack is how many milliseconds a browser waits before it reconnects.
const comeBack = 2000

// openEventStream answers with the beginning of a stream. The server's limit for reading a request would end it
// half a minute later, so it is lifted: nothing more is read.
func openEventStream(c echo.Context) (*eventStream, error) {
	s := &eventStream{w: c.Response(), rc: http.NewResponseController(c.Response())}
	_ = s.rc.SetReadDeadline(time.Time{}) // not every connection has one
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	s.w.WriteHeader(http.StatusOK)
	return s, s.write("retry: %d\n\n", comeBack)
}

// news says that something changed; the browser sends the id when it reconnects.
func (s *eventStream) news(id string) error { return s.write("id: %s\ndata: news\n\n", id) }

// end says that the session is over, so that the browser does not reconnect.
func (s *eventStream) end() error { return s.write("event: end\ndata: signed out\n\n") }

func (s *eventStream) beat() error { return s.write(":\n\n") }

func (s *eventStream) write(format string, args ...any) error {
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.rc.Flush()
}
