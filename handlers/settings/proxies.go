package settings

import (
	"fmt"
	"net/netip"
	"strings"
)

// parseProxies reads addresses and CIDRs, comma separated.
func parseProxies(text string) (proxies []netip.Prefix, err error) {
	for _, entry := range strings.Split(text, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(entry)
		if addr, addrErr := netip.ParseAddr(entry); addrErr == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil || prefix.Addr().Is4In6() || prefix != prefix.Masked() {
			return nil, fmt.Errorf("%q is neither an address nor a CIDR. Write the proxy's, such as 127.0.0.1 or 10.0.0.0/24", entry)
		}
		proxies = append(proxies, prefix)
	}
	return proxies, nil
}

// everybody reports whether a list contains a network that covers most of the Internet.
func everybody(entries []string) bool {
	for _, entry := range entries {
		if prefix, err := netip.ParsePrefix(entry); err == nil && prefix.Bits() < 4 {
			return true
		}
	}
	return false
}
