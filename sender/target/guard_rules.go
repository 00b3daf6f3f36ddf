package target

import "net/netip"

// addrRuleEntry names why the addresses of one network are refused.
type addrRuleEntry struct {
	prefix netip.Prefix
	rule   string
}

// addrRules are the special-purpose networks of IANA's registries, and what hides an IPv4 address in an
// IPv6 one. First match wins.
var addrRules = []addrRuleEntry{
	{netip.MustParsePrefix("0.0.0.0/8"), "this-network"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "cgnat"},
	{netip.MustParsePrefix("127.0.0.0/8"), ruleLoopback},
	{netip.MustParsePrefix("168.63.129.16/32"), "azure-wireserver"}, // public by registry, not by effect
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "ietf"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.31.196.0/24"), "as112"},
	{netip.MustParsePrefix("192.52.193.0/24"), "amt"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4-relay"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("192.175.48.0/24"), "as112"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmark"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},

	{netip.MustParsePrefix("::1/128"), ruleLoopback},
	{netip.MustParsePrefix("::/96"), ruleV4InV6},           // v4-compatible
	{netip.MustParsePrefix("::ffff:0:0/96"), ruleV4InV6},   // v4-mapped
	{netip.MustParsePrefix("::ffff:0:0:0/96"), ruleV4InV6}, // v4-translated (SIIT)
	{netip.MustParsePrefix("64:ff9b::/96"), "nat64"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "nat64"},
	{netip.MustParsePrefix("2002::/16"), "v6-transition"}, // 6to4
	{netip.MustParsePrefix("2001::/32"), "v6-transition"}, // Teredo
}

// metadataPrefixes hand out credentials to whoever can send a request there, custom headers and all.
var metadataPrefixes = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba
	netip.MustParsePrefix("192.0.0.192/32"),     // Oracle classic
	netip.MustParsePrefix("fd00:ec2::/32"),      // AWS over IPv6
}

var ruleWords = map[string]string{
	"this-network":     "this server itself",
	"private":          "a private network",
	"cgnat":            "a carrier's private network",
	ruleLoopback:       "this server itself",
	"azure-wireserver": "a cloud provider's control address",
	"link-local":       "a link-local network, where cloud metadata lives",
	"ietf":             "a network reserved for protocols",
	"documentation":    "a network reserved for documentation",
	"as112":            "a network reserved for name servers",
	"amt":              "a network reserved for multicast tunnels",
	"6to4-relay":       "a network reserved for relays",
	"benchmark":        "a network reserved for benchmarks",
	"multicast":        "a multicast network",
	"reserved":         "a reserved network",
	ruleV4InV6:         "an IPv4 address written as IPv6",
	"nat64":            "an IPv4 address behind NAT64",
	"v6-transition":    "an IPv4 address inside an IPv6 tunnel",
	"v6-special":       "a special-purpose IPv6 network",
	"v6-not-global":    "an IPv6 network that is not public",
	RuleV6Zone:         "an address with a zone",
	ruleBadPort:        "a port of another service",
	ruleSelf:           "an address of this server itself",
	RuleOwnListener:    "ioZen itself",
}

// RuleWords puts a rule of the guard in words: "a private network".
func RuleWords(rule string) string {
	if words := ruleWords[rule]; words != "" {
		return words
	}
	return "a special network"
}

// badPorts are the ports that browsers refuse too (the Fetch standard's list): other services live there,
// and a webhook's bytes may mean something to them.
var badPorts = portSet(
	"0", "1", "7", "9", "11", "13", "15", "17", "19", "20", "21", "22", "23", "25", "37", "42", "43", "53", "69", "77", "79",
	"87", "95", "101", "102", "103", "104", "109", "110", "111", "113", "115", "117", "119", "123", "135", "137", "139",
	"143", "161", "179", "389", "427", "465", "512", "513", "514", "515", "526", "530", "531", "532", "540", "548", "554",
	"556", "563", "587", "601", "636", "989", "990", "993", "995", "1719", "1720", "1723", "2049", "3659", "4045", "4190",
	"5060", "5061", "6000", "6566", "6665", "6666", "6667", "6668", "6669", "6679", "6697", "10080",
)

func portSet(ports ...string) map[string]bool {
	set := make(map[string]bool, len(ports))
	for _, p := range ports {
		set[p] = true
	}
	return set
}
