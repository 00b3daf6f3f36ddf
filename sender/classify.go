package sender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"iozen/store"
)

// failure is what an error of the transport means.
type failure struct {
	outcome     string
	phase       store.Phase // if the error knows better than the trace
	detail      map[string]string
	certificate *store.Certificate
}

// classify turns an error of RoundTrip into an outcome with its evidence. It asks types first; texts only
// where net/http has no type for it.
func classify(err error, phase store.Phase, scheme, port string) failure {
	var blocked *BlockedError
	var lookup *lookupError
	switch {
	case errors.As(err, &blocked):
		return classifyBlocked(blocked)
	case errors.As(err, &lookup):
		return failure{outcome: lookup.outcome, phase: store.PhaseDNS}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return failure{outcome: OutcomeTimeout}
	}
	if f, ok := classifyTLS(err, phase); ok {
		return f
	}
	if f, ok := classifyHTTP(err, scheme); ok {
		return f
	}
	return classifySocket(err, phase, scheme, port)
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

func classifyBlocked(b *BlockedError) failure {
	detail := map[string]string{"host": b.Host, "rule": b.Rule}
	if b.Addr.IsValid() {
		detail["address"] = b.Addr.String()
	}
	if entry := b.AllowEntry(); entry != "" {
		detail["allow"] = entry
	}
	return failure{outcome: OutcomeBlocked, phase: store.PhaseConnect, detail: detail}
}

// classifyTLS knows what goes wrong with certificates and in the handshake.
func classifyTLS(err error, phase store.Phase) (failure, bool) {
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		return classifyCertificate(verify.Err, verify.UnverifiedCertificates[0]), true
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		began := string(record.RecordHeader[:])
		if strings.HasPrefix(began, "HTTP/") {
			return failure{outcome: OutcomeWrongSchemeHTTP, phase: store.PhaseTLS}, true
		}
		return failure{outcome: OutcomeTLSNotTLS, phase: store.PhaseTLS, detail: map[string]string{"began_with": quoted(began)}}, true
	}
	text := err.Error()
	if strings.Contains(text, "server gave HTTP response to HTTPS client") {
		return failure{outcome: OutcomeWrongSchemeHTTP, phase: store.PhaseTLS}, true
	}
	var alert tls.AlertError
	if errors.As(err, &alert) || strings.Contains(text, "tls: ") {
		return failure{outcome: alertOutcome(text), phase: store.PhaseTLS}, true
	}
	if phase == store.PhaseTLS && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
		return failure{outcome: OutcomeTLSReset}, true
	}
	return failure{}, false
}

// alertOutcome reads the texts of TLS alerts: crypto/tls gives numbers only for those of QUIC.
func alertOutcome(text string) string {
	switch {
	case strings.Contains(text, "certificate required"), strings.Contains(text, "bad certificate"):
		return OutcomeTLSClientCertificate
	case strings.Contains(text, "protocol version"), strings.Contains(text, "unsupported versions"),
		strings.Contains(text, "selected unsupported protocol version"):
		return OutcomeTLSProtocol
	case strings.Contains(text, "unrecognized name"):
		return OutcomeTLSUnrecognizedName
	case strings.Contains(text, "certificate"), strings.Contains(text, "handshake message of length"):
		return OutcomeTLSBadCertificate
	case strings.Contains(text, "first record does not look like a TLS handshake"):
		return OutcomeTLSNotTLS
	}
	return OutcomeTLSHandshake
}

func classifyCertificate(err error, leaf *x509.Certificate) failure {
	f := failure{outcome: OutcomeTLSBadCertificate, phase: store.PhaseTLS, certificate: certificateOf(leaf, 0), detail: map[string]string{
		"names": strings.Join(leaf.DNSNames, ", "), "issuer": leaf.Issuer.CommonName,
		"not_before": leaf.NotBefore.UTC().Format(time.RFC3339), "not_after": leaf.NotAfter.UTC().Format(time.RFC3339),
	}}
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && strings.Contains(err.Error(), "is before"):
		f.outcome = OutcomeTLSNotYetValid
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.outcome = OutcomeTLSExpired
	case errors.As(err, &host):
		f.outcome = OutcomeTLSWrongHost
		if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 {
			f.outcome = OutcomeTLSNoSAN
		}
	case errors.As(err, &unknown):
		f.outcome = OutcomeTLSUnknownIssuer
		if leaf.CheckSignatureFrom(leaf) == nil || leaf.Issuer.String() == leaf.Subject.String() {
			f.outcome = OutcomeTLSSelfSigned
		}
	}
	return f
}

func certificateOf(leaf *x509.Certificate, version uint16) *store.Certificate {
	c := &store.Certificate{
		Subject: leaf.Subject.CommonName, Names: leaf.DNSNames, Issuer: leaf.Issuer.CommonName,
		NotBefore: leaf.NotBefore.UTC(), NotAfter: leaf.NotAfter.UTC(),
	}
	for _, ip := range leaf.IPAddresses {
		c.Names = append(c.Names, ip.String())
	}
	if c.Issuer == "" {
		c.Issuer = leaf.Issuer.String()
	}
	if version != 0 {
		c.Protocol = tls.VersionName(version)
	}
	return c
}

// malformed finds what an answer that is not HTTP began with, in net/http's own words for it.
var malformed = regexp.MustCompile(`malformed HTTP (?:response|status code|version) ("(?:[^"\\]|\\.)*")`)

// classifyHTTP knows the answers that break the rules of HTTP, by net/http's texts: it has no types for them.
func classifyHTTP(err error, scheme string) (failure, bool) {
	text := err.Error()
	has := func(part string) bool { return strings.Contains(text, part) }
	if m := malformed.FindStringSubmatch(text); m != nil {
		began, _ := strconv.Unquote(m[1])
		if scheme == "http" && (strings.HasPrefix(began, "\x15\x03") || strings.HasPrefix(began, "\x16\x03")) {
			return failure{outcome: OutcomeWrongSchemeHTTPS}, true
		}
		return failure{outcome: OutcomeNotHTTP, detail: map[string]string{"began_with": quoted(began)}}, true
	}
	switch {
	case has("server response headers exceeded"), has("too many 1xx"), has("response header list"):
		return failure{outcome: OutcomeHeaderTooLarge}, true
	case has("malformed MIME header"), has("invalid header"):
		return failure{outcome: OutcomeBrokenHeader}, true
	case has("ENHANCE_YOUR_CALM"):
		return failure{outcome: OutcomeH2Overload}, true
	case has("REFUSED_STREAM"), has("cannot retry err"), has("Request.GetBody"):
		return failure{outcome: OutcomeH2Refused}, true
	case has("GOAWAY"), has("client connection lost"), has("client connection force closed"):
		return failure{outcome: OutcomeClosedEarly}, true
	case has("stream error"), has("http2: "), has("looked like an HTTP/1.1 header"), has("connection error: "):
		return failure{outcome: OutcomeH2Error}, true
	case has("malformed"), has("bad Content-Length"), has("transfer encoding"), has("Content-Length"), has("chunk"):
		return failure{outcome: OutcomeBadHTTP}, true
	}
	return failure{}, false
}

// classifySocket knows the kernel's errors and connections that just end.
func classifySocket(err error, phase store.Phase, scheme, port string) failure {
	is := func(e error) bool { return errors.Is(err, e) }
	switch {
	case is(syscall.EMFILE), is(syscall.ENFILE), is(syscall.EADDRNOTAVAIL), is(syscall.ENOBUFS), is(syscall.ENOMEM):
		return failure{outcome: OutcomeOwnSide, detail: map[string]string{"error": err.Error()}}
	case is(syscall.ECONNREFUSED):
		return failure{outcome: OutcomeConnectionRefused}
	case is(syscall.EHOSTUNREACH):
		return failure{outcome: OutcomeHostUnreachable}
	case is(syscall.ENETUNREACH):
		return failure{outcome: OutcomeNetworkUnreachable}
	case is(io.EOF), is(io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle connection"):
		if scheme == "http" && port == "443" {
			return failure{outcome: OutcomeWrongSchemeHTTPS}
		}
		return failure{outcome: OutcomeClosedEarly}
	case is(syscall.ECONNRESET), is(syscall.EPIPE), is(syscall.ECONNABORTED):
		return failure{outcome: OutcomeConnectionReset}
	}
	return failure{outcome: OutcomeClosedEarly, detail: map[string]string{"error": clip(err.Error(), 200)}}
}

// quoted is foreign text as evidence: short, and visible when it is not printable.
func quoted(s string) string {
	q := strconv.QuoteToASCII(clip(s, 40))
	return q[1 : len(q)-1]
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
