package ssrftest

import (
	"net/netip"
	"slices"
	"strings"
)

// special are the networks that are not the public internet: IANA's registries of special-purpose addresses
// (IPv4 and IPv6), multicast, what hides an IPv4 address, and one that a cloud took out of the public ones.
var special = prefixes(
	"0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24",
	"192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24",
	"203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32",
	"2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20",
)

var globalUnicast = netip.MustParsePrefix("2000::/3")

func prefixes(lists ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range strings.Fields(strings.Join(lists, " ")) {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// Special lists the networks that nobody may be sent to.
func Special() []netip.Prefix { return slices.Clone(special) }

// Last is the last address of a network.
func Last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

// Permitted says whether a case may lead to a connection to an address: it is public and not this server, or the
// operator allows it.
func (c Case) Permitted(host string, to netip.AddrPort) bool {
	addr := to.Addr()
	if addr.Zone() != "" || slices.Contains(c.Self, to.String()) {
		return false
	}
	if c.allows(host, addr.Unmap()) {
		return true
	}
	for _, own := range c.Self {
		if netip.MustParseAddrPort(own).Addr() == addr {
			return false
		}
	}
	return isPublic(addr)
}

func isPublic(addr netip.Addr) bool {
	if addr.Is6() && (!globalUnicast.Contains(addr) || isISATAP(addr)) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func isISATAP(addr netip.Addr) bool {
	b := addr.As16()
	return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

func (c Case) allows(host string, addr netip.Addr) bool {
	return slices.ContainsFunc(c.Allow, func(entry string) bool {
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			return prefix.Contains(addr)
		}
		if allowed, err := netip.ParseAddr(entry); err == nil {
			return allowed == addr
		}
		return entry == fold(host) && !handsOutCredentials(addr)
	})
}

// handsOutCredentials knows the metadata addresses of clouds, which an allowed name does not open.
func handsOutCredentials(addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes("169.254.0.0/16 168.63.129.16/32 100.100.100.200/32 192.0.0.192/32 fd00:ec2::/32"),
		func(p netip.Prefix) bool { return p.Contains(addr) })
}
