package target

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// Own is where this server itself listens: a webhook with such an address would make the server call itself. The zero value
// matches nothing.
type Own struct {
	listeners  []netip.AddrPort
	interfaces func() ([]net.Addr, error)
}

// NewOwn takes the addresses of the server's listeners. The addresses of the machine's interfaces are looked up at each
// connection, because they come and go (net.InterfaceAddrs; nil: the machine has none).
func NewOwn(interfaces func() ([]net.Addr, error), listeners ...net.Addr) Own {
	own := Own{interfaces: interfaces}
	for _, l := range listeners {
		if ap, err := netip.ParseAddrPort(l.String()); err == nil {
			own.listeners = append(own.listeners, netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()))
		}
	}
	return own
}

// Check refuses this server's addresses: its listeners always, its other ports unless the operator allows the address.
func (o Own) Check(allow Allow, host string, addr netip.Addr, port string) error {
	addr = addr.Unmap()
	if o.listensOn(addr, port) {
		return &BlockedError{Host: host, Addr: addr, Rule: RuleOwnListener}
	}
	if o.has(addr) && !allow.allowsAddr(addr) && !allow.allowsHost(FoldHost(host)) {
		return &BlockedError{Host: host, Addr: addr, Rule: ruleSelf}
	}
	return nil
}

func (o Own) listensOn(addr netip.Addr, port string) bool {
	return slices.ContainsFunc(o.listeners, func(l netip.AddrPort) bool {
		everywhere := l.Addr().IsUnspecified() && (addr.IsLoopback() || o.has(addr))
		return strconv.Itoa(int(l.Port())) == port && (l.Addr() == addr || everywhere)
	})
}

// has says whether an address is this machine's. If that cannot be found out, it is not: the other rules still hold.
func (o Own) has(addr netip.Addr) bool {
	if slices.ContainsFunc(o.listeners, func(l netip.AddrPort) bool { return l.Addr() == addr }) {
		return true
	}
	if o.interfaces == nil {
		return false
	}
	addrs, err := o.interfaces()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		prefix, err := netip.ParsePrefix(a.String())
		return err == nil && prefix.Addr().Unmap() == addr
	})
}
