package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"iozen/sender"
	"iozen/sender/notify"
	"iozen/store"
)

const (
	// drainTime is how long a clean stop waits for what is under way: the longest attempt (30 s) and its record.
	drainTime = 35 * time.Second
	// A client may take this long to send its headers, its whole request, and to keep an idle connection.
	// Answers have no deadline as a whole: Test Connection takes as long as the endpoint does. What is written of one has
	// to be taken, see takenConn.
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	idleTime   = 2 * time.Minute
)

// house is the running server: its listeners and the parts behind them.
type house struct {
	db       *store.DB
	client   *sender.Client
	engine   *sender.Engine
	tester   sender.Tester
	keeper   *store.Housekeeper
	notifier *notify.Notifier
	resender *store.Resender
	now      func() time.Time
	log      *slog.Logger

	stopping  context.Context // ends when the drain begins
	stop      context.CancelFunc
	listeners []net.Listener
	servers   []server

	url       string // the address that people use
	testURL   string // of the local test endpoint, "" without one
	setupCode string // "" once there is an account
}

// server is one listener with what answers on it.
type server struct {
	*http.Server
	on net.Listener
}

// listen opens a door. setting is where its address comes from.
func (h *house) listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, explainListen(err))
	}
	h.listeners = append(h.listeners, l)
	return l, nil
}

// explainListen says what to do about an address that cannot be listened on.
func explainListen(err error) error {
	var name *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w. Another program listens there: stop it, or choose another port", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &name):
		return fmt.Errorf("%w. It must be an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them", err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w. Ports below 1024 are for root: choose a higher one", err)
	}
	return err
}

// addresses are where the listeners that are open so far listen.
func (h *house) addresses() []net.Addr {
	addrs := make([]net.Addr, len(h.listeners))
	for i, l := range h.listeners {
		addrs[i] = l.Addr()
	}
	return addrs
}

func (h *house) serve(on net.Listener, handler http.Handler) {
	h.servers = append(h.servers, server{on: takenListener{on, takeTime}, Server: &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug), // strangers' broken requests
	}})
}

// run serves until ctx ends or a listener fails, then drains.
func (h *house) run(ctx context.Context, out io.Writer) error {
	if err := h.engine.Start(ctx); err != nil {
		return fmt.Errorf("starting the engine: %w", err)
	}
	h.keeper.Start(ctx)
	h.notifier.Start(ctx)
	h.resender.Start(ctx)
	failed := make(chan error, len(h.servers))
	for _, s := range h.servers {
		go func() { failed <- s.Serve(s.on) }()
	}
	h.greet(out)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	return errors.Join(err, h.drain())
}

// greet ends the start with what a person needs to go on.
func (h *house) greet(out io.Writer) {
	if h.setupCode != "" {
		fmt.Fprintf(out, "Set-up code: %s (for the first account, if the set-up page asks for it)\n", h.setupCode)
	}
	fmt.Fprintf(out, "ioZen: %s\n", h.url)
	if h.testURL != "" {
		fmt.Fprintf(out, "Local test endpoint: %s\n", h.testURL)
	}
}

// drain stops taking requests and attempts, and waits for those under way. What cannot finish in time is cut;
// its deliveries are due again, so nothing is lost.
func (h *house) drain() error {
	h.stop() // streams would never end by themselves
	h.resender.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	stopped := make(chan error, len(h.servers)+2)
	go func() { stopped <- h.engine.Stop(ctx) }()
	go func() { h.notifier.Stop(); stopped <- nil }()
	for _, s := range h.servers {
		go func() { stopped <- s.stop(ctx) }()
	}
	var err error
	for range cap(stopped) {
		err = errors.Join(err, <-stopped)
	}
	h.keeper.Stop()
	return err
}

// stop lets the requests under way finish; when time is up it cuts them, which is no failure of ours.
func (s server) stop(ctx context.Context) error {
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return s.Close()
}

// close gives back what build took. It comes after drain, or instead of it when the house never ran.
func (h *house) close() error {
	for _, l := range h.listeners {
		_ = l.Close() // closed already if it was served
	}
	if h.client != nil {
		h.client.Close()
	}
	if err := h.db.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}
