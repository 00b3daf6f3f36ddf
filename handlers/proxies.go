package handlers

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// What a request says about who made it counts only when a proxy says it that the operator named.

// ipExtractor believes X-Forwarded-For only from those proxies.
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

// scheme is how the visitor came: what the proxy says, or what we see.
func (a *app) scheme(r *http.Request) string {
	said := r.Header.Get("X-Forwarded-Proto")
	if r.TLS != nil || said == "https" && a.fromProxy(r) {
		return "https"
	}
	return "http"
}

// fromProxy says whether the connection itself is a named proxy's.
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
