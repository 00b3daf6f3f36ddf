package attempt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"iozen/sender/target"
)

const (
	// attemptBudget is the one limit of an attempt, from dialling to the end of the answer (contract 1).
	attemptBudget = 30 * time.Second
	// bodyBudget is how much of it the answer's body gets once the headers have come.
	bodyBudget = 5 * time.Second
	// connectionLife bounds how long a connection is used, so that a change of the endpoint's address counts.
	connectionLife = time.Minute
	// idleLife is short: an endpoint may close an idle connection just as we send on it.
	idleLife = 5 * time.Second
	// maxResponseHeader bounds what is read of an answer before its body. 64 KiB of the shortest headers cost 2 MB
	// of memory (decision 0030).
	maxResponseHeader = 32 << 10
)

// ClientConfig holds what a client needs; only Allow, Own and Version matter, the rest has defaults.
type ClientConfig struct {
	Allow   target.Allow
	Own     target.Own // addresses that are never asked, even if they are public
	Version string
	Now     func() time.Time
	Log     *slog.Logger // logs panics; nil: they are not logged

	Resolver DNS            // nil: the system's name servers
	RootCAs  *x509.CertPool // nil: the system's
	MaxIdle  int            // idle connections kept per host; 0: 64

	Budget time.Duration // how long an attempt may take; 0: 30 s
	// Connect makes the connection to an address that passed the guard; nil: the kernel, which asks the guard again.
	Connect func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client makes the requests: deliveries and tests alike, behind the same guard, with the same limits. It never
// follows a redirect, never uses a proxy, never repeats a POST, never keeps a cookie.
type Client struct {
	cfg     ClientConfig
	notKept notKept
	secrets secretMasks
	formats formats

	mu      sync.Mutex
	current *http.Transport
	born    time.Time
}

// NewClient makes a client.
func NewClient(cfg ClientConfig) *Client {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Resolver == nil {
		cfg.Resolver = NewDNS(nil)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxIdle == 0 {
		cfg.MaxIdle = 64
	}
	if cfg.Budget == 0 {
		cfg.Budget = attemptBudget
	}
	return &Client{cfg: cfg}
}

// Close closes idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil {
		c.current.CloseIdleConnections()
	}
}

// transport returns the transport of this minute. A new one each connectionLife is the simplest way to an
// upper bound on a connection's age: requests under way finish on the old one.
func (c *Client) transport() *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil || time.Since(c.born) > connectionLife {
		if c.current != nil {
			c.current.CloseIdleConnections()
		}
		c.current, c.born = c.newTransport(), time.Now()
	}
	return c.current
}

func (c *Client) newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // the environment's proxies would bypass the guard
		DialContext:            c.dial,
		TLSClientConfig:        &tls.Config{RootCAs: c.cfg.RootCAs, MinVersion: tls.VersionTLS12, GetClientCertificate: noCertificate},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // an answer that is compressed anyway is unpacked within our own bounds
		MaxIdleConns:           4096,
		MaxIdleConnsPerHost:    c.cfg.MaxIdle,
		IdleConnTimeout:        idleLife,
		TLSHandshakeTimeout:    c.cfg.Budget, // a handshake outlives the request that it was begun for
		MaxResponseHeaderBytes: maxResponseHeader,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerConnection: 1 << 20,
			MaxReceiveBufferPerStream:     streamWindow,
			SendPingTimeout:               15 * time.Second,
			WriteByteTimeout:              c.cfg.Budget, // an endpoint that never reads must not hold the connection forever
		},
	}
}

// noCertificate records that a server asked for a client certificate, and sends none. Many servers say only "handshake
// failure" when they get none.
func noCertificate(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	traceOf(info.Context()).certificateWanted()
	return &tls.Certificate{}, nil
}

// DNS looks up names.
type DNS interface {
	// Lookup returns all addresses of a host name, or an error that says how the lookup failed.
	Lookup(ctx context.Context, host string) ([]net.IPAddr, error)
}
