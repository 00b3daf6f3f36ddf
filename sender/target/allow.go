package target

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// Allow is what the operator lets webhooks reach although it is private (IOZEN_ALLOW_TARGETS): exact host
// names, addresses and CIDRs. Nothing else opens: no suffixes, no other notation of an allowed address.
// The zero value allows nothing private.
type Allow struct {
	hosts    []string
	prefixes []netip.Prefix
}

// ParseAllow reads "localhost, 10.1.0.0/16, hooks.corp.example".
func ParseAllow(text string) (Allow, error) {
	var a Allow
	for _, entry := range strings.Split(text, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		if prefix, ok := parsePrefix(entry); ok {
			a.prefixes = append(a.prefixes, prefix)
			continue
		}
		host, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(entry), "."))
		if err != nil || host == "" || strings.ContainsAny(host, `/:*?@[]\ `) || endsInNumber(host) {
			return Allow{}, fmt.Errorf("allowed target %q is neither a host name nor an address nor a CIDR", entry)
		}
		a.hosts = append(a.hosts, host)
	}
	return a, nil
}

// parsePrefix takes a CIDR or one address. 4-in-6 and zones never match what the guard compares.
func parsePrefix(entry string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(entry)
	if err != nil {
		addr, err := netip.ParseAddr(entry)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	return prefix.Masked(), !prefix.Addr().Is4In6()
}

// Entries lists what is allowed, to show it to the people who use this server.
func (a Allow) Entries() []string {
	entries := slices.Clone(a.hosts)
	for _, p := range a.prefixes {
		entries = append(entries, p.String())
	}
	return entries
}

func (a Allow) allowsHost(host string) bool { return slices.Contains(a.hosts, host) }

func (a Allow) allowsAddr(addr netip.Addr) bool {
	return slices.ContainsFunc(a.prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}
