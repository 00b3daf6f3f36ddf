package attempt

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"iozen/sender/outcome"
	"iozen/sender/ssrftest"
	"iozen/sender/target"
	"iozen/store"
)

// dnsAnswer makes one reply with a result code and the addresses that are of the question's kind.
func dnsAnswer(q dnsmessage.Question, id uint16, code dnsmessage.RCode, addrs ...string) []byte {
	var parsed []netip.Addr
	for _, a := range addrs {
		parsed = append(parsed, netip.MustParseAddr(a))
	}
	return ssrftest.Records(q, id, code, "", parsed)
}

// dnsSays always replies with the same code and addresses.
func dnsSays(code dnsmessage.RCode, addrs ...string) ssrftest.Replies {
	return func(q dnsmessage.Question, _ bool, id uint16) [][]byte {
		return [][]byte{dnsAnswer(q, id, code, addrs...)}
	}
}

func TestNamesThatLeadNowhere(t *testing.T) {
	lookup := func(reply ssrftest.Replies) func(*ClientConfig) {
		return func(cfg *ClientConfig) { cfg.Resolver = NewDNS(ssrftest.StartNameServer(t, reply).Dial) }
	}
	failed := fault{outcome: outcome.OutcomeDNSFailed, error: "DNS lookup failed", cause: "The name servers of hook.example answered with an error", fix: "check your DNS provider"}
	silent := fault{outcome: outcome.OutcomeTimeout, error: "Request timed out", cause: "Looking up the name hook.example took too long", fix: "check your DNS provider"}
	like := func(f fault, name string, reply ssrftest.Replies) fault {
		f.name, f.config = name, lookup(reply)
		return f
	}
	faults := []fault{
		like(fault{outcome: outcome.OutcomeDNSNotFound, error: "Name not found", cause: "hook.example does not exist", fix: "Check the spelling of the host in the Webhook URL."},
			"no such name", dnsSays(dnsmessage.RCodeNameError)),
		like(fault{outcome: outcome.OutcomeDNSNoAddress, error: "Name has no address", cause: "hook.example has no address", fix: "Ask your DNS provider to add one"},
			"no address", dnsSays(dnsmessage.RCodeSuccess)),
		like(failed, "server failure", dnsSays(dnsmessage.RCodeServerFailure)),
		like(failed, "one family fails, the other is empty", func(q dnsmessage.Question, _ bool, id uint16) [][]byte {
			code := dnsmessage.RCodeSuccess
			if q.Type == dnsmessage.TypeA {
				code = dnsmessage.RCodeServerFailure
			}
			return [][]byte{dnsAnswer(q, id, code)}
		}),
		like(fault{outcome: outcome.OutcomeDNSRefused, error: "DNS lookup failed", cause: "The name servers of hook.example refused to answer", fix: "check your DNS provider"},
			"refused", dnsSays(dnsmessage.RCodeRefused)),
		like(silent, "silent", func(dnsmessage.Question, bool, uint16) [][]byte { return nil }),
		like(silent, "three bytes of garbage", func(dnsmessage.Question, bool, uint16) [][]byte { return [][]byte{{1, 2, 3}} }),
		like(silent, "a spoofed id", func(q dnsmessage.Question, _ bool, id uint16) [][]byte {
			return [][]byte{dnsAnswer(q, id+1, dnsmessage.RCodeSuccess, "127.0.0.1")}
		}),
		like(silent, "an answer to another question", func(q dnsmessage.Question, _ bool, id uint16) [][]byte {
			q.Name = dnsmessage.MustNewName("evil.example.")
			return [][]byte{dnsAnswer(q, id, dnsmessage.RCodeSuccess, "127.0.0.1")}
		}),
		like(silent, "a datagram of 60 KiB", func(dnsmessage.Question, bool, uint16) [][]byte { return [][]byte{make([]byte, 60<<10)} }),
		like(failed, "cut short, and nobody there over TCP", func(q dnsmessage.Question, overTCP bool, id uint16) [][]byte {
			if overTCP {
				return nil
			}
			return [][]byte{cutShort(q, id)}
		}),
	}
	for i := range faults {
		faults[i].phase = store.PhaseDNS
	}
	requireFaults(t, faults)
}

// cutShort is a reply with the bit that asks for TCP.
func cutShort(q dnsmessage.Question, id uint16) []byte {
	m := dnsAnswer(q, id, dnsmessage.RCodeSuccess)
	m[2] |= 0x02
	return m
}

// A name that leads somewhere is used, whatever else its name servers do.
func TestNamesThatLeadSomewhere(t *testing.T) {
	servedAt := func(reply ssrftest.Replies) func(*ClientConfig) {
		return func(cfg *ClientConfig) { cfg.Resolver = NewDNS(ssrftest.StartNameServer(t, reply).Dial) }
	}
	requireFaults(t, []fault{
		{name: "one address", endpoint: answersAndStays(ok), config: servedAt(dnsSays(dnsmessage.RCodeSuccess, "127.0.0.1")), status: 200},
		{name: "over TCP, after a reply that was cut short", endpoint: answersAndStays(ok), config: servedAt(func(q dnsmessage.Question, overTCP bool, id uint16) [][]byte {
			if overTCP {
				return [][]byte{dnsAnswer(q, id, dnsmessage.RCodeSuccess, "127.0.0.1")}
			}
			return [][]byte{cutShort(q, id)}
		}), status: 200},
		{name: "a spoofed reply before the true one", endpoint: answersAndStays(ok), config: servedAt(func(q dnsmessage.Question, _ bool, id uint16) [][]byte {
			return [][]byte{dnsAnswer(q, id+1, dnsmessage.RCodeNameError), dnsAnswer(q, id, dnsmessage.RCodeSuccess, "127.0.0.1")}
		}), status: 200},
		{name: "the IPv6 address refuses", endpoint: answersAndStays(ok), config: servedAt(dnsSays(dnsmessage.RCodeSuccess, "127.0.0.1", "::1")), status: 200},
		{name: "the first of two addresses refuses", endpoint: answersAndStays(ok), config: servedAt(dnsSays(dnsmessage.RCodeSuccess, "127.0.0.9", "127.0.0.1")), status: 200},
		{name: "64 addresses, all dead", config: servedAt(dnsSays(dnsmessage.RCodeSuccess, loopbacks(64)...)), outcome: outcome.OutcomeConnectionRefused, phase: store.PhaseConnect, error: "Connection refused"},
	})
}

func loopbacks(n int) []string {
	addrs := make([]string, n)
	for i := range addrs {
		addrs[i] = fmt.Sprintf("127.0.1.%d", i+1)
	}
	return addrs
}

// A name whose addresses may not be reached is refused before anything is dialled, at every attempt anew.
func TestNamesThatLeadToForbiddenAddresses(t *testing.T) {
	leadsTo := func(addrs ...string) func(*ClientConfig) {
		return func(cfg *ClientConfig) {
			cfg.Allow, cfg.Resolver = target.Allow{}, names{"hook.example": addrs}
			cfg.Connect = func(context.Context, string, string) (net.Conn, error) {
				t.Error("nothing may be dialled")
				return nil, io.EOF
			}
		}
	}
	blocked := func(name, cause, fix string, addrs ...string) fault {
		return fault{name: name, config: leadsTo(addrs...), outcome: outcome.OutcomeBlocked, phase: store.PhaseConnect, error: "Blocked address", cause: cause, fix: fix}
	}
	requireFaults(t, []fault{
		blocked("private", "hook.example leads to 10.0.0.5 (a private network)", "IOZEN_ALLOW_TARGETS=10.0.0.5/32", "10.0.0.5"),
		blocked("metadata", "hook.example leads to 169.254.169.254 (a link-local network, where cloud metadata lives)", "IOZEN_ALLOW_TARGETS=169.254.169.254/32", "169.254.169.254"),
		blocked("private IPv6", "hook.example leads to fd00::1", "IOZEN_ALLOW_TARGETS=fd00::1/128", "fd00::1"),
		blocked("public and private", "hook.example leads to 10.0.0.5", "Use a public address", "93.184.216.34", "10.0.0.5"),
		blocked("public, and private in the other family", "hook.example leads to ::1", "Use a public address", "93.184.216.34", "::1"),
	})
}

// The lookup has no limit of its own: only the attempt's ends it (contract 2).
func TestALookupGoesOnAsLongAsTheAttempt(t *testing.T) {
	t.Parallel()
	const enough = 100 // far more than the tries of one lookup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var asked atomic.Int64
	dns := NewDNS(func(context.Context, string, string) (net.Conn, error) {
		if asked.Add(1) == enough {
			cancel()
		}
		return nil, &net.OpError{Op: "dial", Err: timeoutError{}} // what a silent server comes to after 5 s
	})
	began := time.Now()
	_, err := dns.Lookup(ctx, "hook.example")
	require.ErrorIs(t, err, context.Canceled)
	require.Greater(t, time.Since(began), 4*lookupPause, "not in a hurry")
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// R5: the C library would read these as addresses; here they are names that nobody has.
func TestOtherNotationsOfAnAddressAreNames(t *testing.T) {
	dns := NewDNS(ssrftest.StartNameServer(t, dnsSays(dnsmessage.RCodeNameError)).Dial)
	for _, host := range []string{"127.1", "0177.0.0.1", "2130706433", "0x7f000001", "0", "127.0.0.1."} {
		addrs, err := dns.Lookup(t.Context(), host)
		require.Error(t, err, "%s: %v", host, addrs)
	}
}

func FuzzNoteOfADNSReply(f *testing.F) {
	q := dnsmessage.Question{Name: dnsmessage.MustNewName("hook.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}
	f.Add(dnsAnswer(q, 1, dnsmessage.RCodeSuccess, "127.0.0.1"))
	f.Add([]byte{1, 2, 3})
	f.Add([]byte(strings.Repeat("\xc0", 100)))
	f.Fuzz(func(t *testing.T, message []byte) {
		r := NewDNS(nil).(*resolver)
		r.note(message)
		require.LessOrEqual(t, len(r.replies), 1)
	})
}
