package settings

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProxiesAreAddressesOrNetworks(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " , ": "", "10.0.0.0/8": "10.0.0.0/8", "127.0.0.1": "127.0.0.1/32", "::1": "::1/128",
		"10.0.0.0/8, fd00::/8,192.168.1.7": "10.0.0.0/8 fd00::/8 192.168.1.7/32", "0.0.0.0/0": "0.0.0.0/0",
	} {
		proxies, err := parseProxies(text)
		require.NoError(t, err, text)
		var said []string
		for _, p := range proxies {
			said = append(said, p.String())
		}
		require.Equal(t, want, strings.Join(said, " "))
	}
	for _, bad := range []string{
		"nginx", "10.0.0.0/33", "10.0.0.1/8", "10.0.0", "10.0.0.0/", "/8", "10.0.0.0-10.0.0.9", "*", "10.*", "all", "fe80::1%eth0",
		"::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "10.0.0.0/8;127.0.0.1", "http://10.0.0.1", "10.0.0.1:80", "010.0.0.1", "10.0.0.0/08",
	} {
		_, err := parseProxies(bad)
		require.ErrorContains(t, err, "such as 127.0.0.1", "%q", bad)
	}
}

func TestANetworkOfMostOfTheInternetIsEverybody(t *testing.T) {
	require.True(t, everybody([]string{"localhost", "::/0"}))
	require.True(t, everybody([]string{"0.0.0.0/1"}))
	require.False(t, everybody([]string{"localhost", "10.0.0.0/8", "fc00::/7", "127.0.0.0/8"}))
}
