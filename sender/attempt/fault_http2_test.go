package attempt

import (
	"bytes"
	"crypto/tls"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"iozen/sender/outcome"
	"iozen/store"
)

// h2peer is the endpoint's end of an HTTP/2 connection.
type h2peer struct {
	*peer
	*http2.Framer
	headers bytes.Buffer // what encoder wrote
	encoder *hpack.Encoder
}

// overH2 agrees on HTTP/2, sends its settings and behaves frame by frame.
func overH2(certificate tls.Certificate, behave func(*h2peer), settings ...http2.Setting) behaviour {
	return overTLS(&tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2"}}, func(p *peer) {
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(p.in, preface); err != nil {
			return
		}
		h := &h2peer{peer: p, Framer: http2.NewFramer(p, p.in)}
		h.AllowIllegalWrites = true
		h.encoder = hpack.NewEncoder(&h.headers)
		_ = h.WriteSettings(settings...)
		behave(h)
	})
}

// request reads frames up to the end of a request, and returns its stream.
func (h *h2peer) request() uint32 {
	return h.readUntil(func(f http2.Frame) bool {
		data, ok := f.(*http2.DataFrame)
		return ok && data.StreamEnded()
	})
}

// requestHeaders reads frames up to the body of a request.
func (h *h2peer) requestHeaders() uint32 {
	return h.readUntil(func(f http2.Frame) bool {
		_, ok := f.(*http2.HeadersFrame)
		return ok
	})
}

func (h *h2peer) readUntil(found func(http2.Frame) bool) uint32 {
	for {
		frame, err := h.ReadFrame()
		if err != nil {
			return 0
		}
		if found(frame) {
			return frame.Header().StreamID
		}
		if f, ok := frame.(*http2.SettingsFrame); ok && !f.IsAck() {
			_ = h.WriteSettingsAck()
		}
	}
}

// status sends the headers of an answer, as pairs of name and value.
func (h *h2peer) status(stream uint32, status int, end bool, pairs ...string) {
	h.encode(append([]string{":status", strconv.Itoa(status)}, pairs...)...)
	_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: h.headers.Bytes(), EndHeaders: true, EndStream: end})
}

func (h *h2peer) encode(pairs ...string) {
	h.headers.Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = h.encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
}

func TestHTTP2(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	certificate := ca.issue(t, nil)
	h2 := func(behave func(*h2peer), settings ...http2.Setting) behaviour {
		return overH2(certificate, behave, settings...)
	}
	// after reads the request, does something on its stream, and leaves the connection open.
	after := func(do func(h *h2peer, stream uint32)) behaviour {
		return h2(func(h *h2peer) {
			if stream := h.request(); stream != 0 {
				do(h, stream)
				h.stay()
			}
		})
	}
	chunk := bytes.Repeat([]byte("x"), 16<<10)
	endless := func(h *h2peer, write func() error) {
		for write() == nil {
		}
	}
	faults := []fault{
		{name: "200", endpoint: after(func(h *h2peer, s uint32) { h.status(s, 200, false); _ = h.WriteData(s, true, []byte("ok")) }), status: 200},
		{name: "401", endpoint: after(func(h *h2peer, s uint32) { h.status(s, 401, true) }), status: 401, outcome: "http_401", cause: "Authentication failed"},
		{name: "informational answers first", endpoint: after(func(h *h2peer, s uint32) { h.status(s, 103, false); h.status(s, 103, false); h.status(s, 204, true) }), status: 204},
		{name: "informational answers without an end", endpoint: after(func(h *h2peer, s uint32) {
			h.encode(":status", "103", "link", strings.Repeat("x", 200))
			endless(h, func() error {
				return h.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: []byte{0x08, 0x03, '1', '0', '3'}, EndHeaders: true})
			})
		}), outcome: outcome.OutcomeHeaderTooLarge, phase: answering, error: "Answer header too large"},

		{name: "zero window", endpoint: h2(func(h *h2peer) { h.request(); h.stay() }, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}), payload: make([]byte, 128<<10), outcome: outcome.OutcomeTimeout, phase: store.PhaseSend, error: "Request timed out", cause: "The endpoint did not take the request in 30s"},
		{name: "no stream allowed", endpoint: h2(func(h *h2peer) { h.request(); h.stay() }, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 0}), outcome: outcome.OutcomeTimeout, or: outcome.OutcomeH2Refused},
		{name: "never answers", endpoint: after(func(*h2peer, uint32) {}), outcome: outcome.OutcomeTimeout, phase: answering, error: "Request timed out", cause: "Endpoint didn't respond in 30s"},
		{name: "settings, and nothing more is read", endpoint: h2(func(h *h2peer) { <-h.over }), outcome: outcome.OutcomeTimeout, phase: answering, error: "Request timed out"},

		{name: "GOAWAY: calm down", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, nil) }), outcome: outcome.OutcomeH2Overload, phase: answering, error: "Server asked us to slow down", fix: "set a Rate limit"},
		{name: "RST_STREAM: calm down", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteRSTStream(s, http2.ErrCodeEnhanceYourCalm) }), outcome: outcome.OutcomeH2Overload, phase: answering, error: "Server asked us to slow down"},
		{name: "GOAWAY before our stream", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteGoAway(0, http2.ErrCodeNo, nil) }), outcome: outcome.OutcomeH2Refused, phase: answering, error: "Server refused the request", cause: "without handling the event"},
		{name: "GOAWAY after our stream, then closed", endpoint: h2(func(h *h2peer) { s := h.request(); _ = h.WriteGoAway(s, http2.ErrCodeNo, nil) }), outcome: outcome.OutcomeClosedEarly, phase: answering, error: "Connection closed", fix: "may have taken the event"},
		{name: "closed after the request", endpoint: h2(func(h *h2peer) { h.request() }), outcome: outcome.OutcomeClosedEarly, phase: answering, error: "Connection closed"},
		{name: "RST_STREAM: refused", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteRSTStream(s, http2.ErrCodeRefusedStream) }), outcome: outcome.OutcomeH2Refused, phase: answering, error: "Server refused the request", cause: "without handling the event"},
		{name: "RST_STREAM: internal error", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteRSTStream(s, http2.ErrCodeInternal) }), outcome: outcome.OutcomeH2Failed, phase: answering, error: "Server failed the request", fix: "logs"},
		{name: "RST_STREAM: cancel", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteRSTStream(s, http2.ErrCodeCancel) }), outcome: outcome.OutcomeH2Failed, phase: answering, error: "Server failed the request"},
		{name: "RST_STREAM: no error, before an answer", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteRSTStream(s, http2.ErrCodeNo) }), outcome: outcome.OutcomeH2Failed, phase: answering, error: "Server failed the request"},
		{name: "RST_STREAM: HTTP/1.1 required", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteRSTStream(s, http2.ErrCodeHTTP11Required) }), outcome: outcome.OutcomeH2Error, phase: answering, error: "HTTP/2 failed", fix: "switch HTTP/2 off"},

		{name: "speaks HTTP/1.1", endpoint: h2(func(h *h2peer) { h.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); h.stay() }), outcome: outcome.OutcomeH2Error, or: outcome.OutcomeH2Error, error: "HTTP/2 failed"},
		{name: "garbage", endpoint: h2(func(h *h2peer) { h.write(strings.Repeat("\xff", 100)); h.stay() }), outcome: outcome.OutcomeH2Error, or: outcome.OutcomeH2Error, error: "HTTP/2 failed"},
		{name: "no status", endpoint: after(func(h *h2peer, s uint32) {
			h.encode("x", "y")
			_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: h.headers.Bytes(), EndHeaders: true, EndStream: true})
		}), outcome: outcome.OutcomeH2Error, phase: answering, error: "HTTP/2 failed"},
		{name: "upper case in a header name", endpoint: after(func(h *h2peer, s uint32) { h.status(s, 200, true, "X-Upper", "y") }), outcome: outcome.OutcomeBrokenHeader, phase: answering, error: "Answer has a broken header"},
		{name: "body before headers", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteData(s, true, []byte("ok")) }), outcome: outcome.OutcomeH2Error, phase: answering, error: "HTTP/2 failed"},
		{name: "pushes", endpoint: after(func(h *h2peer, s uint32) {
			h.encode(":method", "GET", ":path", "/", ":scheme", "https", ":authority", "hook.example")
			_ = h.WritePushPromise(http2.PushPromiseParam{StreamID: s, PromiseID: 2, BlockFragment: h.headers.Bytes(), EndHeaders: true})
		}), outcome: outcome.OutcomeH2Error, phase: answering, error: "HTTP/2 failed"},
		{name: "broken compression", endpoint: after(func(h *h2peer, s uint32) {
			_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff}, EndHeaders: true, EndStream: true})
		}), outcome: outcome.OutcomeH2Error, phase: answering, error: "HTTP/2 failed"},
		{name: "window beyond its bound", endpoint: after(func(h *h2peer, s uint32) { _ = h.WriteWindowUpdate(0, 1<<31-1) }), outcome: outcome.OutcomeH2Error, phase: answering, error: "HTTP/2 failed"},

		{name: "one header of 100 KiB", endpoint: after(func(h *h2peer, s uint32) { h.continued(s, "x", strings.Repeat("x", 100<<10)) }), outcome: outcome.OutcomeH2Error, phase: answering, error: "HTTP/2 failed"},
		{name: "1,000 headers", endpoint: after(func(h *h2peer, s uint32) { h.continued(s, manyHeaders(1000)...) }), outcome: outcome.OutcomeHeaderTooLarge, phase: answering, error: "Answer header too large"},
		{name: "header bomb: one entry of the table, again and again", endpoint: after(func(h *h2peer, s uint32) {
			h.encode(":status", "200", "x", strings.Repeat("x", 4000))
			h.headers.Write(bytes.Repeat([]byte{0xbe}, 10_000)) // each is 4 KB
			_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: h.headers.Bytes(), EndHeaders: true, EndStream: true})
		}), outcome: outcome.OutcomeHeaderTooLarge, phase: answering, error: "Answer header too large"},
		{name: "CONTINUATION without an end", endpoint: after(func(h *h2peer, s uint32) {
			h.encode(":status", "200")
			_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: h.headers.Bytes()})
			h.encode("x", strings.Repeat("x", 8<<10))
			endless(h, func() error { return h.WriteContinuation(s, false, h.headers.Bytes()) })
		}), outcome: outcome.OutcomeH2Error, or: outcome.OutcomeHeaderTooLarge},
		{name: "empty CONTINUATION without an end", endpoint: after(func(h *h2peer, s uint32) {
			_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: s})
			endless(h, func() error { return h.WriteContinuation(s, false, nil) })
		}), outcome: outcome.OutcomeH2Error, or: outcome.OutcomeTimeout},
		{name: "SETTINGS without an end, and nothing is read", endpoint: h2(func(h *h2peer) {
			endless(h, func() error { return h.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 14}) })
		}), outcome: outcome.OutcomeTimeout, or: outcome.OutcomeH2Error},
		{name: "PING without an end, and nothing is read", endpoint: h2(func(h *h2peer) {
			endless(h, func() error { return h.WritePing(false, [8]byte{}) })
		}), outcome: outcome.OutcomeTimeout, or: outcome.OutcomeH2Error},

		{name: "body without an end", endpoint: after((*h2peer).endlessBody), status: 200},
		{name: "body without an end and without regard to the window", endpoint: after(func(h *h2peer, s uint32) {
			h.status(s, 200, false)
			for range 8 { // eight windows: a flood without end would measure the flooder's memory, in this process too
				_ = h.WriteData(s, false, chunk)
			}
		}), status: 200, or: outcome.OutcomeBodyBadHTTP},
		{name: "body that drips", endpoint: after(func(h *h2peer, s uint32) { h.status(s, 200, false); _ = h.WriteData(s, false, []byte("o")) }), status: 200, outcome: outcome.OutcomeBodyEndless, error: "Answer never ended"},
		{name: "body cut by RST_STREAM", endpoint: after(func(h *h2peer, s uint32) {
			h.status(s, 200, false)
			_ = h.WriteData(s, false, []byte("abc"))
			_ = h.WriteRSTStream(s, http2.ErrCodeInternal)
		}), status: 200, outcome: outcome.OutcomeBodyCut, error: "Answer cut short", cause: "after 3 bytes"},
		{name: "body cut by closing", endpoint: h2(func(h *h2peer) {
			s := h.request()
			h.status(s, 200, false)
			_ = h.WriteData(s, false, []byte("abc"))
		}), status: 200, outcome: outcome.OutcomeBodyCut, error: "Answer cut short"},
		{name: "shorter than its Content-Length", endpoint: after(func(h *h2peer, s uint32) {
			h.status(s, 200, false, "content-length", "1000")
			_ = h.WriteData(s, true, []byte("abc"))
		}), status: 200, outcome: outcome.OutcomeBodyCut, error: "Answer cut short", cause: "after 3 of 1,000 bytes"},
		{name: "longer than its Content-Length", endpoint: after(func(h *h2peer, s uint32) {
			h.status(s, 200, false, "content-length", "1")
			_ = h.WriteData(s, true, []byte("abc"))
		}), status: 200, outcome: outcome.OutcomeBodyBadHTTP, error: "Answer is not valid HTTP"},
		{name: "answers before it has the whole request", endpoint: h2(func(h *h2peer) {
			s := h.requestHeaders()
			h.status(s, 413, true)
			_ = h.WriteRSTStream(s, http2.ErrCodeNo)
			h.stay()
		}), payload: make([]byte, 128<<10), status: 413, outcome: "http_413", tries: 3},
	}
	for i := range faults {
		faults[i].url = "https://hook.example:<port>/hook"
		faults[i].config = func(cfg *ClientConfig) { cfg.RootCAs = ca.pool() }
	}
	requireFaults(t, faults)
}

// endlessBody keeps to the rules of the window, and never comes to an end.
func (h *h2peer) endlessBody(stream uint32) {
	h.status(stream, 200, false)
	chunk := make([]byte, 4<<10)
	for window := streamWindow; ; {
		for ; window >= len(chunk); window -= len(chunk) {
			_ = h.WriteData(stream, false, chunk)
		}
		switch f, err := h.ReadFrame(); f := f.(type) {
		case *http2.WindowUpdateFrame:
			if f.StreamID == stream {
				window += int(f.Increment)
			}
		case *http2.RSTStreamFrame:
			return
		default:
			if err != nil {
				return
			}
		}
	}
}

// continued sends headers that need many frames.
func (h *h2peer) continued(stream uint32, pairs ...string) {
	h.encode(append([]string{":status", "200"}, pairs...)...)
	rest := h.headers.Bytes()
	const size = 8 << 10
	_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: rest[:min(size, len(rest))], EndStream: true})
	for rest = rest[min(size, len(rest)):]; len(rest) > size; rest = rest[size:] {
		_ = h.WriteContinuation(stream, false, rest[:size])
	}
	_ = h.WriteContinuation(stream, true, rest)
}

// manyHeaders are n headers, as pairs.
func manyHeaders(n int) []string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, "x-"+strconv.Itoa(i), "y")
	}
	return pairs
}

func TestHTTP2IsSpokenWhereItIsOffered(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	certificate := ca.issue(t, nil)
	answer := func(h *h2peer) {
		for s := h.request(); s != 0; s = h.request() {
			h.status(s, 200, true)
		}
	}
	for offered, endpoint := range map[string]behaviour{
		"HTTP/2.0": overH2(certificate, answer),
		"HTTP/1.1": overTLS(&tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}, answersAndStays(ok)),
	} {
		a := fault{url: "https://hook.example:<port>/", endpoint: endpoint, config: func(cfg *ClientConfig) { cfg.RootCAs = ca.pool() }}.attempt(t)
		require.Equal(t, 200, a.StatusCode, a.Outcome)
		require.Equal(t, offered, a.Protocol)
	}
}
