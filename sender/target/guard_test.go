package target

import (
	"net/netip"
	"testing"

	"code.dny.dev/ssrf"
	"github.com/stretchr/testify/require"

	"iozen/sender/ssrftest"
)

func TestCheckAddrNamesTheRule(t *testing.T) {
	for addr, rule := range map[string]string{
		"127.0.0.1": "loopback", "::1": "loopback", "::": "loopback", "::ffff:127.0.0.1": "loopback",
		"10.0.0.5": "private", "172.31.255.255": "private", "192.168.0.1": "private",
		"169.254.169.254": "link-local", "168.63.129.16": "azure-wireserver", "100.100.100.200": "cgnat",
		"0.0.0.0": "this-network", "255.255.255.255": "reserved", "224.0.0.1": "multicast",
		"fe80::1%lo": "v6-zone", "2606:4700:4700::1111%lo": "v6-zone", "fe80::1": "v6-not-global", "fd00:ec2::254": "v6-not-global",
		"64:ff9b::a9fe:a9fe": "nat64", "2002:7f00:1::1": "v6-transition", "2001:0:7f00:1:0:0:80ff:fffe": "v6-transition",
		"2001:470:1f0b::5efe:a00:1": "v6-transition", "2001:470:1f0b::200:5efe:a00:1": "v6-transition",
		"2001:db8::1": "v6-special", "2620:4f:8000::1": "v6-special",
	} {
		err := Allow{}.CheckAddr("hook.example", netip.MustParseAddr(addr), "443")
		var blocked *BlockedError
		require.ErrorAs(t, err, &blocked, addr)
		require.Equal(t, rule, blocked.Rule, addr)
		require.Contains(t, blocked.Error(), "hook.example leads to")
		require.NotEqual(t, "a special network", RuleWords(rule), rule)
	}
	for _, addr := range []string{"1.1.1.1", "8.8.8.8", "168.63.129.17", "2606:4700:4700::1111", "::ffff:8.8.8.8"} {
		require.NoError(t, Allow{}.CheckAddr("hook.example", netip.MustParseAddr(addr), "443"), addr)
	}
}

// The library follows IANA's registries: whatever it denies must be denied here.
func TestEveryPrefixOfTheLibraryIsRefused(t *testing.T) {
	for _, p := range append(ssrf.IPv4DeniedPrefixes, ssrf.IPv6DeniedPrefixes...) {
		require.Error(t, Allow{}.CheckAddr("h", p.Addr(), "80"), p)
		require.Error(t, Allow{}.CheckAddr("h", ssrftest.Last(p), "80"), p)
	}
}

func TestAllowIsExact(t *testing.T) {
	allow, err := ParseAllow("127.0.0.2, 10.1.0.0/16,Hooks.Corp.example., fd00:1::/32")
	require.NoError(t, err)
	require.Equal(t, []string{"hooks.corp.example", "127.0.0.2/32", "10.1.0.0/16", "fd00:1::/32"}, allow.Entries())
	for _, c := range []struct {
		host, addr string
		allowed    bool
	}{
		{"127.0.0.2", "127.0.0.2", true},
		{"x.example", "127.0.0.3", false},
		{"x.example", "10.1.255.255", true},
		{"x.example", "10.2.0.0", false},
		{"x.example", "fd00:1::5", true},
		{"x.example", "fd00:2::5", false},
		{"hooks.corp.example", "10.9.9.9", true},
		{"HOOKS.corp.example.", "10.9.9.9", true},
		{"evil-hooks.corp.example", "10.9.9.9", false},
		{"meta.hooks.corp.example", "169.254.169.254", false},
		{"hooks.corp.example", "169.254.169.254", false}, // needs its own entry
		{"hooks.corp.example", "fe80::1%eth0", false},
	} {
		err := allow.CheckAddr(c.host, netip.MustParseAddr(c.addr), "443")
		require.Equal(t, c.allowed, err == nil, "%s → %s: %v", c.host, c.addr, err)
	}
}

func TestCheckAddrRefusesServicePorts(t *testing.T) {
	allow, err := ParseAllow("127.0.0.1")
	require.NoError(t, err)
	err = allow.CheckAddr("h", netip.MustParseAddr("127.0.0.1"), "25")
	var blocked *BlockedError
	require.ErrorAs(t, err, &blocked)
	require.Equal(t, "bad-port-service", blocked.Rule)
	require.Empty(t, blocked.AllowEntry())
}

func TestAllowEntryLetsTheAddressThrough(t *testing.T) {
	for _, addr := range []string{"10.0.0.5", "::1", "169.254.169.254", "::ffff:10.0.0.5"} {
		a := netip.MustParseAddr(addr)
		var blocked *BlockedError
		require.ErrorAs(t, Allow{}.CheckAddr("h", a, "80"), &blocked)
		allow, err := ParseAllow(blocked.AllowEntry())
		require.NoError(t, err)
		require.NoError(t, allow.CheckAddr("h", a, "80"))
	}
}

func TestParseAllowRefuses(t *testing.T) {
	for _, text := range []string{"10.0.0.0/33", "127.1", "0x7f.1", "http://x.example", "*.corp.example", "::ffff:10.0.0.1", "fe80::1%lo", "a b"} {
		_, err := ParseAllow(text)
		require.Error(t, err, text)
	}
	allow, err := ParseAllow(" , ")
	require.NoError(t, err)
	require.Empty(t, allow.Entries())
}
