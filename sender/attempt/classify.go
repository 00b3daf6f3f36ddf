package attempt

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
)

// failure is what an error of the transport means.
type failure struct {
	outcome     string
	phase       store.Phase // if the error knows better than the trace
	detail      map[string]string
	certificate *store.Certificate
}

// evidence is what is known about a failed request besides its error.
type evidence struct {
	phase        store.Phase
	scheme, port string
	began        string // the first bytes that the endpoint sent
	cut          bool   // it closed the connection in the middle of a line
	unsent       bool   // part of the request never left
	wantsCert    bool   // it asked for a client certificate
}

// classify turns an error of RoundTrip into an outcome with its evidence. It asks types first; texts only
// where the standard library has no type for it.
func classify(err error, ev evidence) failure {
	var blocked *target.BlockedError
	var lookup *lookupError
	switch {
	case errors.As(err, &blocked):
		return classifyBlocked(blocked)
	case isOwnSide(err):
		return failure{outcome: outcome.OutcomeOwnSide, detail: map[string]string{"error": err.Error()}}
	case errors.Is(err, errNotItsAnswer):
		return failure{outcome: outcome.OutcomeUnasked}
	case errors.As(err, &lookup):
		return failure{outcome: lookup.outcome, phase: store.PhaseDNS}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return failure{outcome: outcome.OutcomeTimeout}
	}
	if f, ok := classifyTLS(err, ev); ok {
		return f
	}
	if f, ok := classifyHTTP(err, ev); ok {
		return f
	}
	return classifySocket(err, ev)
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// isOwnSide says that this machine ran out of something. A failed lookup does not wrap its cause, only its text.
func isOwnSide(err error) bool {
	for _, own := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, own) || strings.Contains(err.Error(), ": "+own.Error()) {
			return true
		}
	}
	return false
}

func classifyBlocked(b *target.BlockedError) failure {
	detail := map[string]string{"rule": b.Rule}
	if b.Addr.IsValid() {
		detail["address"] = b.Addr.String()
	}
	if entry := b.AllowEntry(); entry != "" {
		detail["allow"] = entry
	}
	return failure{outcome: outcome.OutcomeBlocked, phase: store.PhaseConnect, detail: detail}
}

// classifySocket classifies errors of the kernel, and connections that just end.
func classifySocket(err error, ev evidence) failure {
	is := func(e error) bool { return errors.Is(err, e) }
	switch {
	case is(syscall.ECONNREFUSED):
		return failure{outcome: outcome.OutcomeConnectionRefused}
	case is(syscall.EHOSTUNREACH), is(syscall.EACCES), is(syscall.EPERM): // a firewall's "prohibited" reads like a lack of rights
		return failure{outcome: outcome.OutcomeHostUnreachable}
	case is(syscall.ENETUNREACH):
		return failure{outcome: outcome.OutcomeNetworkUnreachable}
	case ev.scheme == "http" && beginsTLS(ev.began):
		return failure{outcome: outcome.OutcomeWrongSchemeHTTPS}
	case ev.unsent:
		return failure{outcome: outcome.OutcomeClosedSending, detail: map[string]string{"error": clip(err.Error(), 200)}}
	case is(syscall.ECONNRESET), is(syscall.EPIPE), is(syscall.ECONNABORTED):
		return failure{outcome: ev.orWrongScheme(outcome.OutcomeConnectionReset)}
	case is(io.EOF), is(io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle connection"):
		return failure{outcome: ev.orWrongScheme(outcome.OutcomeClosedEarly)}
	}
	return failure{outcome: outcome.OutcomeClosedEarly, detail: map[string]string{"error": clip(err.Error(), 200)}}
}

// orWrongScheme classifies a connection that ends before a byte came: on the port of HTTPS the server most likely waited
// for a handshake.
func (ev evidence) orWrongScheme(otherwise string) string {
	if ev.scheme == "http" && ev.port == "443" && ev.began == "" {
		return outcome.OutcomeWrongSchemeHTTPS
	}
	return otherwise
}

// beginsTLS recognizes an alert or a handshake record.
func beginsTLS(began string) bool {
	return strings.HasPrefix(began, "\x15\x03") || strings.HasPrefix(began, "\x16\x03")
}

// quoted is foreign text as evidence: shortened, with unprintable characters made visible.
func quoted(s string) string {
	q := strconv.QuoteToASCII(clip(s, beganBytes))
	return q[1 : len(q)-1]
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
