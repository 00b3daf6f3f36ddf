package handlers

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// asksCode reports whether the set-up page asks for the code from the terminal: always, unless the request was made on this
// machine without anything in between. Somebody at the machine could read the terminal as well.
func (a *app) asksCode(r *http.Request) bool {
	return !a.Loopback || len(a.TrustedProxies) > 0 || servesOthers(a.PublicURL) || !direct(r)
}

// servesOthers reports whether other machines reach this server by the address that people use.
func servesOthers(publicURL string) bool {
	u, err := url.Parse(publicURL)
	return publicURL != "" && (err != nil || !isLoopback(u.Host))
}

// direct reports whether a request came from this machine itself. A proxy on the same machine has a local address too; it is
// recognized by the headers that it adds, by HTTP/1.0 (which several speak to us), or by a foreign Host.
func direct(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() || !isLoopback(r.Host) || !r.ProtoAtLeast(1, 1) {
		return false
	}
	for name := range r.Header {
		if !sentByBrowsers(name) {
			return false
		}
	}
	return true
}

// sentByBrowsers reports whether browsers send a header with a page or a form; name is canonical. Proxies have countless
// headers of their own, so any other header counts as a proxy's: at worst, the page asks for the code.
func sentByBrowsers(name string) bool {
	switch name {
	case "User-Agent", "Cookie", "Referer", "Origin", "Connection", "Cache-Control", "Pragma", "Priority", "Te", "Dnt", "Save-Data", "Upgrade-Insecure-Requests":
		return true
	}
	for _, family := range []string{"Accept", "Content-", "Sec-", "If-"} {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	return false
}
