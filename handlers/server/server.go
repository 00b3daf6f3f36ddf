// Package server is what a running process has around its handlers: listeners that strangers cannot hold, the log, the
// metrics and the clock.
//
// It owns how long a client may take for each part of a request and of its answer, and promises that whoever sends or takes
// nothing is hung up on. It never decides what is answered, and knows no setting, bot or account.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// A client may take this long to send its headers, its whole request, and to keep an idle connection.
	// Answers have no deadline as a whole: Test Connection takes as long as the endpoint does. What is written of one has
	// to be taken, see takenConn.
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	idleTime   = 2 * time.Minute
)

// Server is one listener with what answers on it.
type Server struct {
	*http.Server
	On net.Listener
}

// New makes a server that Run starts. What strangers' broken requests make net/http say goes to the debug log.
func New(on net.Listener, handler http.Handler, log *slog.Logger) *Server {
	return &Server{On: takenListener{on, takeTime}, Server: &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
}

// Run serves until Stop or Close, which it reports as http.ErrServerClosed, or until the listener fails.
func (s *Server) Run() error { return s.Serve(s.On) }

// Stop lets the requests under way finish; when ctx is past its deadline it cuts them, which is no failure of ours.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return s.Close()
}
