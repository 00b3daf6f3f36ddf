package attempt

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
)

// resolves is a lookup by a function.
type resolves func(ctx context.Context, host string) ([]net.IPAddr, error)

func (f resolves) Lookup(ctx context.Context, host string) ([]net.IPAddr, error) { return f(ctx, host) }

// nonsenseLookups are what no resolver should return, and what some do.
var nonsenseLookups = map[string]resolves{
	"nothing and no error": func(context.Context, string) ([]net.IPAddr, error) { return nil, nil },
	"an empty list":        func(context.Context, string) ([]net.IPAddr, error) { return []net.IPAddr{}, nil },
	"an address of nil":    func(context.Context, string) ([]net.IPAddr, error) { return []net.IPAddr{{}}, nil },
	"three bytes":          func(context.Context, string) ([]net.IPAddr, error) { return []net.IPAddr{{IP: net.IP{1, 2, 3}}}, nil },
	"17 bytes":             func(context.Context, string) ([]net.IPAddr, error) { return []net.IPAddr{{IP: make(net.IP, 17)}}, nil },
	"an empty DNSError":    func(context.Context, string) ([]net.IPAddr, error) { return nil, &net.DNSError{} },
	"an error": func(context.Context, string) ([]net.IPAddr, error) {
		return nil, errors.New("the name servers are on fire")
	},
	"EOF":               func(context.Context, string) ([]net.IPAddr, error) { return nil, io.EOF },
	"a typed nil error": func(context.Context, string) ([]net.IPAddr, error) { var e *net.DNSError; return nil, e },
	"an address and an EOF": func(context.Context, string) ([]net.IPAddr, error) {
		return []net.IPAddr{{IP: net.IPv4(127, 0, 0, 1)}}, io.EOF
	},
	"a zone": func(context.Context, string) ([]net.IPAddr, error) {
		return []net.IPAddr{{IP: net.IPv6loopback, Zone: "eth0"}}, nil
	},
	"the unspecified":        func(context.Context, string) ([]net.IPAddr, error) { return []net.IPAddr{{IP: net.IPv4zero}}, nil },
	"a panic":                func(context.Context, string) ([]net.IPAddr, error) { panic("lookup") },
	"a panic with nil error": func(context.Context, string) ([]net.IPAddr, error) { var e error; panic(e.Error()) },
}

// nonsenseConn is a connection every part of which can be wrong.
type nonsenseConn struct {
	net.Conn // nil: what is not set panics
	read     func(b []byte) (int, error)
	write    func(b []byte) (int, error)
}

func (c *nonsenseConn) Read(b []byte) (int, error)  { return c.read(b) }
func (c *nonsenseConn) Write(b []byte) (int, error) { return c.write(b) }
func (c *nonsenseConn) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
}
func (c *nonsenseConn) LocalAddr() net.Addr              { return nil }
func (c *nonsenseConn) SetDeadline(time.Time) error      { panic("deadline") }
func (c *nonsenseConn) SetReadDeadline(time.Time) error  { panic("deadline") }
func (c *nonsenseConn) SetWriteDeadline(time.Time) error { panic("deadline") }

func takes(b []byte) (int, error) { return len(b), nil }

func ends([]byte) (int, error) { return 0, io.EOF }

var nonsenseConns = map[string]func() (net.Conn, error){
	"nil":                 func() (net.Conn, error) { return nil, nil },
	"a typed nil":         func() (net.Conn, error) { var c *net.TCPConn; return c, nil },
	"a typed nil of TLS":  func() (net.Conn, error) { var c *tls.Conn; return c, nil },
	"a typed nil of ours": func() (net.Conn, error) { var c *nonsenseConn; return c, nil },
	"an empty TCPConn":    func() (net.Conn, error) { return &net.TCPConn{}, nil },
	"a typed nil error":   func() (net.Conn, error) { var e *net.OpError; return nil, e },
	"an empty OpError":    func() (net.Conn, error) { return nil, &net.OpError{} },
	"EOF":                 func() (net.Conn, error) { return nil, io.EOF },
	"a panic":             func() (net.Conn, error) { panic("dial") },
	"a read that panics":  func() (net.Conn, error) { return &nonsenseConn{write: takes}, nil },
	"a write that panics": func() (net.Conn, error) { return &nonsenseConn{read: ends}, nil },
	"an end at once":      func() (net.Conn, error) { return &nonsenseConn{read: ends, write: takes}, nil },
	"reads of nothing": func() (net.Conn, error) {
		return &nonsenseConn{read: func([]byte) (int, error) { return 0, nil }, write: takes}, nil
	},
	"reads of less": func() (net.Conn, error) {
		return &nonsenseConn{read: func([]byte) (int, error) { return -1, nil }, write: takes}, nil
	},
	"reads of more": func() (net.Conn, error) {
		return &nonsenseConn{read: func(b []byte) (int, error) { return len(b) + 1, nil }, write: takes}, nil
	},
	"zeros without end": func() (net.Conn, error) { return &nonsenseConn{read: takes, write: takes}, nil },
	"writes of less": func() (net.Conn, error) {
		return &nonsenseConn{read: ends, write: func([]byte) (int, error) { return -1, nil }}, nil
	},
	"writes of more": func() (net.Conn, error) {
		return &nonsenseConn{read: ends, write: func(b []byte) (int, error) { return len(b) + 1, nil }}, nil
	},
	"a pipe that is closed":  func() (net.Conn, error) { a, b := net.Pipe(); _ = b.Close(); return a, nil },
	"a pipe that is our own": func() (net.Conn, error) { a, b := net.Pipe(); _ = a.Close(); _ = b.Close(); return a, nil },
}

// requireSurvived requires what holds of every attempt, whatever it met.
func requireDiagnosed(t *testing.T, a store.Attempt) {
	t.Helper()
	d := outcome.DiagnoseAttempt(a)
	for _, text := range []string{d.Error, d.Cause, d.Fix, d.Sentence} {
		require.NotEmpty(t, text, a.Outcome)
		require.False(t, strings.ContainsAny(text, "{}[]"), "%s: %s", a.Outcome, text)
	}
}

func requireSurvived(t *testing.T, a store.Attempt) {
	t.Helper()
	require.False(t, a.Delivered(), "status %d", a.StatusCode)
	require.NotEmpty(t, a.Outcome)
	requireDiagnosed(t, a)
	decision := outcome.DefaultSchedule.Decide(a, 1, a.StartedAt, 0.5)
	require.Equal(t, store.Retrying, decision.Status, "it spends an attempt and follows the schedule")
}

func TestNonsenseOfAResolverIsAnAttemptThatFailed(t *testing.T) {
	for name, lookup := range nonsenseLookups {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				c := NewClient(ClientConfig{Allow: sendertest.Loopback(t), Resolver: lookup, Budget: time.Second, Connect: func(context.Context, string, string) (net.Conn, error) { return nil, io.EOF }})
				defer c.Close()
				requireSurvived(t, c.Attempt(t.Context(), sendertest.Webhook(scheme+"://hook.example/"), sendertest.Delivery()))
			})
		}
	}
}

func TestNonsenseOfADialerIsAnAttemptThatFailed(t *testing.T) {
	for name, dial := range nonsenseConns {
		for host, addrs := range map[string][]string{"one.example": {"127.0.0.1"}, "two.example": {"127.0.0.1", "127.0.0.2"}, "both.example": {"127.0.0.1", "::1"}} {
			for _, scheme := range []string{"http", "https"} {
				t.Run(name+" "+host+" "+scheme, func(t *testing.T) {
					c := NewClient(ClientConfig{
						Allow: sendertest.Loopback(t), Resolver: names{host: addrs}, Budget: 500 * time.Millisecond,
						Connect: func(context.Context, string, string) (net.Conn, error) { return dial() },
					})
					defer c.Close()
					requireSurvived(t, c.Attempt(t.Context(), sendertest.Webhook(scheme+"://"+host+"/"), sendertest.Delivery()))
				})
			}
		}
	}
}

func TestANameWithoutAnyAddressSaysSo(t *testing.T) {
	for _, host := range []string{"x.onion", "X.Onion", "a.b.onion", "x.onion."} {
		c := NewClient(ClientConfig{Resolver: NewDNS(func(context.Context, string, string) (net.Conn, error) {
			t.Errorf("nobody is asked for %s", host)
			return nil, io.EOF
		})})
		a := c.Attempt(t.Context(), sendertest.Webhook("http://"+host+"/"), sendertest.Delivery())
		c.Close()
		require.Equal(t, outcome.OutcomeDNSNoAddress, a.Outcome, host)
		require.Equal(t, store.PhaseDNS, a.FailedPhase)
	}
}

// A panic is logged whole, and what it might have left half done is not kept.
func TestAPanicIsLoggedWholeAndSpendsTheAttempt(t *testing.T) {
	var log bytes.Buffer
	c := NewClient(ClientConfig{
		Allow: sendertest.Loopback(t), Log: slog.New(slog.NewTextHandler(&log, nil)),
		Resolver: resolves(func(context.Context, string) ([]net.IPAddr, error) { panic("poisoned") }),
	})
	defer c.Close()
	d := sendertest.Delivery()
	a := c.Attempt(t.Context(), sendertest.Webhook("http://hook.example/"), d)
	require.Equal(t, outcome.OutcomeOwnFault, a.Outcome)
	require.Equal(t, 1, a.Number)
	require.Equal(t, "ioZen failed", outcome.DiagnoseAttempt(a).Error)
	require.Contains(t, log.String(), "poisoned")
	require.Contains(t, log.String(), "TestAPanicIsLoggedWhole", "the stack of the goroutine that panicked")
	require.Contains(t, log.String(), d.ID.String())
}

// What the endpoint said before something of ours went wrong still decides: it took the event.
func TestAPanicWhileReadingAnAnswerLeavesItsStatus(t *testing.T) {
	for _, status := range []int{200, 500} {
		header := []byte("HTTP/1.1 " + map[int]string{200: "200 OK", 500: "500 No"}[status] + "\r\nContent-Length: 9\r\n\r\nno")
		asked := make(chan struct{})
		c := NewClient(ClientConfig{
			Allow: sendertest.Loopback(t), Resolver: names{"hook.example": {"127.0.0.1"}}, Budget: 5 * time.Second,
			Connect: func(context.Context, string, string) (net.Conn, error) {
				reads := 0
				return &nonsenseConn{
					write: func(b []byte) (int, error) {
						if bytes.Contains(b, []byte("POST ")) {
							close(asked)
						}
						return len(b), nil
					},
					read: func(b []byte) (int, error) {
						if reads++; reads > 1 {
							panic("in the body")
						}
						<-asked
						return copy(b, header), nil
					},
				}, nil
			},
		})
		a := c.Attempt(t.Context(), sendertest.Webhook("http://hook.example/"), sendertest.Delivery())
		c.Close()
		require.Equal(t, status, a.StatusCode)
		require.Equal(t, status == 200, a.Delivered())
		require.Equal(t, outcome.OutcomeOwnFault, a.Outcome)
	}
}

// FuzzAttempt drives an attempt with a lookup, a dialer and a server that return any nonsense.
func FuzzAttempt(f *testing.F) {
	lookups, dials := sortedKeys(nonsenseLookups), sortedKeys(nonsenseConns)
	for i := range max(len(lookups), len(dials)) {
		f.Add(uint8(i), uint8(255), []byte("x"), uint8(i))
		f.Add(uint8(255), uint8(i), []byte(tail), uint8(i))
	}
	for _, answer := range tailed {
		f.Add(uint8(255), uint8(255), []byte(answer), uint8(7))
	}
	f.Fuzz(func(t *testing.T, lookup, dial uint8, answer []byte, size uint8) {
		cfg := ClientConfig{Allow: sendertest.Loopback(t), Resolver: names{"hook.example": {"127.0.0.1", "::1"}}, Budget: 300 * time.Millisecond}
		if int(lookup) < len(lookups) {
			cfg.Resolver = nonsenseLookups[lookups[lookup]]
		}
		cfg.Connect = func(context.Context, string, string) (net.Conn, error) {
			if int(dial) < len(dials) {
				return nonsenseConns[dials[dial]]()
			}
			return serving(answer, int(size)+1), nil
		}
		c := NewClient(cfg)
		defer c.Close()
		for _, url := range []string{"http://hook.example/", "https://hook.example/"} {
			a := c.Attempt(t.Context(), sendertest.Webhook(url), sendertest.Delivery())
			require.Less(t, a.Duration, 10*time.Second)
			require.True(t, a.StatusCode != 0 || a.Outcome != "")
			if a.Outcome != "" {
				requireDiagnosed(t, a)
			}
		}
	})
}

// serving is a connection to a server that writes an answer in pieces, and ends.
func serving(answer []byte, piece int) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		buf := make([]byte, 64<<10)
		if _, err := theirs.Read(buf); err != nil {
			return
		}
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		for len(answer) > 0 {
			n, err := theirs.Write(answer[:min(piece, len(answer))])
			if err != nil {
				return
			}
			answer = answer[n:]
		}
	}()
	return ours
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
