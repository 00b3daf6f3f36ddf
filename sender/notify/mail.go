package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"iozen/store"
)

// mailPatience is how long the server may take for each of its answers.
const mailPatience = 10 * time.Second

// Mailer sends emails through one SMTP server.
type Mailer struct {
	From string // the address in From
	Host string // name and port, for people

	host, user, password string
	port                 int
	implicit             bool        // TLS from the first byte (smtps); else STARTTLS
	tls                  *tls.Config // nil: the system's roots
}

// ParseMailer reads IOZEN_SMTP_URL (smtps://user:pass@host:465, or smtp://host:587 with STARTTLS) and IOZEN_MAIL_FROM.
// Without a URL there is no mailer.
func ParseMailer(smtpURL, from string) (*Mailer, error) {
	if smtpURL == "" {
		return nil, nil
	}
	u, err := url.Parse(smtpURL)
	// A ? or # in a password ends the host, and what is left may look like another host with a port.
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(smtpURL, "?#") {
		return nil, errors.New("want smtps://user:password@host:465 or smtp://user:password@host:587, with @ : / ? # in user or password as %40 %3A %2F %3F %23") // the cause would quote the password
	}
	if password, _ := u.User.Password(); u.User != nil && (u.User.Username() == "" || password == "") {
		return nil, errors.New("names a user without a password, or a password without a user")
	}
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("IOZEN_MAIL_FROM must be an email address")
	}
	m := &Mailer{From: address.Address, host: u.Hostname(), user: u.User.Username(), implicit: u.Scheme == "smtps", port: 587}
	m.password, _ = u.User.Password()
	if m.implicit {
		m.port = 465
	}
	if u.Port() != "" {
		if m.port, err = strconv.Atoi(u.Port()); err != nil || m.port < 1 || m.port > 65535 {
			return nil, errors.New("the port must be a number from 1 to 65535")
		}
	}
	m.Host = net.JoinHostPort(m.host, strconv.Itoa(m.port))
	return m, nil
}

// message is an email before it has an address.
type message struct {
	id, subject, text string
}

// message words a notification for a mailbox.
func (n *Notifier) message(about store.Notification) message {
	return message{
		id: about.ID.String(), subject: about.Title,
		text: about.Text + "\n\n" + n.link(about) + "\n\n-- \nYou get this from ioZen because you own or edit bots. Change it under Workspace: " + n.PublicURL + "/workspace\n",
	}
}

// Send sends one email. Its Message-ID follows from the notification, so that a mailbox recognizes a repeat. Once the
// server has taken it, an error while saying goodbye does not count.
func (m *Mailer) Send(ctx context.Context, to string, message message) error {
	msg, err := m.compose(to, message)
	if err != nil {
		return &refusedError{err}
	}
	client, err := mail.NewClient(m.host, m.options()...)
	if err != nil {
		return fmt.Errorf("setting up email: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *mail.SendError
	switch {
	case err == nil, msg.IsDelivered():
		return nil
	case errors.As(err, &refused) && refused.ErrorCode() >= 500:
		return &refusedError{err}
	}
	return fmt.Errorf("sending an email by %s: %w", m.Host, err)
}

func (m *Mailer) compose(to string, message message) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := errors.Join(msg.FromFormat("ioZen", m.From), msg.To(to)); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(m.From, "@")
	msg.SetMessageIDWithValue(message.id + "@" + domain)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.Subject(message.subject)
	msg.SetBodyString(mail.TypeTextPlain, message.text)
	return msg, nil
}

func (m *Mailer) options() []mail.Option {
	options := []mail.Option{mail.WithPort(m.port), mail.WithTimeout(mailPatience), mail.WithoutNoop()}
	if m.tls != nil {
		options = append(options, mail.WithTLSConfig(m.tls))
	}
	switch {
	case m.implicit:
		options = append(options, mail.WithSSL())
	case m.onThisMachine(): // no wire to listen on; a local relay often has no certificate
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.user != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.user), mail.WithPassword(m.password))
	}
	return options
}

func (m *Mailer) onThisMachine() bool {
	addr, err := netip.ParseAddr(m.host)
	return m.host == "localhost" || err == nil && addr.IsLoopback()
}
