// Package server is what a running process has around its handlers: listeners that strangers cannot hold, the log, the
// metrics and the clock.
//
// It owns how long a client may take for each part of a request and of its answer, and promises to hang up on clients that
// send or read nothing. It never decides what is answered, and knows no setting, bot or account.
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
	// An answer has no deadline as a whole: Test Connection takes as long as the endpoint does. The client has to read what
	// is written of it, see takenConn.
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	idleTime   = 2 * time.Minute
)

// Server is one listener and its handler.
type Server struct {
	*http.Server
	On net.Listener
}

// New makes a server that Run starts. What net/http says about strangers' broken requests goes to the debug log.
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

// Stop lets the requests under way finish, and cuts them once ctx is past its deadline, which is not an error.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return s.Close()
}
