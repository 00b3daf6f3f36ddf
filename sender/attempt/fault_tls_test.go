package attempt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
)

// authority is a certificate authority of a test.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return newAuthorityOf(t, name, key)
}

func newAuthorityOf(t *testing.T, name string, key crypto.Signer) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	return &authority{certificate: signed(t, template, template, key.Public(), key), key: key}
}

func signed(t *testing.T, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// pool has the authority's certificate for a client that trusts it.
func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// issue makes a certificate for hook.example; change makes it a bad one.
func (a *authority) issue(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return a.issueFor(t, key, change)
}

func (a *authority) issueFor(t *testing.T, key crypto.Signer, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := leafTemplate()
	if change != nil {
		change(template)
	}
	leaf := signed(t, template, a.certificate, key.Public(), a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func leafTemplate() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "hook.example"}, DNSNames: []string{"hook.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 3, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// overTLS makes the handshake as a server, and behaves inside it.
func overTLS(config *tls.Config, behave behaviour) behaviour {
	return func(p *peer) {
		conn := tls.Server(p.Conn, config)
		if conn.Handshake() == nil {
			behave(newPeer(conn, p.over))
			_ = conn.Close()
		}
		p.in.Reset(p.Conn)
		p.stay() // an alert that has not arrived yet must not be cut off
	}
}

func TestCertificatesThatAreNotAccepted(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	rsaCA, sha1 := signedWithSHA1(t, "RSA CA")
	shows := func(certificate tls.Certificate) behaviour {
		return overTLS(&tls.Config{Certificates: []tls.Certificate{certificate}}, answersAndStays(ok))
	}
	issued := func(change func(*x509.Certificate)) behaviour { return shows(ca.issue(t, change)) }
	behind := func(change func(*x509.Certificate)) behaviour {
		return shows(withLeaf(ca.intermediateOf(t, change), t, nil))
	}
	day := func(at time.Time) string { return at.UTC().Format("2 Jan 2006") }
	yesterday, tomorrow := time.Now().AddDate(0, 0, -1), time.Now().AddDate(0, 0, 1)
	faults := []fault{
		{name: "expired", endpoint: issued(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = yesterday.AddDate(0, -3, 0), yesterday }), outcome: outcome.OutcomeTLSExpired, error: "Certificate expired", cause: "It expired on " + day(yesterday) + " (issuer Test CA)", fix: "Renew the certificate"},
		{name: "not yet valid", endpoint: issued(func(c *x509.Certificate) { c.NotBefore = tomorrow }), outcome: outcome.OutcomeTLSNotYetValid, error: "Certificate not valid yet", cause: "valid from " + day(tomorrow), fix: "Check the server's clock or certificate."},
		{name: "for another host", endpoint: issued(func(c *x509.Certificate) { c.DNSNames = []string{"other.example", "www.other.example"} }), outcome: outcome.OutcomeTLSWrongHost, error: "Certificate for another name", cause: "for other.example, www.other.example, not for hook.example", fix: "Use that name in the Webhook URL"},
		{name: "for an address", endpoint: issued(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, []net.IP{net.IPv4(127, 0, 0, 1)} }), outcome: outcome.OutcomeTLSWrongHost, error: "Certificate for another name", cause: "for 127.0.0.1, not for hook.example"},
		{name: "common name only", endpoint: issued(func(c *x509.Certificate) { c.DNSNames = nil }), outcome: outcome.OutcomeTLSNoSAN, error: "Certificate lacks a name", fix: "Get a certificate with hook.example as subject alternative name"},
		{name: "self-signed", endpoint: shows(selfSigned(t)), outcome: outcome.OutcomeTLSSelfSigned, error: "Self-signed certificate", fix: "Let's Encrypt"},
		{name: "unknown issuer", endpoint: shows(newAuthority(t, "Corp CA").issue(t, nil)), outcome: outcome.OutcomeTLSUnknownIssuer, error: "Certificate issuer unknown", cause: "The issuer, Corp CA, is not known; the chain may lack an intermediate certificate", fix: "Install the full chain"},
		{name: "missing intermediate", endpoint: shows(ca.intermediate(t).issue(t, nil)), outcome: outcome.OutcomeTLSUnknownIssuer, error: "Certificate issuer unknown", cause: "Intermediate", fix: "Install the full chain"},
		{name: "expired intermediate", endpoint: behind(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = yesterday.AddDate(-1, 0, 0), yesterday }), outcome: outcome.OutcomeTLSChainExpired, error: "Certificate chain expired", cause: "The certificate Intermediate, which the server sends with its own, expired on " + day(yesterday), fix: "Install the new chain"},
		{name: "intermediate not yet valid", endpoint: behind(func(c *x509.Certificate) { c.NotBefore = tomorrow }), outcome: outcome.OutcomeTLSChainNotYetValid, error: "Certificate chain not valid yet", cause: "Intermediate, which the server sends with its own, is valid from " + day(tomorrow), fix: "clock"},
		{name: "intermediate for other names", endpoint: behind(func(c *x509.Certificate) {
			c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"other.example"}, true
		}), outcome: outcome.OutcomeTLSConstraint, error: "Certificate issuer not allowed", cause: "The issuer, Intermediate, or one above it may not issue certificates for hook.example"},
		{name: "intermediate not for this name", endpoint: behind(func(c *x509.Certificate) {
			c.ExcludedDNSDomains, c.PermittedDNSDomainsCritical = []string{"hook.example"}, true
		}), outcome: outcome.OutcomeTLSConstraint, error: "Certificate issuer not allowed"},
		{name: "intermediate that is not an authority", endpoint: behind(func(c *x509.Certificate) { c.IsCA = false }), outcome: outcome.OutcomeTLSUnknownIssuer, error: "Certificate issuer unknown"},
		{name: "expired leaf behind an expired intermediate", endpoint: shows(withLeaf(ca.intermediateOf(t, func(c *x509.Certificate) { c.NotAfter = yesterday }), t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = yesterday.AddDate(0, -3, 0), yesterday })), outcome: outcome.OutcomeTLSExpired, error: "Certificate expired", fix: "Renew the certificate"},
		{name: "for another use", endpoint: issued(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), outcome: outcome.OutcomeTLSBadCertificate, error: "Certificate not acceptable"},
		{name: "signed with SHA-1", endpoint: shows(sha1), outcome: outcome.OutcomeTLSBadCertificate, error: "Certificate not acceptable", cause: "of an unsafe kind", fix: "public authority"},
		{name: "a chain of 60 KiB", endpoint: shows(ca.withChain(t, 60<<10)), outcome: outcome.OutcomeTLSBadCertificate, error: "Certificate not acceptable", cause: "too large"},
		{name: "garbage", endpoint: shows(tls.Certificate{Certificate: [][]byte{[]byte("no certificate")}, PrivateKey: ca.key}), outcome: outcome.OutcomeTLSBadCertificate, error: "Certificate not acceptable", cause: "malformed"},
	}
	for i := range faults {
		faults[i].url, faults[i].phase = "https://hook.example:<port>/hook", store.PhaseTLS
		faults[i].config = func(cfg *ClientConfig) {
			cfg.RootCAs = ca.pool()
			cfg.RootCAs.AddCert(rsaCA.certificate)
		}
	}
	requireFaults(t, faults)
}

func TestCertificatesThatAreAccepted(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	for name, certificate := range map[string]tls.Certificate{
		"plain":                     ca.issue(t, nil),
		"10 years":                  ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(10, 0, 0) }),
		"RSA 1024, as crypto/tls":   ca.issueFor(t, weak, nil),
		"wildcard":                  ca.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"*.example"} }),
		"a chain of 20 KiB":         ca.withChain(t, 20<<10),
		"a whole chain":             ca.intermediate(t).issueWithChain(t),
		"expires soon, still valid": ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(time.Hour) }),
	} {
		t.Run(name, func(t *testing.T) {
			a := fault{
				url: "https://hook.example:<port>/", config: func(cfg *ClientConfig) { cfg.RootCAs = ca.pool() },
				endpoint: overTLS(&tls.Config{Certificates: []tls.Certificate{certificate}}, answersAndStays(ok)),
			}.attempt(t)
			require.Equal(t, 200, a.StatusCode, a.Outcome)
			require.Empty(t, a.Outcome)
			require.NotNil(t, a.Certificate)
			require.Equal(t, certificate.Leaf.NotAfter, a.Certificate.NotAfter)
			require.Equal(t, "TLS 1.3", a.Certificate.Protocol)
			require.Positive(t, a.Phases.TLS)
		})
	}
}

func TestHandshakesThatFail(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	certificate := ca.issue(t, nil)
	server := func(change func(*tls.Config)) behaviour {
		config := &tls.Config{Certificates: []tls.Certificate{certificate}}
		change(config)
		return overTLS(config, answersAndStays(ok))
	}
	alert := func(code byte) behaviour { return afterHello("\x15\x03\x03\x00\x02\x02" + string(rune(code))) }
	faults := []fault{
		{name: "TLS 1.1 at most", endpoint: server(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }), outcome: outcome.OutcomeTLSProtocol, error: "TLS version too old", cause: "neither TLS 1.2 nor TLS 1.3", fix: "Switch on TLS 1.2 or 1.3"},
		{name: "answers in TLS 1.0", endpoint: afterHello(serverHello(0x0301)), outcome: outcome.OutcomeTLSProtocol, error: "TLS version too old"},
		{name: "no cipher in common", endpoint: alert(40), outcome: outcome.OutcomeTLSHandshake, error: "TLS handshake failed", fix: "Check the TLS settings"},
		{name: "unrecognized name", endpoint: alert(112), outcome: outcome.OutcomeTLSUnrecognizedName, error: "Server has no site of this name", cause: "does not know hook.example"},
		{name: "internal error", endpoint: alert(80), outcome: outcome.OutcomeTLSHandshake, error: "TLS handshake failed"},
		{name: "wants a client certificate, TLS 1.3", endpoint: server(func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }), outcome: outcome.OutcomeTLSClientCertificate, error: "Client certificate wanted", cause: "which ioZen does not support"},
		{name: "wants a client certificate, TLS 1.2", endpoint: server(func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 }), outcome: outcome.OutcomeTLSClientCertificate, error: "Client certificate wanted"},
		{name: "silent", endpoint: (*peer).stay, outcome: outcome.OutcomeTimeout, error: "Request timed out", cause: "did not finish the TLS handshake in 30s", fix: "Check that the server speaks HTTPS on this port"},
		{name: "never reads", endpoint: func(p *peer) { <-p.over }, outcome: outcome.OutcomeTimeout, error: "Request timed out", cause: "did not finish the TLS handshake"},
		{name: "closed in the handshake", endpoint: afterHello(""), outcome: outcome.OutcomeTLSReset, error: "Connection reset during TLS", cause: "cut the connection in the TLS handshake"},
		{name: "reset in the handshake", endpoint: afterHello("").then((*peer).reset), outcome: outcome.OutcomeTLSReset, error: "Connection reset during TLS"},
		{name: "SSH", endpoint: func(p *peer) { p.write("SSH-2.0-OpenSSH_9.9\r\n"); p.stay() }, outcome: outcome.OutcomeTLSNotTLS, error: "Not an HTTPS server", cause: "it began with SSH-2.0-OpenSSH_9.9", fix: "Try http:// instead"},
		{name: "plain HTTP", endpoint: afterHello("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request"), outcome: outcome.OutcomeWrongSchemeHTTP, error: "Wrong scheme", cause: "speaks plain HTTP, and the URL begins with https://", fix: "Use http://"},
		{name: "one byte of a record", endpoint: afterHello("\x16"), outcome: outcome.OutcomeTLSReset, error: "Connection reset during TLS"},
		{name: "an endless handshake message", endpoint: afterHello("\x16\x03\x03\x40\x00\x02\xff\xff\xff").then(repeats(strings.Repeat("x", 0x4000))), outcome: outcome.OutcomeTLSBadCertificate, error: "Certificate not acceptable"},
	}
	for i := range faults {
		faults[i].url, faults[i].phase = "https://hook.example:<port>/hook", store.PhaseTLS
		faults[i].config = func(cfg *ClientConfig) { cfg.RootCAs = ca.pool() }
	}
	requireFaults(t, faults)
}

// R12: what servers do to plain HTTP on the port of their TLS.
func TestPlainHTTPToATLSServer(t *testing.T) {
	wrong := func(name string, status int, endpoint behaviour) fault {
		tries := 0
		if status == 400 {
			tries = 3
		}
		return fault{name: name, endpoint: endpoint, status: status, outcome: outcome.OutcomeWrongSchemeHTTPS, or: outcome.OutcomeWrongSchemeHTTPS, error: "Wrong scheme", cause: "speaks HTTPS, and the URL begins with http://", fix: "Use https://", tries: tries}
	}
	certificate := newAuthority(t, "Test CA").issue(t, nil)
	requireFaults(t, []fault{
		wrong("Go answers in words", 400, answersAndStays("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n").then((*peer).reset)),
		wrong("nginx answers with a page", 400, answers("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>")),
		wrong("an alert with a line's end in it", 0, answers("\x15\x03\x01\x00\x02\x02\x0a")),
		wrong("an alert without one", 0, answers("\x15\x03\x01\x00\x02\x02\x46")),
		wrong("a handshake record", 0, answers("\x16\x03\x01\x00\x02\x02\x46")),
		{name: "a server that just closes", endpoint: bareTLS(certificate), outcome: outcome.OutcomeConnectionReset, or: outcome.OutcomeClosedEarly, error: "Connection"},
	})
}

// bareTLS closes when the first bytes are not a handshake, as servers without HTTP do.
func bareTLS(certificate tls.Certificate) behaviour {
	return func(p *peer) {
		_ = tls.Server(p.Conn, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
	}
}

func TestTheOtherSchemeIsOffered(t *testing.T) {
	plain := fault{endpoint: answers("\x15\x03\x01\x00\x02\x02\x46")}.attempt(t)
	require.Equal(t, outcome.ActionUseScheme, outcome.DiagnoseAttempt(plain).Action.Kind)
	require.True(t, strings.HasPrefix(outcome.DiagnoseAttempt(plain).Action.URL, "https://hook.example:"))
	tls := fault{url: "https://hook.example:<port>/hook", endpoint: afterHello("HTTP/1.1 400 Bad Request\r\n\r\n")}.attempt(t)
	require.True(t, strings.HasPrefix(outcome.DiagnoseAttempt(tls).Action.URL, "http://hook.example:"))
}

// afterHello sends raw bytes in answer to the client's first flight.
func afterHello(answer string) behaviour {
	b := []byte(answer)
	return func(p *peer) {
		var header [5]byte
		if _, err := io.ReadFull(p.in, header[:]); err != nil {
			return
		}
		_, _ = io.CopyN(io.Discard, p.in, int64(header[3])<<8|int64(header[4]))
		p.send(b)
	}
}

// serverHello is the start of a handshake in an old version of the protocol.
func serverHello(version uint16) string {
	hello := string([]byte{byte(version >> 8), byte(version)}) + strings.Repeat("r", 32) + "\x00" + "\x00\x2f" + "\x00"
	message := "\x02\x00\x00" + string([]byte{byte(len(hello))}) + hello
	return "\x16\x03\x01\x00" + string([]byte{byte(len(message))}) + message
}

func selfSigned(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	leaf := signed(t, leafTemplate(), leafTemplate(), key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

// intermediate is an authority that this one vouches for.
func (a *authority) intermediate(t *testing.T) *authority { return a.intermediateOf(t, nil) }

// intermediateOf changes what stands between the authority and the server's certificate.
func (a *authority) intermediateOf(t *testing.T, change func(*x509.Certificate)) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Intermediate"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(template)
	}
	return &authority{certificate: signed(t, template, a.certificate, key.Public(), a.key), key: key}
}

func (a *authority) issueWithChain(t *testing.T) tls.Certificate {
	certificate := a.issue(t, nil)
	certificate.Certificate = append(certificate.Certificate, a.certificate.Raw)
	return certificate
}

// withLeaf is a certificate of an intermediate authority, which is sent with it.
func withLeaf(a *authority, t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	certificate := a.issue(t, change)
	certificate.Certificate = append(certificate.Certificate, a.certificate.Raw)
	return certificate
}

// withChain puts useless certificates of a total size behind a good one.
func (a *authority) withChain(t *testing.T, size int) tls.Certificate {
	certificate := a.issue(t, nil)
	padding := a.issue(t, func(c *x509.Certificate) { c.Subject.OrganizationalUnit = []string{strings.Repeat("x", 700)} })
	for added := 0; added < size; added += len(padding.Leaf.Raw) {
		certificate.Certificate = append(certificate.Certificate, padding.Leaf.Raw)
	}
	return certificate
}

// signedWithSHA1 is a certificate whose signature says SHA-1: the last byte of the algorithm's name is 5, not 11.
func signedWithSHA1(t *testing.T, name string) (*authority, tls.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	ca := newAuthorityOf(t, name, key)
	certificate := ca.issue(t, nil)
	sha256, sha1 := []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05")
	require.Equal(t, 2, bytes.Count(certificate.Certificate[0], sha256))
	certificate.Certificate[0] = bytes.ReplaceAll(certificate.Certificate[0], sha256, sha1)
	return ca, certificate
}
