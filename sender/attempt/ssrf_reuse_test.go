package attempt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
)

// A kept connection belongs to the host that it was made for. One that an allowed name opened serves no other name,
// though it leads to the same address and port: not over HTTP/1.1, and not over HTTP/2, where a client may share a
// connection among all the names of a certificate.
func TestAKeptConnectionServesNoOtherHost(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	both := ca.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"inner.corp.example", "outer.example"} })
	h1 := func(p *peer) {
		for p.request() != nil {
			p.write(ok)
		}
	}
	h2 := overH2(both, func(h *h2peer) {
		for s := h.request(); s != 0; s = h.request() {
			h.status(s, 200, true)
		}
	})
	for name, c := range map[string]struct {
		scheme, protocol string
		endpoint         behaviour
	}{
		"HTTP/1.1":          {"http", "HTTP/1.1", h1},
		"HTTP/1.1 over TLS": {"https", "HTTP/1.1", overTLS(&tls.Config{Certificates: []tls.Certificate{both}}, h1)},
		"HTTP/2":            {"https", "HTTP/2.0", h2},
	} {
		t.Run(name, func(t *testing.T) {
			e := startEndpoint(t, c.endpoint)
			client := NewClient(ClientConfig{
				Allow: sendertest.Allow(t, "inner.corp.example"), RootCAs: ca.pool(),
				Resolver: names{"inner.corp.example": {"127.0.0.1"}, "outer.example": {"127.0.0.1"}},
			})
			defer client.Close()
			for range 2 {
				a := client.Attempt(t.Context(), sendertest.Webhook(c.scheme+"://inner.corp.example:"+e.port()+"/"), sendertest.Delivery())
				require.Equal(t, 200, a.StatusCode, a.Outcome)
				require.Equal(t, c.protocol, a.Protocol)
			}
			require.Equal(t, 1, e.connections(), "the connection is kept")
			for _, host := range []string{"outer.example", "127.0.0.1", "OUTER.example."} {
				a := client.Attempt(t.Context(), sendertest.Webhook(c.scheme+"://"+host+":"+e.port()+"/"), sendertest.Delivery())
				require.Equal(t, outcome.OutcomeBlocked, a.Outcome, host)
				require.Equal(t, "127.0.0.1", a.Detail["address"])
			}
			require.Equal(t, 1, e.connections())
		})
	}
}

// While a connection is being made for one host, another host's request neither waits for it nor takes it.
func TestADialServesNoOtherHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		client := NewClient(ClientConfig{
			Allow:    sendertest.Allow(t, "inner.corp.example"),
			Resolver: names{"inner.corp.example": {"10.9.9.9"}, "outer.example": {"10.9.9.9"}},
			Connect: func(context.Context, string, string) (net.Conn, error) {
				<-release
				ours, theirs := net.Pipe()
				go answersAndStays(ok)(newPeer(theirs, nil))
				return ours, nil
			},
		})
		inner := make(chan string)
		go func() {
			inner <- client.Attempt(t.Context(), sendertest.Webhook("http://inner.corp.example/"), sendertest.Delivery()).Outcome
		}()
		synctest.Wait()
		require.Equal(t, outcome.OutcomeBlocked, client.Attempt(t.Context(), sendertest.Webhook("http://outer.example/"), sendertest.Delivery()).Outcome)
		close(release)
		require.Empty(t, <-inner)
		require.Equal(t, outcome.OutcomeBlocked, client.Attempt(t.Context(), sendertest.Webhook("http://outer.example/"), sendertest.Delivery()).Outcome)
		client.Close()
		time.Sleep(time.Minute)
	})
}
