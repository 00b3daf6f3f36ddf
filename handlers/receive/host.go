package receive

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// mayRead reports whether a request may see what arrived. A page under another name whose DNS leads to this machine
// (rebinding), or a tunnel that was opened for webhooks, may not: what arrives contains secrets and visitors' data. Where the
// endpoint listens for the whole network, everyone in it may read anyway.
func mayRead(req *http.Request) bool {
	return !onLoopback(req) || isThisMachine(req.Host)
}

// isThisMachine reports whether a Host is localhost or an IP address. Addresses cannot be rebound.
func isThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || strings.EqualFold(host, "localhost")
}

func onLoopback(req *http.Request) bool {
	addr, ok := req.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// here is the address that a request came in at.
func here(req *http.Request) string {
	if addr, ok := req.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return addr.String()
	}
	return "127.0.0.1"
}
