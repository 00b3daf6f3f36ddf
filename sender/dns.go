package sender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// resolver asks the name servers and reads the result codes of their replies, because net.Resolver gives the
// same error for a name that does not exist and for one without an address (fault matrix R4).
type resolver struct {
	net  *net.Resolver
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu      sync.Mutex
	replies map[string]dnsReply // by lower-case name with its final dot
}

// dnsReply is what the last reply about a name said.
type dnsReply struct {
	code    dnsmessage.RCode
	answers int
}

// maxReplies bounds the memory of replies; they matter only for the moment after a failed lookup.
const maxReplies = 1024

// lookupError is a failed lookup with the outcome that it means.
type lookupError struct {
	outcome string
	err     error
}

func (e *lookupError) Error() string { return e.err.Error() }
func (e *lookupError) Unwrap() error { return e.err }

// NewDNS makes a lookup over the system's name servers, or those that dial leads to. It always uses Go's own
// resolver: the C library's reads 127.1 and 0x7f000001 as addresses (R5).
func NewDNS(dial func(ctx context.Context, network, address string) (net.Conn, error)) DNS {
	if dial == nil {
		var d net.Dialer
		dial = d.DialContext
	}
	r := &resolver{dial: dial, replies: map[string]dnsReply{}}
	r.net = &net.Resolver{PreferGo: true, Dial: r.watch}
	return r
}

func (r *resolver) Lookup(ctx context.Context, host string) ([]net.IPAddr, error) {
	name := strings.ToLower(strings.TrimSuffix(host, ".")) + "." // final dot: no search domains
	addrs, err := r.net.LookupIPAddr(ctx, name)
	if err == nil {
		return addrs, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, &lookupError{outcome: r.outcome(name, err), err: err}
}

func (r *resolver) outcome(name string, err error) string {
	var de *net.DNSError
	if !errors.As(err, &de) {
		return OutcomeDNSFailed
	}
	if de.IsTimeout {
		return OutcomeTimeout
	}
	r.mu.Lock()
	reply, seen := r.replies[name]
	r.mu.Unlock()
	switch {
	case seen && reply.code == dnsmessage.RCodeRefused:
		return OutcomeDNSRefused
	case de.IsNotFound && seen && reply.code == dnsmessage.RCodeSuccess:
		return OutcomeDNSNoAddress
	case de.IsNotFound:
		return OutcomeDNSNotFound
	}
	return OutcomeDNSFailed
}

// watch opens a connection to a name server whose replies are noted.
func (r *resolver) watch(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := r.dial(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("asking the name server: %w", err)
	}
	if packets, ok := conn.(net.PacketConn); ok {
		return &dnsPacketConn{Conn: conn, packets: packets, r: r}, nil
	}
	return &dnsConn{Conn: conn, r: r}, nil
}

// note reads the result code of one reply. Anything that is not a reply is ignored: the lookup itself judges it.
func (r *resolver) note(message []byte) {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil || !h.Response {
		return
	}
	q, err := p.Question()
	if err != nil || p.SkipAllQuestions() != nil {
		return
	}
	answers := 0
	for p.SkipAnswer() == nil {
		answers++
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.replies) >= maxReplies {
		clear(r.replies)
	}
	r.replies[strings.ToLower(q.Name.String())] = dnsReply{code: h.RCode, answers: answers}
}

// dnsPacketConn notes each datagram. It stays a PacketConn, by which the resolver knows that there is no length prefix.
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

// dnsConn notes each message of a stream; the resolver reads the two bytes of its length and the rest apart.
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
