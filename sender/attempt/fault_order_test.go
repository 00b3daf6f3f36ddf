package attempt

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/sendertest"
	"iozen/store"
)

// tail is a whole answer that no request asked for.
const tail = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntail"

// tailed are answers that end before their bytes do.
var tailed = map[string]string{
	"500 with a second answer":   "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno" + tail,
	"204 with a body":            "HTTP/1.1 204 No Content\r\n\r\nok" + tail,
	"204 with a whole answer":    "HTTP/1.1 204 No Content\r\n\r\n" + tail,
	"204 that announces a body":  "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok" + tail,
	"304 with a body":            "HTTP/1.1 304 Not Modified\r\n\r\nok" + tail,
	"302 with a second answer":   "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n" + tail,
	"404 longer than announced":  "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nnot found" + tail,
	"chunks with a tail":         "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n" + tail,
	"a hint, then 503":           "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" + tail,
	"410 and half an answer":     "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n" + tail[:20],
	"429 and a byte too many":    "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n\n",
	"401 and three more answers": "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n" + tail + tail + tail,
}

// answersEach answers each request with the status that it asks for in X-Want, and a tail behind it.
func answersEach(tails ...string) behaviour {
	return func(p *peer) {
		for n := 0; ; n++ {
			req := p.request()
			if req == nil || !p.write(answerTo(req)+tails[n%len(tails)]) {
				return
			}
		}
	}
}

func answerTo(req *http.Request) string {
	status := req.Header.Get("X-Want")
	if status == "204" {
		return "HTTP/1.1 204 No Content\r\n\r\n"
	}
	return "HTTP/1.1 " + status + " Status\r\nContent-Length: 4\r\n\r\nbody"
}

// What an endpoint sends behind an answer is never the answer to the next request.
func TestBytesBehindAnAnswerAreNotTheNextAnswer(t *testing.T) {
	for name, first := range tailed {
		t.Run(name, func(t *testing.T) {
			e := startEndpoint(t, func(p *peer) {
				if req := p.request(); req == nil {
					return
				} else if req.Header.Get("X-Want") == "first" {
					p.write(first)
				} else {
					p.write("HTTP/1.1 418 Own\r\nContent-Length: 0\r\n\r\n")
				}
				if p.request() != nil {
					p.write("HTTP/1.1 418 Own\r\nContent-Length: 0\r\n\r\n")
				}
			})
			c := newTestClient(t)
			c.Attempt(t.Context(), wanting(e, "first"), sendertest.Delivery())
			for range 3 {
				a := c.Attempt(t.Context(), wanting(e, "next"), sendertest.Delivery())
				require.Equal(t, 418, a.StatusCode, "outcome %s, detail %v", a.Outcome, a.Detail)
			}
		})
	}
}

func TestOfAThousandEventsNoneIsJudgedByAnothersAnswer(t *testing.T) {
	e := startEndpoint(t, answersEach("", tail, "ok"+tail, "\n", tail[:9], tail+tail))
	c := newTestClient(t)
	statuses := []int{500, 404, 204, 429, 302, 401}
	for i := range 1000 {
		want := statuses[i%len(statuses)]
		a := c.Attempt(t.Context(), wanting(e, strconv.Itoa(want)), sendertest.Delivery())
		require.Equal(t, want, a.StatusCode, "event %d: outcome %s, detail %v", i, a.Outcome, a.Detail)
	}
}

// The tail comes in a packet of its own, while the connection waits for its next request.
func TestALateTailIsNotTheNextAnswer(t *testing.T) {
	goOn, late := make(chan struct{}), make(chan struct{})
	e := startEndpoint(t, func(p *peer) {
		for req := p.request(); req != nil; req = p.request() {
			p.write(answerTo(req))
			<-goOn
			p.write(tail)
			late <- struct{}{}
		}
	})
	c := newTestClient(t)
	for i := range 50 {
		a := c.Attempt(t.Context(), wanting(e, "500"), sendertest.Delivery())
		require.Equal(t, 500, a.StatusCode, "event %d: outcome %s, detail %v", i, a.Outcome, a.Detail)
		goOn <- struct{}{}
		<-late
	}
}

func TestAnAnswerBeforeItsRequestIsNotBelieved(t *testing.T) {
	sent := make(chan struct{})
	e := startEndpoint(t, func(p *peer) {
		p.write(tail)
		close(sent)
		p.stay()
	})
	c := NewClient(ClientConfig{Allow: sendertest.Loopback(t), Version: "test", Budget: 5 * time.Second, Connect: dialThen(sent)})
	defer c.Close()
	a := c.Attempt(t.Context(), wanting(e, "200"), sendertest.Delivery())
	require.False(t, a.Delivered(), "status %d", a.StatusCode)
	require.Contains(t, []string{outcome.OutcomeUnasked, outcome.OutcomeClosedEarly}, a.Outcome)
}

func TestAConnectionWithoutATailIsKept(t *testing.T) {
	e := startEndpoint(t, answersEach(""))
	c := newTestClient(t)
	for range 20 {
		require.Equal(t, 500, c.Attempt(t.Context(), wanting(e, "500"), sendertest.Delivery()).StatusCode)
	}
	require.Equal(t, 1, e.connections())
}

// An endpoint that closes kept connections at once makes a request that goes out just then fail; that is met once.
func TestConnectionsToAnEndpointThatClosesThemAreNotKept(t *testing.T) {
	e := startEndpoint(t, func(p *peer) {
		if p.request() != nil {
			p.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			time.Sleep(time.Millisecond)
		}
	})
	c := newTestClient(t)
	failed := 0
	for range 100 {
		if a := c.Attempt(t.Context(), wanting(e, "200"), sendertest.Delivery()); !a.Delivered() {
			failed++
		}
	}
	require.LessOrEqual(t, failed, 1)
}

// A kept connection that is gone costs a second try; that nobody listens any more is then said at once.
func TestAnEndpointThatGoesAwayIsNotAskedAgainAndAgain(t *testing.T) {
	e := startEndpoint(t, answersEach(""))
	c := newTestClient(t)
	require.Equal(t, 200, c.Attempt(t.Context(), wanting(e, "200"), sendertest.Delivery()).StatusCode)
	e.end()
	a := c.Attempt(t.Context(), wanting(e, "200"), sendertest.Delivery())
	require.Contains(t, []string{outcome.OutcomeConnectionRefused, outcome.OutcomeConnectionReset, outcome.OutcomeClosedEarly}, a.Outcome)
	require.Equal(t, outcome.OutcomeConnectionRefused, c.Attempt(t.Context(), wanting(e, "200"), sendertest.Delivery()).Outcome)
	require.Less(t, a.Duration, 2*time.Second)
}

func wanting(e *endpoint, status string) store.Webhook {
	return sendertest.Webhook("http://"+e.Addr().String()+"/hook", store.Header{Name: "X-Want", Value: status})
}

// dialThen connects and waits until the endpoint has done something.
func dialThen(done <-chan struct{}) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		<-done
		return conn, err
	}
}
