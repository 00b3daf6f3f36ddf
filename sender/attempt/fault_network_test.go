package attempt

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/sender/ssrftest"
	"iozen/store"
)

// leadsTo lets the endpoint's name lead to an address that the test's network has.
func leadsTo(addrs ...string) func(*ClientConfig) {
	return func(cfg *ClientConfig) { cfg.Resolver = names{"hook.example": addrs} }
}

func TestRoutesThatLeadNowhere(t *testing.T) {
	if !ssrftest.InOwnNetwork(t, nil,
		"addr add 93.184.216.1/32 dev lo", // so that routed packets have a source
		"route add unreachable 93.184.216.8/29",
		"route add prohibit 93.184.216.16/29",
		"link add v0 type veth peer name v1", "link set v0 up", "link set v1 up",
		"route add 93.184.216.32/29 dev v0",
		"neigh add 93.184.216.33 lladdr 02:00:00:00:00:01 dev v0 nud permanent",
	) {
		return
	}
	unreachable := fault{outcome: outcome.OutcomeHostUnreachable, phase: store.PhaseConnect, error: "Host unreachable", cause: "There is no route to hook.example:80", fix: "firewall"}
	like := func(f fault, name string, addrs ...string) fault {
		f.name, f.url, f.config = name, "http://hook.example/hook", leadsTo(addrs...)
		return f
	}
	network := fault{outcome: outcome.OutcomeNetworkUnreachable, phase: store.PhaseConnect, error: "Network unreachable", cause: "no route to the network of hook.example", fix: "tell the operator"}
	hole := fault{outcome: outcome.OutcomeTimeout, phase: store.PhaseConnect, error: "Request timed out", cause: "hook.example:80 did not accept a connection in 30s", fix: "A firewall may drop our requests; allow our address."}
	requireFaults(t, []fault{
		like(unreachable, "unreachable", "93.184.216.9"),
		like(unreachable, "filtered", "93.184.216.17"),
		like(network, "no route at all", "8.8.8.8"),
		like(network, "no route to IPv6", "2606:4700:4700::1111"),
		like(hole, "black hole", "93.184.216.33"),
		like(hole, "black hole first, and no route for the other family", "93.184.216.33", "2606:4700:4700::1111"),
	})
}

// One dead address does not use up the time of the others (RFC 8305).
func TestABlackHoleIsPassedBy(t *testing.T) {
	if !ssrftest.InOwnNetwork(t, nil,
		"addr add 93.184.216.1/32 dev lo", "addr add 2606:4700:4700::1111/128 dev lo nodad",
		"link add v0 type veth peer name v1", "link set v0 up", "link set v1 up",
		"route add 93.184.216.32/29 dev v0",
		"neigh add 93.184.216.33 lladdr 02:00:00:00:00:01 dev v0 nud permanent",
	) {
		return
	}
	startEndpointAt(t, "[2606:4700:4700::1111]:8080", answersAndStays(ok))
	startEndpointAt(t, "93.184.216.1:8080", answersAndStays(ok))
	for _, addrs := range [][]string{
		{"93.184.216.33", "2606:4700:4700::1111"}, // A broken, AAAA fine
		{"93.184.216.33", "93.184.216.1"},         // the first of two broken
	} {
		c := NewClient(ClientConfig{Resolver: names{"hook.example": addrs}, Budget: faultBudget})
		a := c.Attempt(t.Context(), sendertest.Webhook("http://hook.example:8080/"), sendertest.Delivery())
		require.Equal(t, 200, a.StatusCode, a.Outcome)
		require.GreaterOrEqual(t, a.Phases.Connect, fallbackDelay, "both tries are in the time of connecting")
		c.Close()
	}
}

// On the port of HTTPS, a server that just closes was most likely spoken to in the wrong scheme (R12).
func TestPlainHTTPToThePortOfHTTPS(t *testing.T) {
	if !ssrftest.InOwnNetwork(t, nil) {
		return
	}
	startEndpointAt(t, "127.0.0.1:443", answers(""))
	startEndpointAt(t, "127.0.0.2:443", bareTLS(newAuthority(t, "Test CA").issue(t, nil)))
	c := newTestClient(t)
	for _, host := range []string{"127.0.0.1:443", "127.0.0.2:443"} {
		a := c.Attempt(t.Context(), sendertest.Webhook("http://"+host+"/"), sendertest.Delivery())
		require.Equal(t, outcome.OutcomeWrongSchemeHTTPS, a.Outcome)
		require.Equal(t, outcome.Action{Kind: outcome.ActionUseScheme, URL: "https://" + host + "/"}, outcome.DiagnoseAttempt(a).Action)
	}
}

// What this machine runs out of is not charged to the endpoint: no attempt is spent.
func TestOurOwnPortsRunOut(t *testing.T) {
	if !ssrftest.InOwnNetwork(t, nil) {
		return
	}
	require.NoError(t, os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("40000 40019"), 0o600))
	e := startEndpointAt(t, "127.0.0.1:8080", (*peer).stay)
	for range 20 {
		if conn, err := net.Dial("tcp", e.Addr().String()); err == nil {
			defer conn.Close()
		}
	}
	requireOwnSide(t, "http://"+e.Addr().String(), ClientConfig{Allow: sendertest.Loopback(t)})
}

func TestOurOwnDescriptorsRunOut(t *testing.T) {
	if !ssrftest.InOwnNetwork(t, nil) {
		return
	}
	e := startEndpointAt(t, "127.0.0.1:8080", answersAndStays(ok))
	c := NewClient(ClientConfig{Allow: sendertest.Loopback(t)})
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 64, Max: 64}))
	var taken []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		taken = append(taken, f)
	}
	requireOwnSide(t, "http://127.0.0.1:8080/", c.cfg)
	requireOwnSide(t, "http://hook.example:8080/", c.cfg) // the lookup fails first
	for _, f := range taken {
		require.NoError(t, f.Close())
	}
	a := c.Attempt(t.Context(), sendertest.Webhook("http://127.0.0.1:8080/"), sendertest.Delivery())
	require.Equal(t, 200, a.StatusCode, "once there are descriptors again, all is well: %s", a.Outcome)
	require.Equal(t, 1, e.connections())
}

func requireOwnSide(t *testing.T, url string, cfg ClientConfig) {
	t.Helper()
	c := NewClient(cfg)
	defer c.Close()
	a := c.Attempt(t.Context(), sendertest.Webhook(url), sendertest.Delivery())
	require.Equal(t, outcome.OutcomeOwnSide, a.Outcome, "detail %v", a.Detail)
	d := outcome.DiagnoseAttempt(a)
	require.Equal(t, "ioZen could not connect", d.Error)
	require.Contains(t, d.Cause, "your endpoint was not asked")
}
