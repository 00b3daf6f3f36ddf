package attempt

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
)

// arrivals is an endpoint that notes which deliveries came.
type arrivals struct {
	*httptest.Server
	mu  sync.Mutex
	ids map[string]bool
}

func newArrivals(t *testing.T, protocol string) (*arrivals, *Client) {
	t.Helper()
	a := &arrivals{ids: map[string]bool{}}
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.ids[r.Header.Get("Webhook-Id")] = true
	}))
	a.Config.ErrorLog = log.New(io.Discard, "", 0) // it logs connections that are given up
	t.Cleanup(a.Close)
	roots := x509.NewCertPool()
	switch protocol {
	case "HTTP/1.1":
		a.Start()
	case "HTTP/2":
		a.EnableHTTP2 = true
		fallthrough
	default:
		a.StartTLS()
		roots.AddCert(a.Certificate())
	}
	c := NewClient(ClientConfig{Allow: sendertest.Loopback(t), RootCAs: roots})
	t.Cleanup(c.Close)
	return a, c
}

func (a *arrivals) came(id uuid.UUID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ids[id.String()]
}

var protocols = []string{"HTTP/1.1", "HTTP/1.1 over TLS", "HTTP/2"}

func TestARequestTakenBackWhileItConnectsNeverArrives(t *testing.T) {
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			endpoint, c := newArrivals(t, protocol)
			ctx, departure, done := NewDeparture(t.Context())
			defer done()
			c.cfg.Connect = func(ctx context.Context, network, address string) (net.Conn, error) {
				departure.Recall()
				return new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, address)
			}
			d := sendertest.Delivery()
			require.Equal(t, outcome.OutcomeCancelled, c.Attempt(ctx, sendertest.Webhook(endpoint.URL), d).Outcome)
			require.True(t, departure.IsRecalled())
			require.False(t, endpoint.came(d.ID))
		})
	}
}

func TestARequestTakenBackBeforeItBeginsIsNotMade(t *testing.T) {
	endpoint, c := newArrivals(t, "HTTP/1.1")
	ctx, departure, done := NewDeparture(t.Context())
	defer done()
	departure.Recall()
	d := sendertest.Delivery()
	require.Equal(t, outcome.OutcomeCancelled, c.Attempt(ctx, sendertest.Webhook(endpoint.URL), d).Outcome)
	require.False(t, endpoint.came(d.ID))
}

func TestWhatHasLeftCannotBeTakenBack(t *testing.T) {
	endpoint, c := newArrivals(t, "HTTP/1.1")
	ctx, departure, done := NewDeparture(t.Context())
	defer done()
	d := sendertest.Delivery()
	require.Equal(t, 200, c.Attempt(ctx, sendertest.Webhook(endpoint.URL), d).StatusCode)
	departure.Recall()
	require.False(t, departure.IsRecalled())
	require.True(t, endpoint.came(d.ID))
}

// TestWheneverARequestIsTakenBackItEitherArrivesOrWasInTime takes requests back at any moment of their way, on
// connections that are kept.
func TestWheneverARequestIsTakenBackItEitherArrivesOrWasInTime(t *testing.T) {
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			endpoint, c := newArrivals(t, protocol)
			for range 300 {
				ctx, departure, done := NewDeparture(t.Context())
				d := sendertest.Delivery()
				var recalling sync.WaitGroup
				after := rand.N(200 * time.Microsecond)
				recalling.Go(func() {
					for began := time.Now(); time.Since(began) < after; {
					}
					departure.Recall()
				})
				a := c.Attempt(ctx, sendertest.Webhook(endpoint.URL), d)
				recalling.Wait()
				if departure.IsRecalled() {
					require.False(t, a.Delivered())
				}
				require.Equal(t, !departure.IsRecalled(), endpoint.came(d.ID), "%s %d", a.Outcome, a.StatusCode)
				done()
			}
		})
	}
}
