package engine

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"iozen/sender/attempt"
	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/sender/ssrftest"
	"iozen/store"
)

// The battery for real: in a network where every address is this machine and a canary listens on every one of them,
// in the environment that the case wants, each way. What the canary saw is exactly what may be seen.
func TestNoPacketLeavesForAForbiddenAddress(t *testing.T) {
	battery := ssrftest.Read(t)
	for env, cases := range byEnvironment(battery.Cases) {
		t.Run(cmp.Or(env, "no proxy"), func(t *testing.T) {
			if !ssrftest.InOwnNetwork(t, strings.Fields(env), "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo") {
				return
			}
			canary := startCanary(t, portsOf(battery.Cases))
			requireCanarySings(t, canary, env)
			for _, c := range cases {
				for way, attempts := range map[string]func(*testing.T, *attempt.Client, string, int) []string{
					"direct call": ways["direct call"], "Test Connection": ways["Test Connection"], "queued delivery": queuedForReal,
				} {
					t.Run(way+" "+c.Name(), func(t *testing.T) { requireOnlyPermittedHits(t, canary, battery.Zone, c, attempts) })
				}
			}
		})
	}
}

func byEnvironment(cases []ssrftest.Case) map[string][]ssrftest.Case {
	groups := map[string][]ssrftest.Case{}
	for _, c := range cases {
		env := strings.Join(c.Env, " ")
		groups[env] = append(groups[env], c)
	}
	return groups
}

// portsOf lists the ports that a case could lead to, and those of the proxies.
func portsOf(cases []ssrftest.Case) []string {
	ports := []string{"80", "81", "443", "1080", "3128", "8080"}
	for _, c := range cases {
		if u, err := url.Parse(c.URL); err == nil && u.Port() != "" {
			if n, err := strconv.Atoi(u.Port()); err == nil && n > 0 && n < 1<<16 {
				ports = append(ports, strconv.Itoa(n))
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// canary listens on every address. It notes to which one each connection was made, and answers what it is asked.
type canary struct {
	mu   sync.Mutex
	hits []netip.AddrPort
}

func startCanary(t *testing.T, ports []string) *canary {
	t.Helper()
	c := &canary{}
	for _, port := range ports {
		l, err := net.Listen("tcp", "[::]:"+port)
		require.NoError(t, err)
		srv := &http.Server{Handler: http.HandlerFunc(misdirect), ErrorLog: log.New(io.Discard, "", 0)}
		srv.SetKeepAlivesEnabled(false) // every attempt looks the name up and connects
		go func() { _ = srv.Serve(canaryListener{l, c}) }()
		t.Cleanup(func() { _ = srv.Close() })
	}
	return c
}

type canaryListener struct {
	net.Listener
	c *canary
}

func (l canaryListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		at := netip.MustParseAddrPort(conn.LocalAddr().String())
		l.c.mu.Lock()
		l.c.hits = append(l.c.hits, netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
		l.c.mu.Unlock()
	}
	return conn, err
}

// sung returns what was hit since the last call.
func (c *canary) sung() []netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	hits := c.hits
	c.hits = nil
	return hits
}

// misdirect answers in the ways that lead elsewhere those who follow.
func misdirect(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	to := r.FormValue("to")
	switch r.URL.Path {
	case "/redirect":
		code, _ := strconv.Atoi(r.FormValue("code"))
		w.Header().Set("Location", to)
		w.WriteHeader(code)
	case "/refresh":
		w.Header().Set("Refresh", "0; url="+to)
	case "/created":
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusCreated)
	case "/alt-svc":
		w.Header().Set("Alt-Svc", `http/1.1="`+to+`"`)
	case "/html-refresh":
		fmt.Fprintf(w, `<meta http-equiv="refresh" content="0; url=%s">`, to)
	case "/auth407":
		w.Header().Set("Proxy-Authenticate", "Basic")
		w.WriteHeader(http.StatusProxyAuthRequired)
	case "/switch101":
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
			_ = conn.Close()
		}
	default:
		w.WriteHeader(http.StatusServiceUnavailable) // so that a delivery is tried again
	}
}

// requireCanarySings shows that the test could fail: whoever dials is seen, and the environment has its effect on a
// client that heeds it.
func requireCanarySings(t *testing.T, c *canary, env string) {
	t.Helper()
	conn, err := net.Dial("tcp", "169.254.169.254:80")
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return slices.Contains(c.sung(), netip.MustParseAddrPort("169.254.169.254:80")) }, canaryPatience, time.Millisecond)
	if !strings.Contains(strings.ToUpper(env), "HTTP_PROXY=") {
		return
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get("http://ok.case.example/")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:3128")}, c.sung())
}

// queuedForReal is the way of a queued delivery in real time.
func queuedForReal(t *testing.T, c *attempt.Client, url string, turns int) []string {
	q := newMemQueue(t)
	bot := q.addBot()
	q.edit(bot, func(w *store.Webhook) { w.URL, w.Secret = url, sendertest.Secret })
	q.add(bot, 1)
	e := newTestEngine(q, c)
	e.cfg.Schedule = slices.Repeat(outcome.Schedule{time.Millisecond}, turns-1)
	require.NoError(t, e.Start(t.Context()))
	defer stop(t, e)
	require.Eventually(t, func() bool {
		return q.count(store.Failed)+q.count(store.Delivered)+q.count(store.Held) == 1
	}, 2*time.Minute, time.Millisecond)
	q.mu.Lock()
	defer q.mu.Unlock()
	var outcomes []string
	for _, s := range q.settled {
		outcomes = append(outcomes, s.Attempt.Outcome)
	}
	return outcomes
}

func requireOnlyPermittedHits(t *testing.T, canary *canary, zone ssrftest.Zone, c ssrftest.Case, attempts func(*testing.T, *attempt.Client, string, int) []string) {
	host := ""
	if u, err := url.Parse(c.URL); err == nil {
		host = u.Hostname()
	}
	client := attempt.NewClient(attempt.ClientConfig{
		Allow: sendertest.Allow(t, c.Allow...), Own: ownOf(c), Resolver: attempt.NewDNS(ssrftest.StartNameServer(t, zoneReplies(zone)).Dial), Budget: 5 * time.Second,
	})
	defer client.Close()
	canary.sung()
	outcomes := attempts(t, client, c.URL, max(1, zone.Turns(host)))
	hits := canary.sung()
	for _, hit := range hits {
		require.True(t, c.Permitted(host, hit), "connected to %s", hit)
	}
	switch {
	case c.Stage == "dial":
		require.Equal(t, outcome.OutcomeBlocked, outcomes[len(outcomes)-1])
	case c.Verdict == "nofollow":
		require.Equal(t, []netip.AddrPort{netip.MustParseAddrPort("127.0.0.2:80")}, hits, "the first request, and nothing after it")
	case c.Verdict == "allowed":
		require.NotEmpty(t, hits)
	}
}

// canaryPatience is how long a canary may take to note that it was hit.
const canaryPatience = 30 * time.Second

// longestDatagram is what Go's resolver says that it takes over UDP.
const longestDatagram = 1232

type zoneQuestion struct {
	host string
	kind dnsmessage.Type
}

// zoneReplies answers as a recursive name server does: CNAMEs and what they lead to.
func zoneReplies(zone ssrftest.Zone) ssrftest.Replies {
	var mu sync.Mutex
	asked := map[zoneQuestion]int{}
	return func(q dnsmessage.Question, overTCP bool, id uint16) [][]byte {
		host := strings.TrimSuffix(q.Name.String(), ".")
		mu.Lock()
		n := asked[zoneQuestion{host, q.Type}]
		mu.Unlock()
		name, addrs, found := zone.Resolve(host, n)
		code := dnsmessage.RCodeSuccess
		if !found {
			code = dnsmessage.RCodeNameError
		}
		reply := ssrftest.Records(q, id, code, name, addrs)
		if len(reply) > longestDatagram && !overTCP {
			reply = ssrftest.Records(q, id, code, "", nil)
			reply[2] |= 0x02 // cut short: ask over TCP
			return [][]byte{reply}
		}
		mu.Lock()
		asked[zoneQuestion{host, q.Type}]++
		mu.Unlock()
		return [][]byte{reply}
	}
}
