package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// smtpServer is a mail server of our own on loopback: it takes mail, remembers it, and refuses what it is told to.
type smtpServer struct {
	t        *testing.T
	listener net.Listener
	cert     tls.Certificate
	roots    *x509.CertPool
	implicit bool
	refuse   string // an answer to RCPT instead of 250, such as "550 5.1.1 no such user"
	hangUp   bool   // after the mail was taken, without a goodbye

	mu   sync.Mutex
	mail []received
	auth []string // user and password of each session
}

type received struct {
	from, to  string
	encrypted bool
	*mail.Message
	body string
}

func newSMTPServer(t *testing.T, implicit bool) *smtpServer {
	t.Helper()
	s := &smtpServer{t: t, implicit: implicit}
	s.cert, s.roots = selfSigned(t)
	var err error
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if implicit {
		s.listener = tls.NewListener(s.listener, &tls.Config{Certificates: []tls.Certificate{s.cert}})
	}
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return // closed: the test is over
			}
			sessions.Go(func() { s.session(conn) })
		}
	})
	t.Cleanup(func() { _ = s.listener.Close(); sessions.Wait() })
	return s
}

// mailer is a Mailer that leads here and trusts the certificate.
func (s *smtpServer) mailer(user string) *Mailer {
	s.t.Helper()
	scheme := "smtp"
	if s.implicit {
		scheme = "smtps"
	}
	m, err := ParseMailer(scheme+"://"+user+s.listener.Addr().String(), "iozen@acme.example")
	require.NoError(s.t, err)
	m.tls = &tls.Config{RootCAs: s.roots, ServerName: "127.0.0.1"}
	return m
}

func (s *smtpServer) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mail...)
}

// session speaks as much SMTP as a client needs.
func (s *smtpServer) session(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute)) // a stuck client fails the test, not the machine
	in := bufio.NewReader(conn)
	answer := func(text string) { _, _ = fmt.Fprintf(conn, "%s\r\n", text) }
	encrypted := s.implicit
	var from, to string
	answer("220 mx.acme.example ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			answer("250-mx.acme.example\r\n250-STARTTLS\r\n250 AUTH PLAIN")
		case "STARTTLS":
			answer("220 go ahead")
			secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}})
			conn, in, encrypted = secured, bufio.NewReader(secured), true
		case "AUTH":
			_, encoded, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(encoded)
			s.mu.Lock()
			s.auth = append(s.auth, strings.Trim(string(plain), "\x00"))
			s.mu.Unlock()
			answer("235 2.7.0 welcome")
		case "MAIL":
			from = address(rest)
			answer("250 2.1.0 ok")
		case "RCPT":
			if s.refuse != "" {
				answer(s.refuse)
				continue
			}
			to = address(rest)
			answer("250 2.1.5 ok")
		case "DATA":
			answer("354 go on")
			s.take(in, received{from: from, to: to, encrypted: encrypted})
			answer("250 2.0.0 taken")
			if s.hangUp {
				return
			}
		case "QUIT":
			answer("221 2.0.0 bye")
			return
		default:
			answer("250 2.0.0 ok")
		}
	}
}

func (s *smtpServer) take(in *bufio.Reader, r received) {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	message, err := mail.ReadMessage(strings.NewReader(text.String()))
	if err != nil {
		s.t.Errorf("not a mail: %v", err)
		return
	}
	body, err := io.ReadAll(quotedprintable.NewReader(message.Body))
	if err != nil {
		s.t.Errorf("not quoted-printable: %v", err)
	}
	r.Message, r.body = message, string(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail = append(s.mail, r)
}

func address(argument string) string {
	_, after, _ := strings.Cut(argument, "<")
	inside, _, _ := strings.Cut(after, ">")
	return inside
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
