package engine

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/attempt"
	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/sender/ssrftest"
	"iozen/sender/target"
	"iozen/store"
)

// dialRecorder stands where the kernel would connect. It notes where to, and connects to nothing.
type dialRecorder struct {
	mu sync.Mutex
	to []netip.AddrPort
}

func (r *dialRecorder) connect(_ context.Context, _, address string) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = append(r.to, netip.MustParseAddrPort(address))
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

// ownOf is a server that listens where a case says.
func ownOf(c ssrftest.Case) target.Own {
	var listeners []net.Addr
	for _, l := range c.Self {
		listeners = append(listeners, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(l)))
	}
	return target.NewOwn(nil, listeners...) // not on the machine that runs the test
}

// ways are the ways in which a URL in the settings, however it got there, becomes requests. Each
// returns the outcomes of all its attempts.
var ways = map[string]func(t *testing.T, c *attempt.Client, url string, turns int) []string{
	"direct call": func(t *testing.T, c *attempt.Client, url string, turns int) []string {
		var outcomes []string
		for range turns {
			outcomes = append(outcomes, c.Attempt(t.Context(), sendertest.Webhook(url), sendertest.Delivery()).Outcome)
		}
		return outcomes
	},
	"Test Connection": func(t *testing.T, c *attempt.Client, url string, turns int) []string {
		var outcomes []string
		tester := Tester{Store: oneWebhook{sendertest.Webhook(url)}, Client: c, Now: time.Now, NewID: func() uuid.UUID { return uuid.Must(uuid.NewV7()) }}
		for range turns {
			result, err := tester.Test(t.Context(), store.FirstWebhook(uuid.Must(uuid.NewV7())), "")
			if url == "" {
				require.ErrorIs(t, err, ErrNoURL)
				return []string{outcome.OutcomeCannotSend}
			}
			require.NoError(t, err)
			outcomes = append(outcomes, result.Attempt.Outcome)
		}
		return outcomes
	},
	"queued delivery": func(t *testing.T, c *attempt.Client, url string, _ int) []string {
		q := newMemQueue(t)
		bot := q.addBot()
		w := q.webhooks[bot]
		w.URL, w.Secret = url, sendertest.Secret
		q.webhooks[bot] = w
		q.add(bot, 1)
		e := newTestEngine(q, c)
		e.cfg.Schedule = slices.Repeat(outcome.Schedule{time.Second}, len(outcome.DefaultSchedule))
		require.NoError(t, e.Start(t.Context()))
		time.Sleep(time.Minute) // of the bubble: all attempts
		stop(t, e)
		var outcomes []string
		for _, s := range q.settled {
			outcomes = append(outcomes, s.Attempt.Outcome)
		}
		return outcomes
	},
}

// oneWebhook is a store with the settings that it is given.
type oneWebhook struct{ w store.Webhook }

func (o oneWebhook) UseWebhook(context.Context, store.WebhookID) (store.Webhook, error) {
	return o.w, nil
}

func (o oneWebhook) RecordTest(context.Context, store.Delivery, store.Attempt) error { return nil }

func (o oneWebhook) RecordPersonalTest(context.Context, store.Delivery, store.Attempt, string, string, string) error {
	return nil
}

// Whatever stands in the settings, nothing forbidden is ever dialled: not by a test, not by a delivery at any of its
// attempts, not by a call that skips every check of the text.
func TestNothingForbiddenIsDialled(t *testing.T) {
	battery := ssrftest.Read(t)
	for way, attempts := range ways {
		t.Run(way, func(t *testing.T) {
			for _, c := range battery.Cases {
				t.Run(c.Name(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { requireNoForbiddenDial(t, battery.Zone, c, attempts) })
				})
			}
		})
	}
}

func requireNoForbiddenDial(t *testing.T, zone ssrftest.Zone, c ssrftest.Case, attempts func(*testing.T, *attempt.Client, string, int) []string) {
	recorder := &dialRecorder{}
	client := attempt.NewClient(attempt.ClientConfig{Allow: sendertest.Allow(t, c.Allow...), Own: ownOf(c), Resolver: zone.Resolver(), Connect: recorder.connect})
	host := ""
	if u, err := url.Parse(c.URL); err == nil {
		host = u.Hostname()
	}
	outcomes := attempts(t, client, c.URL, max(2, zone.Turns(host)))
	for _, to := range recorder.to {
		require.True(t, c.Permitted(host, to), "dialled %s", to)
	}
	if len(outcomes) == 0 { // without a URL a delivery is held
		require.Empty(t, c.URL)
		return
	}
	last := outcomes[len(outcomes)-1]
	switch {
	case c.Stage == "dial":
		require.Equal(t, outcome.OutcomeBlocked, last)
	case c.Stage != "save": // what should not have been saved may fail in any way
		require.NotEmpty(t, recorder.to)
		require.Equal(t, outcome.OutcomeConnectionRefused, last, "as the recorder answers")
	}
}

// What is blocked at send time says the address, the rule, and the line with which the operator allows it; and that
// line does allow it.
func TestBlockedSaysHowToAllowIt(t *testing.T) {
	battery := ssrftest.Read(t)
	for _, c := range battery.Cases {
		if c.Stage != "dial" {
			continue
		}
		t.Run(c.Name(), func(t *testing.T) {
			u, err := url.Parse(c.URL)
			require.NoError(t, err)
			recorder := &dialRecorder{}
			resolver := battery.Zone.Resolver()
			client := attempt.NewClient(attempt.ClientConfig{Allow: sendertest.Allow(t, c.Allow...), Own: ownOf(c), Resolver: resolver, Connect: recorder.connect})
			var a store.Attempt
			for range max(1, battery.Zone.Turns(u.Hostname())) {
				a = client.Attempt(t.Context(), sendertest.Webhook(c.URL), sendertest.Delivery())
			}
			d := outcome.DiagnoseAttempt(a)
			require.Equal(t, "Blocked address", d.Error)
			require.Contains(t, d.Cause, a.Detail["address"])
			require.Contains(t, d.Cause, target.RuleWords(a.Detail["rule"]))
			if a.Detail["rule"] == target.RuleOwnListener {
				require.Equal(t, "Use a public address", d.Fix, "nobody can allow that")
				return
			}
			require.Contains(t, d.Fix, ": IOZEN_ALLOW_TARGETS="+a.Detail["allow"])
			permitted := attempt.NewClient(attempt.ClientConfig{
				Allow: sendertest.Allow(t, append(c.Allow, allEntries(battery.Zone, u.Hostname(), a)...)...), Own: ownOf(c),
				Resolver: resolver, Connect: recorder.connect,
			})
			require.Equal(t, outcome.OutcomeConnectionRefused, permitted.Attempt(t.Context(), sendertest.Webhook(c.URL), sendertest.Delivery()).Outcome)
		})
	}
}

// allEntries is the entry that a blocked attempt asks for, and those of the other addresses of its name.
func allEntries(zone ssrftest.Zone, host string, a store.Attempt) []string {
	entries := []string{a.Detail["allow"]}
	for _, addr := range zone.At(host, zone.Turns(host)) {
		entries = append(entries, addr.Unmap().String())
	}
	return entries
}

// A resolver may hand out a zone (a hosts file can): such an address is refused, whatever else it is.
func TestAnAddressWithAZoneIsRefused(t *testing.T) {
	recorder := &dialRecorder{}
	client := attempt.NewClient(attempt.ClientConfig{Allow: sendertest.Allow(t, "fe80::/10", "2606:4700::/32"), Resolver: zoned{}, Connect: recorder.connect})
	a := client.Attempt(t.Context(), sendertest.Webhook("http://hook.example/"), sendertest.Delivery())
	require.Equal(t, outcome.OutcomeBlocked, a.Outcome)
	require.Equal(t, target.RuleV6Zone, a.Detail["rule"])
	require.Empty(t, recorder.to)
}

type zoned struct{}

func (zoned) Lookup(context.Context, string) ([]net.IPAddr, error) {
	return []net.IPAddr{{IP: net.ParseIP("2606:4700:4700::1111"), Zone: "eth0"}}, nil
}

// Every notation of the first and last address of every special network: none can be saved, and none is dialled by
// a client that nobody asked before.
func TestEveryNotationOfEverySpecialNetwork(t *testing.T) {
	recorder := &dialRecorder{}
	client := attempt.NewClient(attempt.ClientConfig{Resolver: ssrftest.Zone{}.Resolver(), Connect: recorder.connect})
	tried := 0
	for _, network := range ssrftest.Special() {
		for _, addr := range []netip.Addr{network.Addr(), ssrftest.Last(network)} {
			for _, host := range notations(addr) {
				tried++
				text := "http://" + host + "/"
				checked, problem := target.CheckURL(text, target.Allow{})
				require.NotNil(t, problem, "%s was taken as %s", text, checked)
				a := client.Attempt(t.Context(), sendertest.Webhook(text), sendertest.Delivery())
				require.Empty(t, recorder.to, text)
				require.Contains(t, []string{outcome.OutcomeBlocked, outcome.OutcomeCannotSend, outcome.OutcomeDNSNotFound}, a.Outcome, text)
			}
		}
	}
	require.Greater(t, tried, 700)
}

// notations writes an address in every way that some parser reads.
func notations(addr netip.Addr) []string {
	if addr.Is6() {
		b := addr.As16()
		long := fmt.Sprintf("[%x:%x:%x:%x:%x:%x:%x:%x]", uint(b[0])<<8|uint(b[1]), uint(b[2])<<8|uint(b[3]), uint(b[4])<<8|uint(b[5]), uint(b[6])<<8|uint(b[7]),
			uint(b[8])<<8|uint(b[9]), uint(b[10])<<8|uint(b[11]), uint(b[12])<<8|uint(b[13]), uint(b[14])<<8|uint(b[15]))
		return []string{"[" + addr.String() + "]", long, "[" + addr.StringExpanded() + "]", "[" + addr.String() + "%25eth0]", "[" + addr.String() + "]:8080"}
	}
	b := addr.As4()
	o := [4]uint32{uint32(b[0]), uint32(b[1]), uint32(b[2]), uint32(b[3])}
	n := o[0]<<24 | o[1]<<16 | o[2]<<8 | o[3]
	each := func(format string) string { return fmt.Sprintf(format, o[0], o[1], o[2], o[3]) }
	plain := addr.String()
	return []string{
		plain, plain + ".", plain + ":8080",
		each("%#o.%#o.%#o.%#o"), each("0%03o.0%03o.0%03o.0%03o"), each("%#x.%#x.%#x.%#x"), each("0X%X.%d.%#o.%d"), each("%03d.%03d.%03d.%03d"),
		fmt.Sprint(n), fmt.Sprintf("%#x", n), fmt.Sprintf("0%o", n), fmt.Sprint(uint64(n) + 1<<32),
		fmt.Sprintf("%d.%d", o[0], n&0xffffff), fmt.Sprintf("%d.%d.%d", o[0], o[1], n&0xffff), fmt.Sprintf("%d.%#x", o[0], n&0xffffff),
		inDigits(plain, '０'), inDigits(plain, '𝟎'), inDigits(plain, '①'-1), each("%d。%d。%d。%d"), each("%d｡%d．%d.%d"),
		each("%%3%d.%d.%d.%d"), each("%d%%2e%d%%2e%d%%2e%d"),
		"[::ffff:" + plain + "]", fmt.Sprintf("[::ffff:%x:%x]", n>>16, n&0xffff), "[::" + plain + "]", "[::ffff:0:" + plain + "]",
		"[64:ff9b::" + plain + "]", "[64:ff9b:1::" + plain + "]", fmt.Sprintf("[2002:%x:%x::1]", n>>16, n&0xffff),
		fmt.Sprintf("[2001:0:%x:%x::1]", n>>16, n&0xffff), fmt.Sprintf("[2606:4700::5efe:%x:%x]", n>>16, n&0xffff),
		"user@" + plain, "93.184.216.34@" + plain, plain + "#@hook.example", plain + `\@hook.example`,
	}
}

// inDigits writes 1–9 in another script, whose zero is given; 0 stays where that script has none.
func inDigits(text string, zero rune) string {
	var out []rune
	for _, r := range text {
		if r >= '1' && r <= '9' {
			r = zero + r - '0'
		}
		out = append(out, r)
	}
	return string(out)
}
