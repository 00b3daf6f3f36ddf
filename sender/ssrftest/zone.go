package ssrftest

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// Zone is what names resolve to: for each the answers of successive lookups, the last of them forever.
type Zone map[string][]answer

// answer is one lookup's: addresses, or another name, or nothing for a name that does not exist.
type answer struct {
	addrs []netip.Addr
	cname string
}

func (z Zone) add(name, answers string) {
	var all []answer
	for _, text := range strings.Split(answers, "|") {
		var a answer
		if target, ok := strings.CutPrefix(text, "cname:"); ok {
			a.cname = target
		} else if text != "nx" {
			for _, addr := range strings.Split(text, ",") {
				a.addrs = append(a.addrs, netip.MustParseAddr(addr))
			}
		}
		all = append(all, a)
	}
	z[name] = all
}

// Turns is how many lookups of a host differ.
func (z Zone) Turns(host string) int { return len(z[fold(host)]) }

// At is what a host resolves to at the nth lookup.
func (z Zone) At(host string, n int) []netip.Addr {
	_, addrs, _ := z.Resolve(host, n)
	return addrs
}

// Resolve follows CNAMEs as a recursive name server does, to the name that has the addresses.
func (z Zone) Resolve(host string, n int) (canonical string, addrs []netip.Addr, found bool) {
	host = fold(host)
	if host == "localhost" {
		return host, []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}, true
	}
	answers := z[host]
	if len(answers) == 0 {
		return host, nil, false
	}
	a := answers[min(n, len(answers)-1)]
	if a.cname != "" {
		return z.Resolve(a.cname, n)
	}
	return host, a.addrs, len(a.addrs) > 0
}

// Resolver answers lookups out of the zone, and counts them.
func (z Zone) Resolver() *Resolver { return &Resolver{zone: z, asked: map[string]int{}} }

// Resolver is a lookup for attempt.ClientConfig.
type Resolver struct {
	zone  Zone
	mu    sync.Mutex
	asked map[string]int
}

// Lookup answers the next lookup of a host.
func (r *Resolver) Lookup(_ context.Context, host string) ([]net.IPAddr, error) {
	r.mu.Lock()
	n := r.asked[fold(host)]
	r.asked[fold(host)]++
	r.mu.Unlock()
	addrs := r.zone.At(host, n)
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	ips := make([]net.IPAddr, len(addrs))
	for i, a := range addrs {
		ips[i] = net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}
	}
	return ips, nil
}

func fold(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }
