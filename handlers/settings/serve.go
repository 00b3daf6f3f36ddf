package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"time"

	"iozen/sender/notify"
	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
)

// Serve is the settings of a server, as they were written.
type Serve struct {
	Database

	Addr         string `env:"IOZEN_ADDR" default:"127.0.0.1:8080" help:"Where to listen."`
	PublicURL    string `env:"IOZEN_PUBLIC_URL" placeholder:"URL" help:"The address that people use; on loopback it may be left out."`
	MetricsAddr  string `env:"IOZEN_METRICS_ADDR" placeholder:"ADDR" help:"Where to serve /metrics, apart from the public listener; nowhere if empty."`
	TestEndpoint string `env:"IOZEN_TEST_ENDPOINT" placeholder:"ADDR" help:"Where to run the local test endpoint too (see iozen receive); nowhere if empty."`

	AllowTargets   string `env:"IOZEN_ALLOW_TARGETS" placeholder:"LIST" help:"Hosts or CIDRs, comma separated, that webhooks may reach although they are private."`
	TrustedProxies string `env:"IOZEN_TRUSTED_PROXIES" placeholder:"LIST" help:"Addresses or CIDRs, comma separated, of the proxies whose X-Forwarded-For counts."`

	SMTPURLFile string `name:"smtp-url-file" env:"IOZEN_SMTP_URL_FILE" placeholder:"PATH" help:"File with the mail server for notifications: smtps://user:password@host:465, or smtp://… with STARTTLS. Or set IOZEN_SMTP_URL; none if both are empty."`
	MailFrom    string `env:"IOZEN_MAIL_FROM" placeholder:"EMAIL" help:"Whom those emails come from."`

	RetrySchedule     string  `env:"IOZEN_RETRY_SCHEDULE" placeholder:"LIST" help:"Waits between the attempts, such as 5s,5m,30m. Default: ten attempts in a little over 3 days."`
	RetentionDays     *Number `env:"IOZEN_RETENTION_DAYS" help:"How long the log is kept at most. Owners may choose less in Workspace; 30 days where nothing is set."`
	MaxPending        Number  `env:"IOZEN_MAX_PENDING" default:"5000000" help:"Deliveries waiting in all, of each event one for each webhook; past them the API answers 429."`
	MaxPendingPerBot  Number  `env:"IOZEN_MAX_PENDING_PER_BOT" default:"500000" help:"The same for one bot."`
	MaxInFlight       Number  `env:"IOZEN_MAX_IN_FLIGHT" default:"1024" help:"Requests under way at once."`
	MaxInFlightPerBot Number  `env:"IOZEN_MAX_IN_FLIGHT_PER_BOT" default:"64" help:"The same for one webhook of a bot."`

	LogFormat string `env:"IOZEN_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

// Rules are those settings of a server that have to be parsed, parsed.
type Rules struct {
	Allow    target.Allow
	Proxies  []netip.Prefix
	Schedule outcome.Schedule
	Mail     *notify.Mailer // nil: no email
}

const (
	mostPending  = 1_000_000_000
	mostInFlight = 65_536
)

// Retention is how long the log is kept. What is set here is the most that owners may choose.
func (s *Serve) Retention() store.Retention {
	if s.RetentionDays == nil {
		return store.Retention{Usual: 30 * 24 * time.Hour}
	}
	set := time.Duration(*s.RetentionDays) * 24 * time.Hour
	return store.Retention{Usual: set, Most: set}
}

// Read checks every setting before a file is made or a port opened. A refusal is an *Error.
func (s *Serve) Read() (r Rules, err error) {
	database, err := s.place()
	if err != nil {
		return r, err
	}
	if _, err := s.direct(); err != nil {
		return r, err
	}
	for _, setting := range []struct {
		name  string
		check func() error
	}{
		{"IOZEN_KEY_FILE", func() error { return database.CheckKeyFile(s.KeyFile) }},
		{"IOZEN_ADDR", func() error { return CheckAddr(s.Addr, "127.0.0.1:8080") }},
		{"IOZEN_METRICS_ADDR", func() error { return unlessEmpty(s.MetricsAddr, "127.0.0.1:9090", CheckAddr) }},
		{"IOZEN_TEST_ENDPOINT", func() error { return unlessEmpty(s.TestEndpoint, "127.0.0.1:8090", CheckAddr) }},
		{"IOZEN_PUBLIC_URL", func() error {
			return unlessEmpty(s.PublicURL, "", func(text, _ string) error { return checkPublicURL(text) })
		}},
		{"IOZEN_ALLOW_TARGETS", func() (err error) {
			if r.Allow, err = target.ParseAllow(s.AllowTargets); err != nil {
				err = fmt.Errorf("%w. Write hosts, addresses or CIDRs, such as 10.0.0.5/32,crm.corp.example", err)
			}
			return err
		}},
		{"IOZEN_TRUSTED_PROXIES", func() (err error) { r.Proxies, err = parseProxies(s.TrustedProxies); return err }},
		{"IOZEN_RETRY_SCHEDULE", func() (err error) {
			if r.Schedule, err = outcome.ParseSchedule(s.RetrySchedule); err != nil {
				err = fmt.Errorf("%q: %w. Write waits with their units, such as 5s,5m,30m,2h", s.RetrySchedule, err)
			}
			return err
		}},
		{"IOZEN_RETENTION_DAYS", func() error {
			if s.RetentionDays == nil {
				return nil
			}
			return s.RetentionDays.within(1, store.LongestRetention, 30)
		}},
		{"IOZEN_MAX_PENDING", func() error { return s.MaxPending.within(1, mostPending, 5_000_000) }},
		{"IOZEN_MAX_PENDING_PER_BOT", func() error { return s.MaxPendingPerBot.within(1, mostPending, 500_000) }},
		{"IOZEN_MAX_IN_FLIGHT", func() error { return s.MaxInFlight.within(1, mostInFlight, 1024) }},
		{"IOZEN_MAX_IN_FLIGHT_PER_BOT", func() error { return s.MaxInFlightPerBot.within(1, mostInFlight, 64) }},
	} {
		if err := setting.check(); err != nil {
			return r, &Error{setting.name, err}
		}
	}
	r.Mail, err = s.mailer()
	return r, err
}

func unlessEmpty(text, example string, check func(text, example string) error) error {
	if text == "" {
		return nil
	}
	return check(text, example)
}

// mailer never repeats the server's address: it holds a password.
func (s *Serve) mailer() (*notify.Mailer, error) {
	server, err := Secret("IOZEN_SMTP_URL", s.SMTPURLFile)
	if err != nil {
		return nil, err
	}
	_, wrongFrom := mail.ParseAddress(s.MailFrom)
	switch {
	case server == "" && s.MailFrom != "":
		return nil, &Error{"IOZEN_MAIL_FROM", errors.New("is set, but no mail server. Set IOZEN_SMTP_URL too, such as smtps://user:password@mail.example:465")}
	case server != "" && wrongFrom != nil:
		return nil, &Error{"IOZEN_MAIL_FROM", fmt.Errorf("%q is not an email address. Write one, such as iozen@example.com", s.MailFrom)}
	}
	mailer, err := notify.ParseMailer(server, s.MailFrom)
	if err != nil {
		return nil, &Error{"IOZEN_SMTP_URL", err}
	}
	return mailer, nil
}

// Warn logs settings that are valid, but open more than most people intend.
func (s *Serve) Warn(log *slog.Logger, r Rules) {
	if everybody(r.Allow.Entries()) {
		log.Warn("IOZEN_ALLOW_TARGETS opens every network: webhooks may reach this machine and all private ones", "value", s.AllowTargets)
	}
	for _, proxy := range r.Proxies {
		if everybody([]string{proxy.String()}) {
			log.Warn("IOZEN_TRUSTED_PROXIES trusts everybody: whoever connects can say where they come from", "value", s.TrustedProxies)
		}
	}
}
