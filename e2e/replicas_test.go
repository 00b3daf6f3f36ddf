package e2e

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// replicas are servers of one PostgreSQL database behind a proxy, under load: posters post through the proxy to one bot, and
// repeat what was not accepted.
type replicas struct {
	traffic
	t     *testing.T
	at    string // the database
	dir   string
	env   []string
	each  []*installation
	proxy *proxy
}

const (
	// posterPause is what a poster waits between two events: replicas are looked at for a long time, beside other tests.
	posterPause = 50 * time.Millisecond
	// clientPatience is how long a poster waits for an answer. A stopped process gives none.
	clientPatience = 3 * time.Second
	// shorterThanALease bounds how long the work of a dead process lies idle: its claims are released, and do not only run out.
	shorterThanALease = time.Minute
)

// newReplicas prepares what servers of one database share. env is that of all.
func newReplicas(t *testing.T, at string, env ...string) *replicas {
	t.Helper()
	r := &replicas{t: t, at: at, dir: t.TempDir(), proxy: newProxy(t)}
	r.env = append([]string{tortureRetries, "IOZEN_DATABASE_URL=" + at, "IOZEN_TRUSTED_PROXIES=127.0.0.1"}, env...)
	return r
}

// startReplicas starts n servers, and a bot for the load.
func startReplicas(t *testing.T, n int, at string) *replicas {
	t.Helper()
	r := newReplicas(t, at)
	for range n {
		r.add(binary)
	}
	r.opens()
	return r
}

// add starts one more server, with variables of its own.
func (r *replicas) add(command string, env ...string) *installation {
	r.t.Helper()
	metrics := freeAddress(r.t)
	h := startIn(r.t, r.dir, command, slices.Concat(r.env, []string{"IOZEN_METRICS_ADDR=" + metrics}, env)...)
	r.t.Cleanup(h.end)
	h.metrics = metrics
	r.each = append(r.each, h)
	r.proxy.add(h.URL)
	return h
}

// opens makes the bot, once the servers know each other.
func (r *replicas) opens() {
	r.t.Helper()
	r.members(len(r.each))
	r.traffic = traffic{
		t: r.t, endpoint: newReceiver(r.t), ledger: newLedger(), began: time.Now(), client: http.Client{Timeout: clientPatience},
		pause: posterPause, insist: true, owner: r.each[0].newAPI(),
		runs: func() {
			for _, h := range r.each {
				h.runs()
			}
		},
	}
	r.owner.base = r.proxy.URL
	r.bot = r.owner.newBot("Replicas", r.endpoint.URL)
}

// members waits until the database has so many.
func (r *replicas) members(n int) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		return pgtest.Ask(r.t, r.at, `SELECT COUNT(*) AS members FROM members`)["members"] == int64(n)
	}, patience, 50*time.Millisecond)
}

// allAccept waits until every server accepts more.
func (r *replicas) allAccept() {
	r.t.Helper()
	for i, b := range r.proxy.servers {
		before := b.accepted.Load()
		r.until(fmt.Sprint("server ", i, " accepts"), func(int, int) bool { return b.accepted.Load() >= before+20 })
	}
}

// end stops all servers, and compares what was promised with what arrived, and with what the database counts.
func (r *replicas) end(name string, rounds, mayBeDoubled int) {
	r.t.Helper()
	r.settled(name, rounds, mayBeDoubled)
	require.Eventually(r.t, func() bool {
		return pgtest.Ask(r.t, r.at, `SELECT COUNT(*) AS waiting FROM deliveries WHERE due_at IS NOT NULL`)["waiting"] == 0
	}, patience, 50*time.Millisecond, "a request that came twice is waited for, too")
	for _, h := range r.each {
		h.stop()
	}
	books := pgtest.Ask(r.t, r.at, `SELECT
		(SELECT COUNT(*) FROM deliveries) AS deliveries,
		(SELECT COUNT(*) FROM deliveries WHERE status = 'delivered') AS delivered,
		(SELECT COUNT(DISTINCT event_id) FROM deliveries) AS events,
		(SELECT COUNT(*) FROM event_ids) AS event_ids,
		(SELECT COUNT(DISTINCT delivery) FROM attempts WHERE status_code = 200) AS answered,
		(SELECT SUM(count)::bigint FROM counters WHERE kind = 'accepted') AS count_accepted,
		(SELECT SUM(count)::bigint FROM counters WHERE kind = 'delivered') AS count_delivered,
		(SELECT SUM(waiting)::bigint FROM health) AS waiting,
		(SELECT COUNT(*) FROM members) AS members`)
	n := books["deliveries"]
	require.GreaterOrEqual(r.t, int(n), len(r.ledger.accepted))
	require.Equal(r.t, map[string]int64{
		"deliveries": n, "delivered": n, "events": n, "event_ids": n, "answered": n, "count_accepted": n, "count_delivered": n, "waiting": 0, "members": 0,
	}, books)
}

var attemptsMade = regexp.MustCompile(`(?m)^iozen_attempts_total\{.*\} (\d+)$`)

// attempts are the requests to endpoints that a server has made since its start.
func (h *installation) attempts() (n int) {
	h.t.Helper()
	res, err := http.Get("http://" + h.metrics + "/metrics")
	require.NoError(h.t, err)
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	require.NoError(h.t, err)
	for _, m := range attemptsMade.FindAllStringSubmatch(string(said), -1) {
		count, err := strconv.Atoi(m[1])
		require.NoError(h.t, err)
		n += count
	}
	return n
}

// logs waits until the server has logged a text so often since its start.
func (h *installation) logs(text string, times int) {
	h.t.Helper()
	require.Eventually(h.t, func() bool { return strings.Count(h.log.String(), text) >= times }, patience, 10*time.Millisecond, text)
}

// proxy hands each request to the next of the servers that are ready, as a load balancer does. When one does not answer it asks
// nobody else, because that one may have done what it was asked, and hangs up.
type proxy struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	servers []*behind
	next    int
	pinned  int // the server that gets all requests; -1: none
}

// behind is a server behind a proxy.
type behind struct {
	httputil.ReverseProxy
	ready    atomic.Bool
	accepted atomic.Int64 // answers with 202
}

const (
	proxyLooks    = 100 * time.Millisecond // between two looks at whether a server is ready
	proxyPatience = 2 * time.Second        // with each
)

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{t: t, pinned: -1}
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() { p.CloseClientConnections(); p.Close() }) // live pages keep a stream open
	return p
}

// add puts one more server behind the proxy.
func (p *proxy) add(server string) {
	p.t.Helper()
	to, err := url.Parse(server)
	require.NoError(p.t, err)
	b := &behind{}
	b.Transport = &http.Transport{MaxIdleConnsPerHost: posters}
	b.Rewrite = func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.SetXForwarded()
		r.Out.Host = r.In.Host // the server compares it with where a page says that it comes from
	}
	b.ModifyResponse = func(res *http.Response) error {
		if res.StatusCode == http.StatusAccepted {
			b.accepted.Add(1)
		}
		return nil
	}
	b.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { hangUp(w) }
	b.ErrorLog = log.New(io.Discard, "", 0) // answers that a killed server has begun
	b.ready.Store(true)
	ctx, stop := context.WithCancel(context.Background())
	var looking sync.WaitGroup
	looking.Go(func() { b.watch(ctx, server) })
	p.t.Cleanup(func() { stop(); looking.Wait() })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.servers = append(p.servers, b)
}

// watch asks a server again and again whether it is ready.
func (b *behind) watch(ctx context.Context, server string) {
	client := http.Client{Timeout: proxyPatience}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(proxyLooks)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		res, err := client.Get(server + "/readyz")
		b.ready.Store(err == nil && res.StatusCode == http.StatusOK)
		if err == nil {
			_ = res.Body.Close()
		}
	}
}

// ServeHTTP hands a request on.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.choose().ServeHTTP(w, r) }

// choose takes the servers in turn. If none is ready it asks the next all the same.
func (p *proxy) choose() *behind {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pinned >= 0 {
		return p.servers[p.pinned]
	}
	for range p.servers {
		p.next = (p.next + 1) % len(p.servers)
		if p.servers[p.next].ready.Load() {
			return p.servers[p.next]
		}
	}
	p.next = (p.next + 1) % len(p.servers)
	return p.servers[p.next]
}

// pin has one server get all requests, or none (-1).
func (p *proxy) pin(server int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pinned = server
}
