package attempt

import (
	"io"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
)

// receiver keeps the lines of the last request, as they came over the wire.
type receiver struct {
	lines chan []string
}

// keepLines answers on a kept connection.
func (r receiver) keepLines(p *peer) {
	in := textproto.NewReader(p.in)
	for {
		var lines []string
		length := 0
		for {
			line, err := in.R.ReadString('\n')
			if err != nil {
				return
			}
			if line == "\r\n" {
				break
			}
			lines = append(lines, line)
			if n, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				for _, digit := range strings.TrimSuffix(n, "\r\n") {
					length = length*10 + int(digit-'0')
				}
			}
		}
		_, _ = io.CopyN(io.Discard, p.in, int64(length))
		r.lines <- lines
		p.write(ok)
	}
}

// R2: on the wire, headers are sorted by name and in the case that was typed.
func TestHeadersOnTheWire(t *testing.T) {
	r := receiver{lines: make(chan []string, 1)}
	e := startEndpoint(t, r.keepLines)
	d := sendertest.Delivery()
	a := newTestClient(t).Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String()+"/hook?a=b",
		store.Header{Name: "X-First", Value: "1"}, store.Header{Name: "aLpHa", Value: "café"}, store.Header{Name: "zeta", Value: "a\tb"},
		store.Header{Name: "user-agent", Value: "mine"}), d)
	require.Equal(t, 200, a.StatusCode, a.Outcome)
	lines := <-r.lines
	var names []string
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	require.Equal(t, "POST /hook?a=b HTTP/1.1\r\n", lines[0])
	require.Equal(t, []string{
		"Host", "Content-Length", "Accept-Encoding", "Content-Type", "X-First", "X-IoZen-Event-Id", "X-IoZen-Event-Name", "aLpHa", "user-agent",
		"webhook-id", "webhook-signature", "webhook-timestamp", "zeta",
	}, names)
	require.Contains(t, lines, "aLpHa: café\r\n")
	require.Contains(t, lines, "user-agent: mine\r\n")
}

// Whatever byte stands in a name or value, wherever it stands, and even if nobody checked it: the request has the
// lines that it should have, or it is not sent.
func TestNoByteInjectsALineOnTheWire(t *testing.T) {
	r := receiver{lines: make(chan []string, 1)}
	e := startEndpoint(t, r.keepLines)
	c := newTestClient(t)
	send := func(name, value string) (lines []string, sent bool) {
		a := c.Attempt(t.Context(), sendertest.Webhook("http://"+e.Addr().String(), store.Header{Name: name, Value: value}), sendertest.Delivery())
		if a.Outcome == outcome.OutcomeCannotSend {
			return nil, false
		}
		require.Equal(t, 200, a.StatusCode, "%q: %q: %s", name, value, a.Outcome)
		return <-r.lines, true
	}
	plain, _ := send("X-A", "v")
	var odd []string
	for b := range 256 {
		odd = append(odd, string([]byte{byte(b)}))
	}
	odd = append(odd, "%0d%0aX-B: w", "\u010d\u010aX-B: w", "\u2028", "\r\nX-B: w", "\n X-B: w", "\r X-B: w", "\u0085")
	for _, o := range odd {
		for _, h := range [][2]string{{o + "X-A", "v"}, {"X" + o + "A", "v"}, {"X-A" + o, "v"}, {"X-A", o + "v"}, {"X-A", "v" + o + "v"}, {"X-A", "v" + o}} {
			lines, sent := send(h[0], h[1])
			if !sent {
				continue
			}
			require.Len(t, lines, len(plain), "%q", h)
			require.True(t, slices.ContainsFunc(lines, func(l string) bool {
				name, value, _ := strings.Cut(strings.TrimSuffix(l, "\r\n"), ":")
				return name == h[0] && strings.TrimSpace(value) == strings.TrimSpace(h[1])
			}), "%q in %q", h, lines)
		}
	}
}
