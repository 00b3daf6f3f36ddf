package receive

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// The faults here need the connection itself: net/http would not write what they answer.

func reset(w http.ResponseWriter, _ *http.Request) {
	withConn(w, resetConn)
}

// resetConn makes closing send RST.
func resetConn(c net.Conn) {
	if tcp, ok := c.(interface{ SetLinger(int) error }); ok { // a *net.TCPConn, or what the server wraps it in
		_ = tcp.SetLinger(0)
	}
}

func closeEarly(w http.ResponseWriter, _ *http.Request) { withConn(w, func(net.Conn) {}) }

func cut(w http.ResponseWriter, _ *http.Request) {
	answer(w, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"o")
}

func cutReset(w http.ResponseWriter, req *http.Request) {
	withConn(w, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"o")
		waited(req, 200*time.Millisecond) // so that the sender has read the status before the reset throws it away
		resetConn(c)
	})
}

func chunks(w http.ResponseWriter, _ *http.Request) {
	answer(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
}

func garbage(w http.ResponseWriter, _ *http.Request) { answer(w, "SSH-2.0-OpenSSH_9.2\r\n") }

func tlsAlert(w http.ResponseWriter, _ *http.Request) {
	answer(w, "\x15\x03\x01\x00\x02\x02\x16") // fatal, record overflow
}

func big(w http.ResponseWriter, _ *http.Request) {
	answer(w, "HTTP/1.1 200 OK\r\nX-Big: "+strings.Repeat("x", 100<<10)+"\r\nContent-Length: 0\r\n\r\n")
}

func broken(w http.ResponseWriter, _ *http.Request) {
	answer(w, "HTTP/1.1 200 OK\r\nthis line has no colon\r\nContent-Length: 0\r\n\r\n")
}

func slow(w http.ResponseWriter, _ *http.Request) {
	withConn(w, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Slow: ")
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for start := time.Now(); time.Since(start) < maxDelay; <-tick.C {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
		}
	})
}

// bomb is about 100 KB on the wire: a gzip file may have many parts, so one part of 1 MB is packed and then repeated.
func bomb(w http.ResponseWriter, _ *http.Request) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 1<<20)) // a bytes.Buffer does not fail
	_ = z.Close()
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(bytes.Repeat(packed.Bytes(), 100))
}

func answer(w http.ResponseWriter, raw string) {
	withConn(w, func(c net.Conn) { _, _ = io.WriteString(c, raw) })
}

// withConn takes the connection over, lets f write to it and closes it.
func withConn(w http.ResponseWriter, f func(net.Conn)) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 has no connection to take; this server does not speak it
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	f(conn)
	_ = conn.Close()
}
