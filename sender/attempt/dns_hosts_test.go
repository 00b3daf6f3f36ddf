package attempt

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/sender/ssrftest"
)

const someHosts = `127.0.0.1	localhost
# 10.9.9.9 commented
::1 localhost ip6-localhost
10.0.0.5   CRM  crm.corp.example # and a remark
10.0.0.6 crm.corp.example
172.17.0.2 dotted.
fe80::1%eth0 zoned
127.0.1.1 café
300.1.1.1 bad
10.0.0.7
nonsense
`

// The hosts file is asked first, as by every program, and in every build.
func TestNamesOfTheHostsFileAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	require.NoError(t, os.WriteFile(path, []byte(someHosts), 0o600))
	for host, want := range map[string][]string{
		"localhost": {"127.0.0.1", "::1"}, "LOCALHOST": {"127.0.0.1", "::1"}, "localhost.": {"127.0.0.1", "::1"}, "ip6-localhost": {"::1"},
		"crm": {"10.0.0.5"}, "crm.": {"10.0.0.5"}, "Crm": {"10.0.0.5"}, "crm.corp.example": {"10.0.0.5", "10.0.0.6"}, "crm.corp.example.": {"10.0.0.5", "10.0.0.6"},
		"dotted": {"172.17.0.2"}, "dotted.": {"172.17.0.2"}, "zoned": {"fe80::1%eth0"}, "café": {"127.0.1.1"},
		"app.localhost": {"127.0.0.1", "::1"}, "a.b.localhost.": {"127.0.0.1", "::1"},
	} {
		r := NewDNS(func(context.Context, string, string) (net.Conn, error) {
			t.Errorf("no name server is asked for %s", host)
			return nil, io.EOF
		}).(*resolver)
		r.hosts.path = path
		addrs, err := r.Lookup(t.Context(), host)
		require.NoError(t, err, host)
		var got []string
		for _, a := range addrs {
			got = append(got, a.String())
		}
		require.Equal(t, want, got, host)
	}
}

func TestNamesThatTheHostsFileLacksAreAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	require.NoError(t, os.WriteFile(path, []byte(someHosts), 0o600))
	for _, host := range []string{"commented", "bad", "nonsense", "mylocalhost", "localhost.example", "corp.example", "xcrm", "remark"} {
		r := NewDNS(ssrftest.StartNameServer(t, dnsSays(dnsmessage.RCodeNameError)).Dial).(*resolver)
		r.hosts.path = path
		_, err := r.Lookup(t.Context(), host)
		var failed *lookupError
		require.ErrorAs(t, err, &failed, host)
		require.Equal(t, outcome.OutcomeDNSNotFound, failed.outcome, host)
	}
}

func TestAChangedHostsFileCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	h := hostsFile{path: path}
	now := time.Now()
	require.Empty(t, h.lookup("crm", now), "no file, no names")
	require.NotEmpty(t, h.lookup("localhost", now), "it is this machine all the same")
	require.NoError(t, os.WriteFile(path, []byte("10.0.0.5 crm\n"), 0o600))
	require.Empty(t, h.lookup("crm", now.Add(time.Second)), "it was looked at just now")
	require.Equal(t, "10.0.0.5", h.lookup("crm", now.Add(hostsFresh))[0].String())
	require.NoError(t, os.WriteFile(path, []byte("10.0.0.66 crm\n"), 0o600))
	require.Equal(t, "10.0.0.66", h.lookup("crm", now.Add(2*hostsFresh))[0].String())
	require.NoError(t, os.Remove(path))
	require.Empty(t, h.lookup("crm", now.Add(3*hostsFresh)))
	require.NotEmpty(t, h.lookup("localhost", now.Add(-time.Hour)), "a clock set back looks again")
}

// Case 8: a name server that does not know localhost does no harm.
func TestAnEndpointOnLocalhostIsReached(t *testing.T) {
	e := startEndpoint(t, answersAndStays(ok))
	c := NewClient(ClientConfig{Allow: sendertest.Loopback(t), Resolver: NewDNS(ssrftest.StartNameServer(t, dnsSays(dnsmessage.RCodeNameError)).Dial), Budget: faultBudget})
	defer c.Close()
	for _, host := range []string{"localhost", "LocalHost", "localhost."} {
		a := c.Attempt(t.Context(), sendertest.Webhook("http://"+host+":"+e.port()+"/"), sendertest.Delivery())
		require.True(t, a.Delivered(), "%s: %s %v", host, a.Outcome, a.Detail)
	}
}
