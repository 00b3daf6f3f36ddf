package main

import (
	"context"
	"errors"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/handlers"
	"iozen/handlers/auth"
	"iozen/handlers/receive"
	"iozen/sender"
	"iozen/sender/notify"
	"iozen/store"
)

// serveCmd is the server: pages, API and sender in one process.
type serveCmd struct {
	databaseFlags

	Addr         string `env:"IOZEN_ADDR" default:"127.0.0.1:8080" help:"Where to listen."`
	PublicURL    string `env:"IOZEN_PUBLIC_URL" placeholder:"URL" help:"The address that people use; on loopback it may be left out."`
	MetricsAddr  string `env:"IOZEN_METRICS_ADDR" placeholder:"ADDR" help:"Where to serve /metrics, apart from the public listener; nowhere if empty."`
	TestEndpoint string `env:"IOZEN_TEST_ENDPOINT" placeholder:"ADDR" help:"Where to run the local test endpoint too (see iozen receive); nowhere if empty."`

	AllowTargets   string `env:"IOZEN_ALLOW_TARGETS" placeholder:"LIST" help:"Hosts or CIDRs, comma separated, that webhooks may reach although they are private."`
	TrustedProxies string `env:"IOZEN_TRUSTED_PROXIES" placeholder:"LIST" help:"Addresses or CIDRs, comma separated, of the proxies whose X-Forwarded-For counts."`

	SMTPURLFile string `name:"smtp-url-file" env:"IOZEN_SMTP_URL_FILE" placeholder:"PATH" help:"File with the mail server for notifications: smtps://user:password@host:465, or smtp://… with STARTTLS. Or set IOZEN_SMTP_URL; none if both are empty."`
	MailFrom    string `env:"IOZEN_MAIL_FROM" placeholder:"EMAIL" help:"Whom those e-mails come from."`

	RetrySchedule     string `env:"IOZEN_RETRY_SCHEDULE" placeholder:"LIST" help:"Waits between the attempts, such as 5s,5m,30m. Default: ten attempts in a little over 3 days."`
	RetentionDays     number `env:"IOZEN_RETENTION_DAYS" default:"30" help:"How long the log is kept."`
	MaxPending        number `env:"IOZEN_MAX_PENDING" default:"5000000" help:"Events waiting in all; past them the API answers 429."`
	MaxPendingPerBot  number `env:"IOZEN_MAX_PENDING_PER_BOT" default:"500000" help:"The same for one bot."`
	MaxInFlight       number `env:"IOZEN_MAX_IN_FLIGHT" default:"1024" help:"Requests under way at once."`
	MaxInFlightPerBot number `env:"IOZEN_MAX_IN_FLIGHT_PER_BOT" default:"64" help:"The same for one bot."`

	LogFormat string `env:"IOZEN_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

// Run serves until ctx ends (SIGTERM, Ctrl-C), then stops taking requests, lets the attempts under way finish
// and hands back the rest.
func (s *serveCmd) Run(ctx context.Context, t terminal, stray strayVariables) error {
	rules, err := s.rules()
	if err != nil {
		return err
	}
	log := newLog(s.LogFormat, t.err)
	captureStdLog(log)
	s.warn(log, rules)
	if len(stray) > 0 {
		log.Warn("these variables are no settings of ioZen; a name may be misspelt", "variables", strings.Join(stray, " "))
	}

	lock, err := lockDatabase(s.DatabaseURL)
	if err != nil {
		return err
	}
	defer lock.Close()
	now := queueClock(log)
	made := s.mustExist() != nil
	db, err := s.open(ctx, now)
	if err != nil {
		return err
	}
	if made { // for whoever started in another folder, or without the right mount
		log.Info("there was no database: a new, empty one was made", "file", db.Path())
	}
	if mode, others := store.KeyFileOpenTo(s.KeyFile); others {
		log.Warn("others than its owner may read the key file: chmod 600", "file", s.KeyFile, "mode", mode.String())
	}
	h := &house{db: db, now: now, log: log}
	h.stopping, h.stop = context.WithCancel(ctx)
	defer h.stop()
	err = s.build(ctx, h, rules, t.out)
	if err == nil {
		err = h.run(ctx, t.out)
	}
	return errors.Join(err, h.close())
}

func (s *serveCmd) open(ctx context.Context, now func() time.Time) (*store.DB, error) {
	config, err := s.config(ctx)
	if err != nil {
		return nil, err
	}
	config.Now = now
	config.MaxPending, config.MaxPendingPerBot = int(s.MaxPending), int(s.MaxPendingPerBot)
	return store.Open(ctx, config)
}

// build makes the parts and opens the listeners, so that an address in use is told before anything is sent.
func (s *serveCmd) build(ctx context.Context, h *house, r rules, out io.Writer) error {
	public, metrics, err := s.listeners(ctx, h)
	if err != nil {
		return err
	}
	m := newMetrics()
	h.client = sender.NewClient(sender.ClientConfig{Allow: r.allow, Own: sender.NewOwn(net.InterfaceAddrs, h.addresses()...), Version: version, Now: time.Now, Log: h.log})
	client := m.watch(h.client)
	h.tester = sender.Tester{Store: h.db, Client: client, Now: time.Now, NewID: newID}
	h.engine = sender.NewEngine(sender.EngineConfig{
		Queue: h.db, Client: client, Schedule: r.schedule, Now: h.now, Jitter: mathrand.Float64, Log: h.log,
		MaxInFlight: int(s.MaxInFlight), MaxInFlightPerBot: int(s.MaxInFlightPerBot),
	})
	m.gauge("iozen_in_flight", "Requests to endpoints under way.", h.engine.InFlight)
	m.gauge("iozen_waiting", "Deliveries that wait, of all bots.", h.db.Waiting)
	h.resender = &store.Resender{DB: h.db, Log: h.log}
	h.keeper = &store.Housekeeper{DB: h.db, Retention: time.Duration(s.RetentionDays) * 24 * time.Hour, Log: h.log, Elapsed: sinceBoot()}

	if err := s.buildTestEndpoint(ctx, h, out); err != nil {
		return err
	}
	if metrics != nil {
		h.serve(metrics, m.handler())
	}
	site, err := s.site(ctx, h, r, public)
	if err != nil {
		return err
	}
	h.serve(public, site)
	return nil
}

// listeners opens the doors of the server itself, where no webhook may lead. metrics is nil without one.
func (s *serveCmd) listeners(ctx context.Context, h *house) (public, metrics net.Listener, err error) {
	if public, err = h.listen(ctx, "IOZEN_ADDR", s.Addr); err != nil || s.MetricsAddr == "" {
		return public, nil, err
	}
	metrics, err = h.listen(ctx, "IOZEN_METRICS_ADDR", s.MetricsAddr)
	return public, metrics, err
}

// buildTestEndpoint runs iozen receive beside the server.
func (s *serveCmd) buildTestEndpoint(ctx context.Context, h *house, out io.Writer) error {
	if s.TestEndpoint == "" {
		return nil
	}
	l, err := h.listen(ctx, "IOZEN_TEST_ENDPOINT", s.TestEndpoint)
	if err != nil {
		return err
	}
	h.testURL = "http://" + reachable(l.Addr().String())
	endpoint := receive.New(out)
	endpoint.Brief = true // the terminal is the server's log
	endpoint.Home = s.PublicURL
	if endpoint.Home == "" {
		endpoint.Home = "http://" + reachable(h.listeners[0].Addr().String())
	}
	h.serve(l, endpoint)
	last := h.servers[len(h.servers)-1]
	last.on, last.ConnContext = receive.Listen(last.on), receive.WithConn
	h.servers[len(h.servers)-1] = last
	return nil
}

// site makes the pages and the API, and decides how the first account is made.
func (s *serveCmd) site(ctx context.Context, h *house, r rules, public net.Listener) (http.Handler, error) {
	config := handlers.Config{
		Store: h.db, Engine: h.engine, Tester: h.tester, Log: h.log, Allow: r.allow, Schedule: r.schedule, Version: version,
		PublicURL: s.PublicURL, TestEndpoint: h.testURL, TrustedProxies: r.proxies, Now: h.now, Stopping: h.stopping.Done(),
		Loopback: isLoopback(public.Addr()), Retention: h.keeper.Retention,
	}
	h.url = s.PublicURL
	if h.url == "" {
		h.url = "http://" + reachable(public.Addr().String())
	}
	h.notifier = notify.New(notify.Config{
		Store: h.db, Client: h.client, Mail: r.mail, PublicURL: h.url, Now: h.now, NewID: newID, Log: h.log,
	})
	config.Notifier = h.notifier
	if !config.Loopback && s.PublicURL == "" {
		h.log.Warn("IOZEN_PUBLIC_URL is not set: links are made from the Host header of the request, and cookies are sent over plain HTTP")
	}
	config.SetupCode = auth.NewSetupCode()
	exists, err := h.db.HasAccount(ctx)
	if err != nil {
		return nil, err
	}
	if !exists {
		h.setupCode = config.SetupCode
	}
	return handlers.New(config)
}

// newID makes an id that sorts by time. It fails only without randomness, when nothing can go on.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
