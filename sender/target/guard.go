package target

import (
	"fmt"
	"net/netip"
	"strings"

	"code.dny.dev/ssrf"
)

// BlockedError says that an address may not be connected to.
type BlockedError struct {
	Host string // as in the URL
	Addr netip.Addr
	Rule string // one of ruleWords
}

func (e *BlockedError) Error() string {
	return fmt.Sprintf("%s leads to %s, %s", e.Host, e.Addr, RuleWords(e.Rule))
}

// AllowEntry is what the operator would add to IOZEN_ALLOW_TARGETS to let this address through; "" when no
// entry does.
func (e *BlockedError) AllowEntry() string {
	addr := e.Addr.Unmap()
	if !addr.IsValid() || addr.Zone() != "" || e.Rule == ruleBadPort || e.Rule == RuleOwnListener {
		return ""
	}
	return netip.PrefixFrom(addr, addr.BitLen()).String()
}

// CheckAddr is the guard of every connection: whether host, which resolved to addr, may be dialled on port.
// Zones are refused and 4-in-6 is unmapped first, because netip.Prefix.Contains is false for both (R6).
// An allowed host name opens whatever it resolves to but the metadata addresses, which hand out
// credentials: those need an entry of their own.
func (a Allow) CheckAddr(host string, addr netip.Addr, port string) error {
	if badPorts[port] {
		return &BlockedError{Host: host, Addr: addr, Rule: ruleBadPort}
	}
	if addr.Zone() != "" {
		return &BlockedError{Host: host, Addr: addr, Rule: RuleV6Zone}
	}
	addr = addr.Unmap()
	rule := addrRule(addr)
	if rule == "" || a.allowsAddr(addr) {
		return nil
	}
	if a.allowsHost(FoldHost(host)) && !inAny(addr, metadataPrefixes) {
		return nil
	}
	return &BlockedError{Host: host, Addr: addr, Rule: rule}
}

// FoldHost is a name as IOZEN_ALLOW_TARGETS has it.
func FoldHost(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// The rules that code asks for by name; guard_rules.go has the others.
const (
	ruleLoopback    = "loopback"
	ruleV4InV6      = "v4-in-v6"
	RuleV6Zone      = "v6-zone"
	ruleBadPort     = "bad-port-service"
	ruleISATAP      = "v6-transition"
	ruleSelf        = "self"
	RuleOwnListener = "own-listener"
)

// internet is the library's verdict, default-deny for IPv6 outside 2000::/3. The table names the rules; this
// is what counts when IANA's registries grow.
var internet = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())

// addrRule names the rule against an unmapped address, or "" for the public internet.
func addrRule(addr netip.Addr) string {
	if addr.IsUnspecified() && addr.Is6() {
		return ruleLoopback // Linux connects :: to itself
	}
	for _, r := range addrRules {
		if r.prefix.Contains(addr) {
			return r.rule
		}
	}
	if addr.Is6() && isISATAP(addr) {
		return ruleISATAP
	}
	if internet.SafeAddr(addr) != nil {
		if addr.Is6() && !ssrf.IPv6GlobalUnicast.Contains(addr) {
			return "v6-not-global"
		}
		return "v6-special"
	}
	return ""
}

// isISATAP recognizes the interface identifier 0:5efe:a.b.c.d (RFC 5214), which tunnels to that IPv4 address under any
// prefix.
func isISATAP(addr netip.Addr) bool {
	b := addr.As16()
	return b[8]&^0x02 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

func inAny(addr netip.Addr, prefixes []netip.Prefix) bool {
	return Allow{prefixes: prefixes}.allowsAddr(addr)
}
