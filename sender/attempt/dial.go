package attempt

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
	"iozen/store/rescue"
)

// fallbackDelay is the head start of the first address family (RFC 8305).
const fallbackDelay = 300 * time.Millisecond

// minDial is the least that one of several addresses gets of the time that is left.
const minDial = 2 * time.Second

var errNoAddress = errors.New("the name has no address")

// dial looks up the name, has the guard check every address, and connects to one of those it checked. net/http detaches a
// dial from its request; the trace brings back its deadline and the caller's cancelling.
func (c *Client) dial(ctx context.Context, network, address string) (dialled net.Conn, err error) {
	defer rescue.Into(&err) // in a goroutine of net/http
	t := traceOf(ctx)
	ctx, cancel := context.WithDeadline(ctx, t.deadline)
	defer cancel()
	defer context.AfterFunc(t.caller, cancel)()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	t.enter(store.PhaseDNS)
	started, lookup := time.Now(), time.Duration(-1)
	addrs, literal, err := c.resolve(ctx, host)
	if !literal {
		lookup = time.Since(started)
		t.took(store.PhaseDNS, lookup)
	}
	if err != nil {
		return nil, err
	}
	for _, a := range addrs { // one forbidden address refuses the whole name
		if err := c.check(host, a, port); err != nil {
			return nil, err
		}
	}
	t.enter(store.PhaseConnect)
	started = time.Now()
	conn, err := c.dialAny(ctx, network, host, port, addrs)
	took := time.Since(started)
	t.took(store.PhaseConnect, took)
	if err != nil { // a nil connection in an interface would not be nil
		return nil, err
	}
	conn.dns, conn.connect, conn.notKept, conn.endpoint = lookup, took, &c.notKept, address
	return conn, nil
}

func (c *Client) resolve(ctx context.Context, host string) (addrs []netip.Addr, literal bool, err error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, true, nil
	}
	ips, err := c.cfg.Resolver.Lookup(ctx, host)
	if err != nil {
		return nil, false, asLookupError(err)
	}
	for _, ip := range ips {
		a, ok := netip.AddrFromSlice(ip.IP)
		if !ok {
			continue
		}
		addrs = append(addrs, a.Unmap().WithZone(ip.Zone))
	}
	if len(addrs) == 0 { // for x.onion Go's resolver returns neither addresses nor an error
		return nil, false, &lookupError{outcome: outcome.OutcomeDNSNoAddress, err: errNoAddress}
	}
	return addrs, false, nil
}

// dialAny connects to the first address that answers: those of the first one's family in turn, the other
// family's after a short head start.
func (c *Client) dialAny(ctx context.Context, network, host, port string, addrs []netip.Addr) (*tracedConn, error) {
	var first, second []netip.Addr
	for _, a := range addrs {
		if a.Is4() == addrs[0].Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	if len(second) == 0 {
		return c.dialSerial(ctx, network, host, port, first)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn  *tracedConn
		err   error
		first bool
	}
	results := make(chan result, 2)
	try := func(addrs []netip.Addr, isFirst bool) {
		conn, err := c.dialSerial(ctx, network, host, port, addrs)
		results <- result{conn, err, isFirst}
	}
	go try(first, true)
	delay := time.NewTimer(fallbackDelay)
	defer delay.Stop()
	running, secondStarted := 1, false
	var firstErr error
	for {
		select {
		case <-delay.C:
			if !secondStarted {
				secondStarted, running = true, running+1
				go try(second, false)
			}
		case r := <-results:
			if r.err == nil {
				if running > 1 { // the loser's connection, if it still comes, is closed
					go func() {
						if late := <-results; late.conn != nil {
							_ = late.conn.Close()
						}
					}()
				}
				return r.conn, nil
			}
			running--
			if firstErr == nil || r.first {
				firstErr = r.err
			}
			if !secondStarted {
				delay.Reset(0)
			} else if running == 0 {
				return nil, firstErr
			}
		}
	}
}

// dialSerial tries addresses in turn; the time left is divided among them, so that dead addresses do not use it up.
func (c *Client) dialSerial(ctx context.Context, network, host, port string, addrs []netip.Addr) (conn *tracedConn, err error) {
	defer rescue.Into(&err)
	connect := c.cfg.Connect
	if connect == nil {
		connect = (&net.Dialer{ControlContext: c.guard(host)}).DialContext
	}
	for i, a := range addrs {
		one, cancel := ctx, context.CancelFunc(func() {})
		if deadline, ok := ctx.Deadline(); ok && i < len(addrs)-1 {
			share := max(minDial, time.Until(deadline)/time.Duration(len(addrs)-i))
			one, cancel = context.WithTimeout(ctx, share)
		}
		dialled, e := connect(one, network, net.JoinHostPort(a.String(), port))
		cancel()
		if e == nil {
			if conn, e = newTracedConn(dialled); e == nil {
				return conn, nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			err = e
		}
	}
	return nil, err
}

// guard is the last check: it sees the exact address that the kernel is about to connect to.
func (c *Client) guard(host string) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return &target.BlockedError{Host: host, Rule: target.RuleV6Zone}
		}
		return c.check(host, ap.Addr(), strconv.Itoa(int(ap.Port())))
	}
}

// check checks one address of a host.
func (c *Client) check(host string, addr netip.Addr, port string) error {
	if err := c.cfg.Allow.CheckAddr(host, addr, port); err != nil {
		return err
	}
	return c.cfg.Own.Check(c.cfg.Allow, host, addr, port)
}
