package handlers

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// asksCode says whether the set-up page asks for the code from the terminal: always, unless the request was made on
// this machine without anything in between. Whoever sits at the machine could read the terminal as well.
func (a *app) asksCode(r *http.Request) bool {
	return !a.Loopback || len(a.TrustedProxies) > 0 || servesOthers(a.PublicURL) || !direct(r)
}

// servesOthers says whether an address that people use leads to this server from other machines.
func servesOthers(publicURL string) bool {
	u, err := url.Parse(publicURL)
	return publicURL != "" && (err != nil || !isLoopback(u.Host))
}

// direct says whether a request came from this machine itself. A proxy on the same machine looks like a local visitor
// by its address alone; it shows by the headers that it adds, by HTTP/1.0 (which several speak to us), or by a foreign Host.
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

// sentByBrowsers tells the headers that a browser sends with a page or a form; name is canonical. Proxies have no end of
// names of their own for whom they ask, so any other header counts as a proxy's: the code is the worst that follows.
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
