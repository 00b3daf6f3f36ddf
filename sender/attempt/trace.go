package attempt

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"time"

	"iozen/store"
)

// phaseHeaders is the part of the answer before its body: it has its own words, but no column of its own.
const phaseHeaders store.Phase = "headers"

// trace records where an attempt is and how long its phases took. net/http calls it from several goroutines.
type trace struct {
	deadline time.Time
	caller   context.Context // whose end gives the attempt up
	leaving  *Departure      // nil: cannot be taken back

	mu        sync.Mutex
	phase     store.Phase
	phases    store.Phases
	addr      string
	conn      *tracedConn
	reused    bool
	written   int64 // on the connection before this request
	tlsStart  time.Time
	wantsCert bool // the server asked for a client certificate
	hints     int  // informational answers (1xx)
	gotConn   time.Time
	wrote     time.Time
	firstByte time.Time
}

var errTooManyInformational = errors.New("too many 1xx informational responses") // net/http's words

type traceKey struct{}

func newTrace(caller context.Context, deadline time.Time) *trace {
	return &trace{
		caller: caller, leaving: departureOf(caller), deadline: deadline, phase: store.PhaseDNS,
		phases: store.Phases{DNS: -1, Connect: -1, TLS: -1, Send: -1, FirstByte: -1, Body: -1},
	}
}

func traceOf(ctx context.Context) *trace {
	if t, ok := ctx.Value(traceKey{}).(*trace); ok {
		return t
	}
	return newTrace(ctx, time.Now().Add(attemptBudget))
}

// on attaches the trace to a request's context.
func (t *trace) on(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, traceKey{}, t)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeStart:    t.tlsStarted,
		TLSHandshakeDone:     func(tls.ConnectionState, error) { t.tlsDone() },
		GotConn:              t.got,
		WroteRequest:         t.wroteRequest,
		Got1xxResponse:       func(int, textproto.MIMEHeader) error { return t.gotInformational() },
		GotFirstResponseByte: t.gotFirstByte,
	})
}

func (t *trace) enter(p store.Phase) {
	t.mu.Lock()
	t.phase = p
	t.mu.Unlock()
}

func (t *trace) took(p store.Phase, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch p {
	case store.PhaseDNS:
		t.phases.DNS = d
	case store.PhaseConnect:
		t.phases.Connect = d
	case store.PhaseBody:
		t.phases.Body = d
	}
}

func (t *trace) tlsStarted() {
	t.mu.Lock()
	t.phase, t.tlsStart = store.PhaseTLS, time.Now()
	t.mu.Unlock()
}

func (t *trace) certificateWanted() {
	t.mu.Lock()
	t.wantsCert = true
	t.mu.Unlock()
}

func (t *trace) certificateIsWanted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wantsCert
}

func (t *trace) tlsDone() {
	t.mu.Lock()
	t.phases.TLS = time.Since(t.tlsStart)
	t.mu.Unlock()
}

// got records the connection that the request goes out on; it may have been dialled for another request.
func (t *trace) got(info httptrace.GotConnInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gotConn, t.phase, t.reused = time.Now(), store.PhaseSend, info.Reused
	t.addr = info.Conn.RemoteAddr().String()
	conn, shared := info.Conn, false
	if c, ok := conn.(*tls.Conn); ok {
		conn, shared = c.NetConn(), c.ConnectionState().NegotiatedProtocol == "h2"
	}
	if !t.leaving.leave() && !isShared(info.Conn) { // HTTP/1 writes before it sees that the request's context has ended
		conn.Close()
	}
	t.end()
	t.conn, _ = conn.(*tracedConn)
	if t.conn != nil {
		t.written = t.conn.written.Load()
		t.conn.begin(shared)
	}
	if info.Reused || t.conn == nil {
		t.phases.DNS, t.phases.Connect, t.phases.TLS = -1, -1, -1
		return
	}
	t.phases.DNS, t.phases.Connect = t.conn.dns, t.conn.connect
}

// isShared says whether other requests may be under way on a connection.
func isShared(conn net.Conn) bool {
	c, ok := conn.(*tls.Conn)
	return ok && c.ConnectionState().NegotiatedProtocol == "h2"
}

func (t *trace) wroteRequest(info httptrace.WroteRequestInfo) {
	if info.Err != nil { // called for that, too: the request was still being sent
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrote, t.phase = time.Now(), store.PhaseFirstByte
	t.phases.Send = t.wrote.Sub(t.gotConn)
}

// maxInformational is more than any endpoint has a reason to send before its answer.
const maxInformational = 16

func (t *trace) gotInformational() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hints++; t.hints > maxInformational {
		return errTooManyInformational
	}
	return nil
}

func (t *trace) gotFirstByte() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.firstByte, t.phase = time.Now(), phaseHeaders
	if t.conn != nil {
		t.conn.answered()
	}
	from := t.wrote
	if from.IsZero() { // answered before the request was written
		from = t.gotConn
	}
	t.phases.FirstByte = t.firstByte.Sub(from)
}

// nothingLeft says that the request failed on a kept connection before a byte of it was written, so that the endpoint
// cannot have seen it. It then releases that connection, for another try.
func (t *trace) nothingLeft() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.reused || t.conn == nil || t.conn.written.Load() != t.written {
		return false
	}
	t.end()
	t.reused = false
	return true
}

// notItsAnswer says that the supposed answer had come before the request was sent.
func (t *trace) notItsAnswer() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conn != nil && t.conn.notItsAnswer()
}

// done releases the connection.
func (t *trace) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
}

func (t *trace) end() {
	if t.conn != nil {
		t.conn.end()
		t.conn = nil
	}
}

// evidence is what the trace and its connection saw of a request of so many bytes that failed.
func (t *trace) evidence(scheme, port string, size int) evidence {
	t.mu.Lock()
	defer t.mu.Unlock()
	ev := evidence{phase: t.phase, scheme: scheme, port: port, wantsCert: t.wantsCert}
	if t.conn != nil {
		ev.began, ev.cut = t.conn.answer()
		sent := t.conn.written.Load() - t.written
		ev.unsent = t.phase == store.PhaseSend && sent > 0 && sent < int64(size)
	}
	return ev
}

func (t *trace) times() (phases store.Phases, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phases, t.addr
}
