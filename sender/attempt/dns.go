package attempt

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"iozen/sender/outcome"
	"iozen/store/rescue"
)

// resolver asks the hosts file, then the name servers, and reads the result codes of their replies, because net.Resolver gives the
// same error for a name that does not exist and for one without an address (fault matrix R4).
type resolver struct {
	net   *net.Resolver
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	hosts hostsFile

	mu      sync.Mutex
	replies map[dnsQuestion]dnsReply
}

// dnsQuestion is a lower-case name with its final dot, and a kind of address.
type dnsQuestion struct {
	name string
	kind dnsmessage.Type
}

// dnsReply is what the last reply to a question said.
type dnsReply struct {
	code dnsmessage.RCode
	at   time.Time
}

const (
	// maxReplies bounds the memory of replies; they matter only for the moment after a failed lookup.
	maxReplies = 1024
	// lookupPause is between the rounds of a lookup that nobody answers.
	lookupPause = 250 * time.Millisecond
)

// lookupError is a failed lookup with the outcome that it means.
type lookupError struct {
	outcome string
	err     error
}

func (e *lookupError) Error() string { return e.err.Error() }
func (e *lookupError) Unwrap() error { return e.err }

// asLookupError makes any error of a lookup a lookupError.
func asLookupError(err error) error {
	var known *lookupError
	var de *net.DNSError
	switch {
	case errors.As(err, &known), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &de) && de.IsNotFound:
		return &lookupError{outcome: outcome.OutcomeDNSNotFound, err: err}
	}
	return &lookupError{outcome: outcome.OutcomeDNSFailed, err: err}
}

// NewDNS makes a lookup over the system's name servers, or those that dial leads to. It always uses Go's own
// resolver, however it was built: the C library's reads 127.1 and 0x7f000001 as addresses (R5).
func NewDNS(dial func(ctx context.Context, network, address string) (net.Conn, error)) DNS {
	if dial == nil {
		var d net.Dialer
		dial = d.DialContext
	}
	r := &resolver{dial: dial, hosts: hostsFile{path: systemHosts}, replies: map[dnsQuestion]dnsReply{}}
	r.net = &net.Resolver{PreferGo: true, Dial: r.watch}
	return r
}

// Lookup asks until something answers or ctx ends: net.Resolver would give up after two tries of 5 s, but the only
// limit of a lookup is that of its attempt.
func (r *resolver) Lookup(ctx context.Context, host string) ([]net.IPAddr, error) {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if addrs := r.hosts.lookup(name, time.Now()); len(addrs) > 0 {
		return addrs, nil
	}
	name += "." // no search domains
	for {
		addrs, err := r.net.LookupIPAddr(ctx, name)
		switch {
		case err == nil:
			return addrs, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !isTimeout(err):
			return nil, &lookupError{outcome: r.outcome(name, err), err: err}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookupPause):
		}
	}
}

// outcome classifies a failed lookup by its replies for both kinds of address; the worse one counts.
func (r *resolver) outcome(name string, err error) string {
	v4, v6 := r.lastReply(name, dnsmessage.TypeA), r.lastReply(name, dnsmessage.TypeAAAA)
	either := func(code dnsmessage.RCode) bool { return v4 == code || v6 == code }
	var de *net.DNSError
	switch {
	case either(dnsmessage.RCodeRefused):
		return outcome.OutcomeDNSRefused
	case either(dnsmessage.RCodeServerFailure) || !errors.As(err, &de) || !de.IsNotFound:
		return outcome.OutcomeDNSFailed
	case v4 == dnsmessage.RCodeSuccess && v6 == dnsmessage.RCodeSuccess:
		return outcome.OutcomeDNSNoAddress
	}
	return outcome.OutcomeDNSNotFound
}

// noReply stands for a missing reply; DNS does not use the code.
const noReply = dnsmessage.RCode(0xffff)

// lastReply is the code of the last reply, if it came during this attempt.
func (r *resolver) lastReply(name string, kind dnsmessage.Type) dnsmessage.RCode {
	r.mu.Lock()
	defer r.mu.Unlock()
	reply, ok := r.replies[dnsQuestion{name, kind}]
	if !ok || time.Since(reply.at) > attemptBudget {
		return noReply
	}
	return reply.code
}

// watch opens a connection to a name server, and records its replies. It ends with the lookup: net.Resolver would wait for
// a silent server for 5 s more.
func (r *resolver) watch(ctx context.Context, network, address string) (conn net.Conn, err error) {
	defer rescue.Into(&err) // in a goroutine of net.Resolver
	opened, err := r.dial(ctx, network, address)
	if err != nil {
		return nil, err // as it is: net.Resolver asks its type whether it was a timeout, and says what was being done
	}
	if opened == nil {
		return nil, errNoConnection
	}
	context.AfterFunc(ctx, func() { _ = opened.Close() })
	if packets, ok := opened.(net.PacketConn); ok {
		return &dnsPacketConn{Conn: opened, packets: packets, r: r}, nil
	}
	return &dnsConn{Conn: opened, r: r}, nil
}

// note records the result code of one reply. Anything that is not a reply is ignored: the lookup itself handles it.
func (r *resolver) note(message []byte) {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil || !h.Response {
		return
	}
	q, err := p.Question()
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.replies) >= maxReplies {
		clear(r.replies)
	}
	r.replies[dnsQuestion{strings.ToLower(q.Name.String()), q.Type}] = dnsReply{code: h.RCode, at: time.Now()}
}

// dnsPacketConn records each datagram. It is still a PacketConn, so the resolver knows that there is no length prefix.
type dnsPacketConn struct {
	net.Conn
	packets net.PacketConn
	r       *resolver
}

func (c *dnsPacketConn) ReadFrom(b []byte) (int, net.Addr, error) { return c.packets.ReadFrom(b) }

func (c *dnsPacketConn) WriteTo(b []byte, to net.Addr) (int, error) { return c.packets.WriteTo(b, to) }

func (c *dnsPacketConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.r.note(b[:n])
	}
	return n, err
}

// dnsConn records each message of a stream; the resolver reads the two bytes of its length and the rest apart.
type dnsConn struct {
	net.Conn
	r *resolver
}

func (c *dnsConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 12 {
		c.r.note(b[:n])
	}
	return n, err
}
