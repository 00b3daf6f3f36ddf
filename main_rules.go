package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"

	"iozen/sender"
	"iozen/sender/notify"
	"iozen/store"
)

// rules are the settings that need reading before anything is opened.
type rules struct {
	allow    sender.Allow
	proxies  []netip.Prefix
	schedule sender.Schedule
	mail     *notify.Mailer // nil: no e-mail
}

const (
	longestRetention = 36_500 // days: a hundred years
	mostPending      = 1_000_000_000
	mostInFlight     = 65_536
)

// rules reads and judges every setting, before a file is made or a port opened.
func (s *serveCmd) rules() (r rules, err error) {
	database, err := s.path()
	if err != nil {
		return r, err
	}
	for _, setting := range []struct {
		name  string
		check func() error
	}{
		{"IOZEN_KEY_FILE", func() error { return store.CheckKeyFile(database, s.KeyFile) }},
		{"IOZEN_ADDR", func() error { return checkAddr(s.Addr, "127.0.0.1:8080") }},
		{"IOZEN_METRICS_ADDR", func() error { return unlessEmpty(s.MetricsAddr, "127.0.0.1:9090", checkAddr) }},
		{"IOZEN_TEST_ENDPOINT", func() error { return unlessEmpty(s.TestEndpoint, "127.0.0.1:8090", checkAddr) }},
		{"IOZEN_PUBLIC_URL", func() error {
			return unlessEmpty(s.PublicURL, "", func(text, _ string) error { return checkPublicURL(text) })
		}},
		{"IOZEN_ALLOW_TARGETS", func() (err error) {
			if r.allow, err = sender.ParseAllow(s.AllowTargets); err != nil {
				err = fmt.Errorf("%w. Write hosts, addresses or CIDRs, such as 10.0.0.5/32,crm.corp.example", err)
			}
			return err
		}},
		{"IOZEN_TRUSTED_PROXIES", func() (err error) { r.proxies, err = parseProxies(s.TrustedProxies); return err }},
		{"IOZEN_RETRY_SCHEDULE", func() (err error) {
			if r.schedule, err = sender.ParseSchedule(s.RetrySchedule); err != nil {
				err = fmt.Errorf("%q: %w. Write waits with their units, such as 5s,5m,30m,2h", s.RetrySchedule, err)
			}
			return err
		}},
		{"IOZEN_RETENTION_DAYS", func() error { return s.RetentionDays.within(1, longestRetention, 30) }},
		{"IOZEN_MAX_PENDING", func() error { return s.MaxPending.within(1, mostPending, 5_000_000) }},
		{"IOZEN_MAX_PENDING_PER_BOT", func() error { return s.MaxPendingPerBot.within(1, mostPending, 500_000) }},
		{"IOZEN_MAX_IN_FLIGHT", func() error { return s.MaxInFlight.within(1, mostInFlight, 1024) }},
		{"IOZEN_MAX_IN_FLIGHT_PER_BOT", func() error { return s.MaxInFlightPerBot.within(1, mostInFlight, 64) }},
	} {
		if err := setting.check(); err != nil {
			return r, &usageError{setting.name, err}
		}
	}
	r.mail, err = s.mailer()
	return r, err
}

func unlessEmpty(text, example string, check func(text, example string) error) error {
	if text == "" {
		return nil
	}
	return check(text, example)
}

// mailer never repeats the server's address: it holds a password.
func (s *serveCmd) mailer() (*notify.Mailer, error) {
	server, err := secretOf("IOZEN_SMTP_URL", s.SMTPURLFile)
	if err != nil {
		return nil, err
	}
	_, wrongFrom := mail.ParseAddress(s.MailFrom)
	switch {
	case server == "" && s.MailFrom != "":
		return nil, &usageError{"IOZEN_MAIL_FROM", errors.New("is set, but no mail server. Set IOZEN_SMTP_URL too, such as smtps://user:password@mail.example:465")}
	case server != "" && wrongFrom != nil:
		return nil, &usageError{"IOZEN_MAIL_FROM", fmt.Errorf("%q is no e-mail address. Write one, such as iozen@example.com", s.MailFrom)}
	}
	mailer, err := notify.ParseMailer(server, s.MailFrom)
	if err != nil {
		return nil, &usageError{"IOZEN_SMTP_URL", err}
	}
	return mailer, nil
}

// warn tells of settings that are understood, and open more than most people mean.
func (s *serveCmd) warn(log *slog.Logger, r rules) {
	if everybody(r.allow.Entries()) {
		log.Warn("IOZEN_ALLOW_TARGETS opens every network: webhooks may reach this machine and all private ones", "value", s.AllowTargets)
	}
	for _, proxy := range r.proxies {
		if everybody([]string{proxy.String()}) {
			log.Warn("IOZEN_TRUSTED_PROXIES trusts everybody: whoever connects can say where they come from", "value", s.TrustedProxies)
		}
	}
}
