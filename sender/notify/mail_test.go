package notify

import (
	"errors"
	"mime"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

var testLetter = message{id: "0199-7", subject: "Büro & Söhne: failing (HTTP 401)", text: "Büro has been failing.\n.\nFix it.\n"}

func TestAnEmailArrives(t *testing.T) {
	for name, implicit := range map[string]bool{"smtps": true, "smtp with STARTTLS": false} {
		t.Run(name, func(t *testing.T) {
			server := newSMTPServer(t, implicit)
			require.NoError(t, server.mailer("user:p%40ss@").Send(t.Context(), "maria@acme.example", testLetter))
			require.Equal(t, []string{"user\x00p@ss"}, server.auth)
			got := server.received()[0]
			require.True(t, got.encrypted)
			require.Equal(t, "iozen@acme.example", got.from)
			require.Equal(t, "maria@acme.example", got.to)
			require.Equal(t, "<0199-7@acme.example>", got.Header.Get("Message-ID"), "a mailbox knows a repeat by it")
			require.Equal(t, "auto-generated", got.Header.Get("Auto-Submitted"), "no out-of-office answers")
			subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
			require.NoError(t, err)
			require.Equal(t, testLetter.subject, subject)
			require.Contains(t, got.body, "Büro has been failing.\r\n.\r\nFix it.")
		})
	}
}

func TestASubjectIsOneLine(t *testing.T) {
	server := newSMTPServer(t, false)
	l := testLetter
	l.subject = "Quiz\r\nBcc: all@acme.example"
	require.NoError(t, server.mailer("").Send(t.Context(), "maria@acme.example", l))
	require.Empty(t, server.received()[0].Header.Get("Bcc"))
}

func TestAMailThatWasTakenIsNoFailure(t *testing.T) {
	server := newSMTPServer(t, false)
	server.hangUp = true
	require.NoError(t, server.mailer("").Send(t.Context(), "maria@acme.example", testLetter))
	require.Len(t, server.received(), 1)
}

func TestMailThatDoesNotArrive(t *testing.T) {
	for name, c := range map[string]struct {
		refuse  string
		forGood bool
	}{
		"no such mailbox": {"550 5.1.1 no such user", true},
		"greylisted":      {"451 4.7.1 try again later", false},
	} {
		server := newSMTPServer(t, false)
		server.refuse = c.refuse
		err := server.mailer("").Send(t.Context(), "maria@acme.example", testLetter)
		require.Error(t, err, name)
		var refused *refusedError
		require.Equal(t, c.forGood, errors.As(err, &refused), name)
		require.Empty(t, server.received(), name)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	m, err := ParseMailer("smtp://user:s3cret-word@"+closed.Addr().String(), "iozen@acme.example")
	require.NoError(t, err)
	err = m.Send(t.Context(), "maria@acme.example", testLetter)
	require.ErrorContains(t, err, closed.Addr().String())
	require.NotContains(t, err.Error(), "s3cret-word")
}

func TestACertificateThatIsNotTrustedIsAFailure(t *testing.T) {
	for _, implicit := range []bool{true, false} {
		server := newSMTPServer(t, implicit)
		m := server.mailer("user:pass@")
		m.tls = nil
		require.Error(t, m.Send(t.Context(), "maria@acme.example", testLetter))
		require.Empty(t, server.auth, "no password goes to a stranger")
		require.Empty(t, server.received())
	}
}

func TestMailerAddresses(t *testing.T) {
	for url, want := range map[string]string{
		"smtps://mail.acme.example":                  "mail.acme.example:465",
		"smtp://user:pass@mail.acme.example":         "mail.acme.example:587",
		"smtp://user:pass@mail.acme.example:25":      "mail.acme.example:25",
		"smtps://user%40acme:p%2Fss@[2001:db8::1]:7": "[2001:db8::1]:7",
		"smtp://user:a%3Fb%23c@mail.acme.example/":   "mail.acme.example:587",
	} {
		m, err := ParseMailer(url, "ioZen <iozen@acme.example>")
		require.NoError(t, err, url)
		require.Equal(t, want, m.Host)
		require.Equal(t, "iozen@acme.example", m.From)
	}
	none, err := ParseMailer("", "")
	require.NoError(t, err)
	require.Nil(t, none)
	for _, c := range [][2]string{
		{"mail.acme.example:587", "a@b.example"},
		{"https://mail.acme.example", "a@b.example"},
		{"smtp://", "a@b.example"},
		{"smtp://user:s3cret-word@ho st", "a@b.example"},
		{"smtp://mail.acme.example:0", "a@b.example"},
		{"smtp://mail.acme.example/x", "a@b.example"},
		{"smtp://user:12?s3cret-word@mail.acme.example", "a@b.example"},
		{"smtp://user:12#s3cret-word@mail.acme.example", "a@b.example"},
		{"smtp://mail.acme.example?timeout=5s", "a@b.example"},
		{"smtp://mail.acme.example#", "a@b.example"},
		{"smtp://mail.acme.example?", "a@b.example"},
		{"smtp://user@mail.acme.example", "a@b.example"},
		{"smtp://user:@mail.acme.example", "a@b.example"},
		{"smtp://:s3cret-word@mail.acme.example", "a@b.example"},
		{"smtp://@mail.acme.example", "a@b.example"},
		{"smtp://mail.acme.example", ""},
		{"smtp://mail.acme.example", "ioZen"},
	} {
		_, err := ParseMailer(c[0], c[1])
		require.Error(t, err, c)
		require.NotContains(t, err.Error(), "s3cret-word")
	}
}
