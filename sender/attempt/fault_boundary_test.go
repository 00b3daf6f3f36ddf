package attempt

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
)

// slowPath is a network without a kernel, in the time of a synctest bubble, that is late in one phase.
type slowPath struct {
	late        store.Phase
	by          time.Duration
	firstByteAt time.Duration   // of the answer, when late is the body
	certificate tls.Certificate // only for being late in TLS
}

// pause waits for by, if this is the phase that is late, or until ctx ends.
func (s slowPath) pause(ctx context.Context, phase store.Phase) error {
	if s.late != phase {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(s.by):
		return nil
	}
}

func (s slowPath) Lookup(ctx context.Context, _ string) ([]net.IPAddr, error) {
	return []net.IPAddr{{IP: net.IPv4(93, 184, 216, 34)}}, s.pause(ctx, store.PhaseDNS)
}

func (s slowPath) connect(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := s.pause(ctx, store.PhaseConnect); err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	go s.serve(theirs)
	return ours, nil
}

func (s slowPath) serve(conn net.Conn) {
	defer conn.Close()
	ctx := context.Background()
	if s.late == store.PhaseTLS {
		_ = s.pause(ctx, store.PhaseTLS)
		conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.certificate}})
	}
	p := newPeer(conn, nil)
	_ = s.pause(ctx, store.PhaseSend)
	if p.request() == nil {
		return
	}
	_ = s.pause(ctx, store.PhaseFirstByte)
	p.write("HTTP/1.1 200 OK\r\n")
	_ = s.pause(ctx, phaseHeaders)
	time.Sleep(s.firstByteAt)
	p.write("Content-Length: 2\r\n\r\n")
	_ = s.pause(ctx, store.PhaseBody)
	p.write("ok")
}

// attempt makes an attempt over the slow path, with the limits of real ones.
func (s slowPath) attempt(t *testing.T) store.Attempt {
	return s.attemptAfter(t, s)
}

// attemptAfter uses another lookup than the path's own.
func (s slowPath) attemptAfter(t *testing.T, lookup DNS) store.Attempt {
	ca := newAuthority(t, "Test CA")
	s.certificate = ca.issue(t, nil)
	c := NewClient(ClientConfig{Resolver: lookup, RootCAs: ca.pool(), Connect: s.connect})
	d := sendertest.Delivery()
	if s.late == store.PhaseSend {
		d.Payload = make([]byte, 100<<10) // net/http counts a small request as sent once it is in its buffer
	}
	url := "http://hook.example/"
	if s.late == store.PhaseTLS {
		url = "https://hook.example/"
	}
	a := c.Attempt(t.Context(), sendertest.Webhook(url), d)
	time.Sleep(time.Minute) // of the bubble: whatever was still under way has come to its end, or the test fails
	return a
}

// The 30 s are one Budget: whichever phase takes 29.9 s, the answer counts; at 30.1 s no phase gets it.
func TestTheBoundaryOf30Seconds(t *testing.T) {
	for _, phase := range []store.Phase{store.PhaseDNS, store.PhaseConnect, store.PhaseTLS, store.PhaseSend, store.PhaseFirstByte, phaseHeaders} {
		t.Run(string(phase), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := slowPath{late: phase, by: 29_900 * time.Millisecond}.attempt(t)
				require.Equal(t, 200, a.StatusCode, a.Outcome)
				require.Empty(t, a.Outcome)
				require.Equal(t, 29_900*time.Millisecond, a.Duration)
			})
			synctest.Test(t, func(t *testing.T) {
				a := slowPath{late: phase, by: 30_100 * time.Millisecond}.attempt(t)
				require.Equal(t, outcome.OutcomeTimeout, a.Outcome)
				require.Zero(t, a.StatusCode)
				require.Equal(t, 30*time.Second, a.Duration)
				want := phase
				if want == phaseHeaders {
					want = store.PhaseFirstByte
				}
				require.Equal(t, want, a.FailedPhase)
				require.Equal(t, string(phase), a.Detail["phase"])
			})
		})
	}
}

// Once there are headers the body has 5 s, and never more than the 30 have left.
func TestTheBoundaryOfTheBody(t *testing.T) {
	for name, c := range map[string]struct {
		headersAt, bodyAfter, took time.Duration
		outcome                    string
	}{
		"just in time":           {0, 4900 * time.Millisecond, 4900 * time.Millisecond, ""},
		"too late":               {0, 5100 * time.Millisecond, 5 * time.Second, outcome.OutcomeBodyEndless},
		"late but within the 30": {27 * time.Second, 2900 * time.Millisecond, 29900 * time.Millisecond, ""},
		"past the 30":            {27 * time.Second, 3100 * time.Millisecond, 30 * time.Second, outcome.OutcomeBodyEndless},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := slowPath{late: store.PhaseBody, by: c.bodyAfter, firstByteAt: c.headersAt}.attempt(t)
				require.Equal(t, 200, a.StatusCode)
				require.Equal(t, c.outcome, a.Outcome)
				require.Equal(t, c.took, a.Duration)
				require.True(t, a.Delivered())
			})
		})
	}
}

// Phases are parts of one whole: a slow lookup leaves less for the others.
func TestPhasesShareTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := slowPath{late: store.PhaseFirstByte, by: 11 * time.Second}.attemptAfter(t, slowPath{late: store.PhaseDNS, by: 10 * time.Second})
		require.Equal(t, 200, a.StatusCode)
		require.Equal(t, 21*time.Second, a.Duration)
		require.Equal(t, 10*time.Second, a.Phases.DNS)
		require.Equal(t, 11*time.Second, a.Phases.FirstByte)
	})
}

// Cancelled while it dials, an attempt ends at once, and so does the dial.
func TestCancellingEndsADial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan time.Duration, 1)
		started := time.Now()
		c := NewClient(ClientConfig{Resolver: names{"hook.example": {"93.184.216.34"}}, Connect: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			ended <- time.Since(started)
			return nil, ctx.Err()
		}})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4*time.Second, cancel)
		a := c.Attempt(ctx, sendertest.Webhook("https://hook.example/"), sendertest.Delivery())
		require.Equal(t, outcome.OutcomeCancelled, a.Outcome)
		require.Equal(t, "4000", a.Detail["after_ms"])
		require.Equal(t, 4*time.Second, <-ended)
	})
}

// Many dead addresses share the time: the last one is still tried.
func TestDeadAddressesShareTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried []string
		c := NewClient(ClientConfig{Resolver: names{"hook.example": {"93.184.216.1", "93.184.216.2", "93.184.216.3"}}, Connect: func(ctx context.Context, _, address string) (net.Conn, error) {
			tried = append(tried, address)
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		a := c.Attempt(t.Context(), sendertest.Webhook("http://hook.example/"), sendertest.Delivery())
		require.Equal(t, outcome.OutcomeTimeout, a.Outcome)
		require.Equal(t, store.PhaseConnect, a.FailedPhase)
		require.Equal(t, 30*time.Second, a.Duration)
		synctest.Wait()
		require.Equal(t, []string{"93.184.216.1:80", "93.184.216.2:80", "93.184.216.3:80"}, tried)
	})
}

// A connection is used for a minute at most: then the name is looked up again, and judged again.
func TestAChangeOfTheAddressCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lookup := names{"hook.example": {"93.184.216.34"}}
		var dialled []string
		c := NewClient(ClientConfig{Resolver: lookup, Connect: func(ctx context.Context, _, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			ours, theirs := net.Pipe()
			go func() {
				for p := newPeer(theirs, nil); p.request() != nil; {
					p.write(ok)
				}
			}()
			return ours, nil
		}})
		defer c.Close()
		outcomes := map[string]int{}
		for range 30 { // every 4 s, so that the connection is never idle for long
			outcomes[c.Attempt(t.Context(), sendertest.Webhook("http://hook.example/"), sendertest.Delivery()).Outcome]++
			lookup["hook.example"] = []string{"10.0.0.5"}
			time.Sleep(4 * time.Second)
		}
		require.Equal(t, []string{"93.184.216.34:80"}, dialled)
		require.Equal(t, map[string]int{"": 16, outcome.OutcomeBlocked: 14}, outcomes)
	})
}

// An endpoint may close an idle connection just as we send on it, so none is kept for more than 5 s.
func TestAnIdleConnectionIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		c := NewClient(ClientConfig{Resolver: names{"hook.example": {"93.184.216.34"}}, Connect: func(context.Context, string, string) (net.Conn, error) {
			dials++
			ours, theirs := net.Pipe()
			go func() {
				for p := newPeer(theirs, nil); p.request() != nil; {
					p.write(ok)
				}
			}()
			return ours, nil
		}})
		for _, want := range []struct {
			idle  time.Duration
			dials int
		}{{0, 1}, {4 * time.Second, 1}, {6 * time.Second, 2}, {time.Second, 2}} {
			time.Sleep(want.idle)
			require.Equal(t, 200, c.Attempt(t.Context(), sendertest.Webhook("http://hook.example/"), sendertest.Delivery()).StatusCode)
			require.Equal(t, want.dials, dials, want.idle)
		}
		time.Sleep(time.Minute) // of the bubble: nothing is left, though nobody closed the client
	})
}
