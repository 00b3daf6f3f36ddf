package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/handlers"
	"iozen/handlers/auth"
	"iozen/handlers/receive"
	"iozen/handlers/server"
	"iozen/handlers/settings"
	"iozen/sender/attempt"
	"iozen/sender/engine"
	"iozen/sender/notify"
	"iozen/sender/target"
	"iozen/store/clock"
	"iozen/store/db"
	"iozen/store/event"
	"iozen/store/secret"
	"iozen/store/upkeep"
)

// drainTime is how long a clean stop waits for what is under way: the longest attempt (30 s) and its record.
const drainTime = 35 * time.Second

// serveCmd is the server: pages, API and sender in one process.
type serveCmd struct{ settings.Serve }

// app is the running server: its listeners and the parts behind them.
type app struct {
	db          *db.DB
	client      *attempt.Client
	engine      *engine.Engine
	tester      engine.Tester
	maintenance *upkeep.Maintenance
	notifier    *notify.Notifier
	jobs        *upkeep.JobWorker
	log         *slog.Logger

	stopping  context.Context // ends when the drain begins
	stop      context.CancelFunc
	listeners []net.Listener
	servers   []*server.Server

	url       string // the address that people use
	testURL   string // of the local test endpoint, "" without one
	setupCode string // "" once there is an account
}

// Run serves until ctx ends (SIGTERM, Ctrl-C). Then it stops taking requests, lets the attempts under way finish and gives back
// the other claims.
func (s *serveCmd) Run(ctx context.Context, t terminal, stray settings.Stray) error {
	rules, err := s.Read()
	if err != nil {
		return err
	}
	log := server.NewLog(s.LogFormat, t.err)
	server.CaptureStdLog(log)
	s.Warn(log, rules)
	if len(stray) > 0 {
		log.Warn("these variables are no settings of ioZen; a name may be misspelt", "variables", strings.Join(stray, " "))
	}

	place, err := s.Enter(ctx)
	if err != nil {
		return err
	}
	defer place.Close()
	made := s.MustExist(ctx) != nil
	db, err := s.open(ctx, log)
	if err != nil {
		return err
	}
	if made { // a hint for an operator who started in another folder, or without the right mount
		log.Info("there was no database: a new, empty one was made", "database", db.Path())
	}
	if mode, others := secret.KeyFileOpenTo(s.KeyFile); others {
		log.Warn("others than its owner may read the key file: chmod 600", "file", s.KeyFile, "mode", mode.String())
	}
	a := &app{db: db, log: log}
	a.stopping, a.stop = context.WithCancel(ctx)
	defer a.stop()
	err = s.build(ctx, a, rules, t.out)
	if err == nil {
		err = server.Profiled(func() error { return a.run(ctx, t.out) })
	}
	return errors.Join(err, a.close())
}

func (s *serveCmd) open(ctx context.Context, log *slog.Logger) (*db.DB, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return nil, err
	}
	config.Log, config.Serving = log, true
	config.MaxPending, config.MaxPendingPerBot = int(s.MaxPending), int(s.MaxPendingPerBot)
	return db.Open(ctx, config)
}

// build makes the parts and opens the listeners, so that an address in use is reported before anything is sent. The server's
// own listeners come first: no webhook may lead to them.
func (s *serveCmd) build(ctx context.Context, a *app, r settings.Rules, out io.Writer) error {
	public, err := a.listen(ctx, "IOZEN_ADDR", s.Addr)
	if err != nil {
		return err
	}
	metrics := server.NewMetrics()
	if s.MetricsAddr != "" {
		l, err := a.listen(ctx, "IOZEN_METRICS_ADDR", s.MetricsAddr)
		if err != nil {
			return err
		}
		a.serve(l, metrics.Handler())
	}
	a.client = attempt.NewClient(attempt.ClientConfig{Allow: r.Allow, Own: target.NewOwn(net.InterfaceAddrs, a.addresses()...), Version: version, Now: time.Now, Log: a.log})
	client := metrics.Watch(a.client)
	a.tester = engine.Tester{Store: a.db, Client: client, Now: time.Now, NewID: newID}
	a.engine = engine.NewEngine(engine.EngineConfig{
		Queue: a.db, Client: client, Schedule: r.Schedule, Now: a.db.Now, Jitter: mathrand.Float64, Log: a.log,
		MaxInFlight: int(s.MaxInFlight), MaxInFlightPerWebhook: int(s.MaxInFlightPerBot),
	})
	metrics.Gauge("iozen_in_flight", "Requests to endpoints under way.", a.engine.InFlight)
	metrics.Gauge("iozen_waiting", "Deliveries that wait, of all bots.", a.db.Waiting)
	metrics.Gauge("iozen_members", "Servers of the database, as this one sees them, itself included.", func() int { return max(1, len(a.db.Living())) })
	metrics.Count("iozen_commits_total", "Transactions synced to disk; each serves a group of callers.", a.db.Commits)
	a.jobs = &upkeep.JobWorker{DB: a.db, Without: event.WithoutPerson, Log: a.log}
	a.maintenance = &upkeep.Maintenance{DB: a.db, Retention: s.Retention(), Log: a.log, Elapsed: clock.SinceBoot()}

	if err := s.buildTestEndpoint(ctx, a, out); err != nil {
		return err
	}
	site, err := s.site(ctx, a, r, public)
	if err != nil {
		return err
	}
	a.serve(public, site)
	return nil
}

// buildTestEndpoint adds iozen receive to the server.
func (s *serveCmd) buildTestEndpoint(ctx context.Context, a *app, out io.Writer) error {
	if s.TestEndpoint == "" {
		return nil
	}
	l, err := a.listen(ctx, "IOZEN_TEST_ENDPOINT", s.TestEndpoint)
	if err != nil {
		return err
	}
	a.testURL = "http://" + server.Reachable(l.Addr().String())
	endpoint := receive.New(out)
	endpoint.Brief = true // the terminal is the server's log
	endpoint.Home = s.PublicURL
	if endpoint.Home == "" {
		endpoint.Home = "http://" + server.Reachable(a.listeners[0].Addr().String())
	}
	own := a.serve(l, endpoint)
	own.On, own.ConnContext = receive.Listen(own.On), receive.WithConn
	return nil
}

// site makes the pages and the API, and decides how the first account is made.
func (s *serveCmd) site(ctx context.Context, a *app, r settings.Rules, public net.Listener) (http.Handler, error) {
	config := handlers.Config{
		Store: a.db, Engine: a.engine, Tester: a.tester, Log: a.log, Allow: r.Allow, Schedule: r.Schedule, Version: version,
		PublicURL: s.PublicURL, TestEndpoint: a.testURL, TrustedProxies: r.Proxies, Now: a.db.Now, Stopping: a.stopping.Done(),
		Loopback: server.IsLoopback(public.Addr()), Retention: a.maintenance.Retention,
	}
	a.url = s.PublicURL
	if a.url == "" {
		a.url = "http://" + server.Reachable(public.Addr().String())
	}
	a.notifier = notify.New(notify.Config{
		Store: a.db, Client: a.client, Mail: r.Mail, PublicURL: a.url, Now: a.db.Now, NewID: newID, Log: a.log,
	})
	config.Notifier = a.notifier
	if !config.Loopback && s.PublicURL == "" {
		a.log.Warn("IOZEN_PUBLIC_URL is not set: links are made from the Host header of the request, and cookies are sent over plain HTTP")
	}
	config.SetupCode = auth.SetupCode(a.db.KeyedHash("set-up code", ""))
	exists, err := a.db.HasAccount(ctx)
	if err != nil {
		return nil, err
	}
	if !exists {
		a.setupCode = config.SetupCode
	}
	return handlers.New(config)
}

// newID makes an id that sorts by time. It fails only without randomness, when nothing else works either.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// listen opens a listener. setting is where its address comes from.
func (a *app) listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	l, err := server.Listen(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	a.listeners = append(a.listeners, l)
	return l, nil
}

// addresses are those of the listeners that are open so far.
func (a *app) addresses() []net.Addr {
	addrs := make([]net.Addr, len(a.listeners))
	for i, l := range a.listeners {
		addrs[i] = l.Addr()
	}
	return addrs
}

// serve sets the handler of a listener, for when run begins.
func (a *app) serve(on net.Listener, handler http.Handler) *server.Server {
	s := server.New(on, handler, a.log)
	a.servers = append(a.servers, s)
	return s
}

// run serves until ctx ends or a listener fails, then drains.
func (a *app) run(ctx context.Context, out io.Writer) error {
	if err := a.engine.Start(ctx); err != nil {
		return fmt.Errorf("starting the engine: %w", err)
	}
	a.maintenance.Start(ctx)
	a.notifier.Start(ctx)
	a.jobs.Start(ctx)
	failed := make(chan error, len(a.servers))
	for _, s := range a.servers {
		go func() { failed <- s.Run() }()
	}
	a.greet(out)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	return errors.Join(err, a.drain())
}

// greet ends the start with what a person needs next.
func (a *app) greet(out io.Writer) {
	if a.setupCode != "" {
		fmt.Fprintf(out, "Set-up code: %s (for the first account, if the set-up page asks for it)\n", a.setupCode)
	}
	fmt.Fprintf(out, "ioZen: %s\n", a.url)
	if a.testURL != "" {
		fmt.Fprintf(out, "Local test endpoint: %s\n", a.testURL)
	}
}

// drain stops taking requests and attempts, and waits for those under way. What cannot finish in time is cut;
// its deliveries are due again, so nothing is lost.
func (a *app) drain() error {
	a.stop() // otherwise streams would never end
	a.jobs.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	stopped := make(chan error, len(a.servers)+2)
	go func() { stopped <- a.engine.Stop(ctx) }()
	go func() { a.notifier.Stop(); stopped <- nil }()
	for _, s := range a.servers {
		go func() { stopped <- s.Stop(ctx) }()
	}
	var err error
	for range cap(stopped) {
		err = errors.Join(err, <-stopped)
	}
	a.maintenance.Stop()
	return err
}

// close releases what build opened. It comes after drain, or instead of it when the server never ran.
func (a *app) close() error {
	for _, l := range a.listeners {
		_ = l.Close() // closed already if it was served
	}
	if a.client != nil {
		a.client.Close()
	}
	if err := a.db.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}
