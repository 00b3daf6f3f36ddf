package attempt

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"syscall"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
)

// classifyTLS classifies problems with certificates and in the handshake.
func classifyTLS(err error, ev evidence) (failure, bool) {
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		return classifyCertificate(verify.Err, verify.UnverifiedCertificates[0]), true
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return classifyNotTLS(record), true
	}
	text := err.Error()
	if strings.Contains(text, "server gave HTTP response to HTTPS client") {
		return failure{outcome: outcome.OutcomeWrongSchemeHTTP, phase: store.PhaseTLS}, true
	}
	var alert tls.AlertError
	if errors.As(err, &alert) || strings.Contains(text, "tls: ") {
		return failure{outcome: ev.orCertificate(alertOutcome(text)), phase: store.PhaseTLS}, true
	}
	if ev.phase == store.PhaseTLS && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)) {
		return failure{outcome: ev.orCertificate(outcome.OutcomeTLSReset)}, true
	}
	return failure{}, false
}

// orCertificate classifies a handshake that fails for no named reason after the server asked for a certificate.
func (ev evidence) orCertificate(otherwise string) string {
	if ev.wantsCert && (otherwise == outcome.OutcomeTLSHandshake || otherwise == outcome.OutcomeTLSReset) {
		return outcome.OutcomeTLSClientCertificate
	}
	return otherwise
}

// classifyNotTLS classifies an endpoint that answers a handshake with something else.
func classifyNotTLS(record tls.RecordHeaderError) failure {
	began := string(record.RecordHeader[:])
	if conn, ok := record.Conn.(*tracedConn); ok {
		text, _ := conn.answer()
		began, _, _ = strings.Cut(text, "\n")
		began = strings.TrimSuffix(began, "\r")
	}
	if strings.HasPrefix(began, "HTTP/") {
		return failure{outcome: outcome.OutcomeWrongSchemeHTTP, phase: store.PhaseTLS}
	}
	return failure{outcome: outcome.OutcomeTLSNotTLS, phase: store.PhaseTLS, detail: map[string]string{"began_with": quoted(began)}}
}

// alertOutcome reads the texts of TLS alerts: crypto/tls gives numbers only for those of QUIC.
func alertOutcome(text string) string {
	switch {
	case strings.Contains(text, "certificate required"), strings.Contains(text, "bad certificate"):
		return outcome.OutcomeTLSClientCertificate
	case strings.Contains(text, "protocol version"), strings.Contains(text, "unsupported versions"),
		strings.Contains(text, "selected unsupported protocol version"):
		return outcome.OutcomeTLSProtocol
	case strings.Contains(text, "unrecognized name"):
		return outcome.OutcomeTLSUnrecognizedName
	case strings.Contains(text, "certificate"), strings.Contains(text, "handshake message of length"), strings.Contains(text, errHandshakeTooLarge.Error()):
		return outcome.OutcomeTLSBadCertificate
	case strings.Contains(text, "first record does not look like a TLS handshake"):
		return outcome.OutcomeTLSNotTLS
	}
	return outcome.OutcomeTLSHandshake
}

func classifyCertificate(err error, leaf *x509.Certificate) failure {
	certificate := certificateOf(leaf, 0)
	f := failure{outcome: outcome.OutcomeTLSBadCertificate, phase: store.PhaseTLS, certificate: certificate, detail: map[string]string{
		"names": strings.Join(certificate.Names, ", "), "issuer": leaf.Issuer.CommonName,
		"not_before": leaf.NotBefore.UTC().Format(time.RFC3339), "not_after": leaf.NotAfter.UTC().Format(time.RFC3339),
	}}
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.CANotAuthorizedForThisName {
		f.outcome = outcome.OutcomeTLSConstraint
		return f
	}
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil && !invalid.Cert.Equal(leaf) { // one that it came with
		f.outcome = outcome.OutcomeTLSChainExpired
		if strings.Contains(err.Error(), "is before") {
			f.outcome = outcome.OutcomeTLSChainNotYetValid
		}
		f.detail["certificate"] = nameOf(invalid.Cert)
		f.detail["not_before"] = invalid.Cert.NotBefore.UTC().Format(time.RFC3339)
		f.detail["not_after"] = invalid.Cert.NotAfter.UTC().Format(time.RFC3339)
		return f
	}
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && strings.Contains(err.Error(), "is before"):
		f.outcome = outcome.OutcomeTLSNotYetValid
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.outcome = outcome.OutcomeTLSExpired
	case errors.As(err, &host):
		f.outcome = outcome.OutcomeTLSWrongHost
		if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 {
			f.outcome = outcome.OutcomeTLSNoSAN
		}
	case errors.As(err, &unknown) && !strings.Contains(err.Error(), "insecure algorithm"):
		f.outcome = outcome.OutcomeTLSUnknownIssuer
		if leaf.CheckSignatureFrom(leaf) == nil || leaf.Issuer.String() == leaf.Subject.String() {
			f.outcome = outcome.OutcomeTLSSelfSigned
		}
	}
	return f
}

// nameOf is what people call a certificate.
func nameOf(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
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
