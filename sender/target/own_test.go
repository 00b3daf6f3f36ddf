package target

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOwnAddresses(t *testing.T) {
	machine := func() ([]net.Addr, error) {
		return []net.Addr{
			&net.IPNet{IP: net.ParseIP("127.0.0.1"), Mask: net.CIDRMask(8, 32)},
			&net.IPNet{IP: net.ParseIP("203.0.114.80"), Mask: net.CIDRMask(24, 32)},
			&net.IPNet{IP: net.ParseIP("2a00:1450:4001:801::200e"), Mask: net.CIDRMask(64, 128)},
		}, nil
	}
	broken := func() ([]net.Addr, error) { return nil, errors.New("no netlink here") }
	listens := func(address string, interfaces func() ([]net.Addr, error)) Own {
		return NewOwn(interfaces, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address)))
	}
	for name, c := range map[string]struct {
		own   Own
		allow string
		to    string
		rule  string // "": may be asked
	}{
		"our door":                                {listens("203.0.114.80:8080", nil), "", "203.0.114.80:8080", RuleOwnListener},
		"our door, allowed":                       {listens("203.0.114.80:8080", nil), "203.0.114.80", "203.0.114.80:8080", RuleOwnListener},
		"our door, its host allowed":              {listens("203.0.114.80:8080", nil), "hook.example", "203.0.114.80:8080", RuleOwnListener},
		"another port of it":                      {listens("203.0.114.80:8080", nil), "", "203.0.114.80:443", ruleSelf},
		"another port of it, allowed":             {listens("203.0.114.80:8080", nil), "203.0.114.0/24", "203.0.114.80:443", ""},
		"another port of it, its host allowed":    {listens("203.0.114.80:8080", nil), "hook.example", "203.0.114.80:443", ""},
		"the neighbour":                           {listens("203.0.114.80:8080", machine), "", "203.0.114.81:8080", ""},
		"a door on every address, by an IPv4 one": {listens("0.0.0.0:8080", machine), "203.0.114.80", "203.0.114.80:8080", RuleOwnListener},
		"a door on every address, by an IPv6 one": {listens("[::]:8080", machine), "2a00:1450::/32", "[2a00:1450:4001:801::200e]:8080", RuleOwnListener},
		"a door on every address, by loopback":    {listens("[::]:8080", machine), "127.0.0.0/8", "127.0.0.9:8080", RuleOwnListener},
		"another port of an interface":            {listens("127.0.0.1:8080", machine), "", "203.0.114.80:443", ruleSelf},
		"another service on loopback, allowed":    {listens("127.0.0.1:8080", machine), "127.0.0.0/8", "127.0.0.1:8090", ""},
		"a door on loopback, 4-in-6":              {listens("127.0.0.1:8080", machine), "127.0.0.0/8", "[::ffff:127.0.0.1]:8080", RuleOwnListener},
		"interfaces that cannot be asked":         {listens("203.0.114.80:8080", broken), "", "203.0.114.80:8080", RuleOwnListener},
		"interfaces that cannot be asked, others": {listens("203.0.114.80:8080", broken), "", "198.51.101.1:443", ""},
		"no server at all":                        {Own{}, "", "198.51.101.1:443", ""},
	} {
		t.Run(name, func(t *testing.T) {
			allow := allowing(t, c.allow)
			to := netip.MustParseAddrPort(c.to)
			_, port, err := net.SplitHostPort(c.to)
			require.NoError(t, err)
			err = c.own.Check(allow, "hook.example", to.Addr(), port)
			if c.rule == "" {
				require.NoError(t, err)
				return
			}
			var blocked *BlockedError
			require.ErrorAs(t, err, &blocked)
			require.Equal(t, c.rule, blocked.Rule)
			require.Equal(t, c.rule != RuleOwnListener, blocked.AllowEntry() != "", "nobody can allow our own door")
		})
	}
}

func TestTheMachinesOwnAddressesAreKnown(t *testing.T) {
	own := NewOwn(net.InterfaceAddrs)
	require.True(t, own.has(netip.MustParseAddr("127.0.0.1")))
	require.False(t, own.has(netip.MustParseAddr("93.184.216.34")))
}
