package handlers

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/labstack/echo/v4"
)

// What a request says about its origin counts only when it comes from a proxy that the operator named.

// ipExtractor trusts X-Forwarded-For only from those proxies.
func (a *app) ipExtractor() echo.IPExtractor {
	if len(a.TrustedProxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range a.TrustedProxies {
		options = append(options, echo.TrustIPRange(ipNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// scheme is http or https as the visitor used it: what the proxy says, or what we see.
func (a *app) scheme(r *http.Request) string {
	said := r.Header.Get("X-Forwarded-Proto")
	if r.TLS != nil || said == "https" && a.fromProxy(r) {
		return "https"
	}
	return "http"
}

// fromProxy reports whether the connection comes from a named proxy.
func (a *app) fromProxy(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, p := range a.TrustedProxies {
		if p.Contains(from.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// maxUntrusted is how many peers are logged: strangers can send the header too, and must not fill the log.
const maxUntrusted = 3

// untrusted warns the operator, once for each peer, of a forwarding header from an address that is not trusted. Behind a proxy
// that was not named all visitors share one address, and a few wrong passwords make all of them wait.
type untrusted struct {
	log *slog.Logger

	mu    sync.Mutex
	peers map[netip.Addr]bool
}

func newUntrusted(log *slog.Logger) *untrusted {
	return &untrusted{log: log, peers: map[netip.Addr]bool{}}
}

func (u *untrusted) note(peer netip.Addr) {
	u.mu.Lock()
	known := u.peers[peer] || len(u.peers) >= maxUntrusted
	if !known {
		u.peers[peer] = true
	}
	u.mu.Unlock()
	if known {
		return
	}
	u.log.Warn("X-Forwarded-For of "+peer.String()+" is not believed, so everybody behind it has one address and waits for the wrong passwords of all. "+
		"If it is your proxy, restart with IOZEN_TRUSTED_PROXIES="+netip.PrefixFrom(peer, peer.BitLen()).String(), "peer", peer)
}

// noteProxies looks in each request for a proxy that was not named.
func (a *app) noteProxies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "") && !a.fromProxy(r) {
			if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
				a.untrusted.note(peer.Addr().Unmap().WithZone(""))
			}
		}
		next.ServeHTTP(w, r)
	})
}
