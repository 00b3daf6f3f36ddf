package receive

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fault is one way to answer like a broken server.
type fault struct {
	pattern string // of net/http's ServeMux
	example string
	says    string // what it does, for the page
	answer  func(http.ResponseWriter, *http.Request)
}

// does says what a request is answered with.
func (f fault) does(req *http.Request) string {
	if code := req.PathValue("code"); code != "" {
		return code
	}
	return strings.TrimPrefix(f.example, "/")
}

// maxDelay bounds /delay: longer than any sender waits, short enough to end.
const maxDelay = 2 * time.Minute

var faults = []fault{
	{"/status/{code}", "/status/401", "answers with that status; ?retry_after=5 adds Retry-After", status},
	{"/delay/{duration}", "/delay/40s", "waits that long, then answers 200", delay},
	{"/redirect", "/redirect", "answers 302; ?to=… says where to, ?code=307 with which status", redirect},
	{"/reset", "/reset", "resets the connection", reset},
	{"/close", "/close", "closes the connection without an answer", closeEarly},
	{"/html", "/html", "answers 200 with a web page titled “Sign in”", html},
	{"/drip", "/drip", "answers 200, then a byte of body each half second", drip},
	{"/endless", "/endless", "answers 200 with a body that never ends", endless},
	{"/cut", "/cut", "announces more body than it sends", cut},
	{"/garbage", "/garbage", "answers with something that is not HTTP", garbage},
	{"/big", "/big", "answers with 100 KiB of headers", big},
	{"/echo", "/echo", "answers 200 with the request's headers and body", echo},
}

func status(w http.ResponseWriter, req *http.Request) {
	code, err := strconv.Atoi(req.PathValue("code"))
	if err != nil || code < 200 || code > 999 {
		http.Error(w, "a status is a number from 200 to 999", http.StatusBadRequest)
		return
	}
	if after := req.URL.Query().Get("retry_after"); after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if code != http.StatusNoContent && code != http.StatusNotModified {
		fmt.Fprintf(w, `{"error":%q}`+"\n", statusWords(code))
	}
}

func statusWords(code int) string {
	switch code {
	case http.StatusUnauthorized:
		return "invalid token"
	case http.StatusUnprocessableEntity:
		return "user_data.phone is not a phone number"
	}
	if text := http.StatusText(code); text != "" {
		return strings.ToLower(text)
	}
	return "status " + strconv.Itoa(code)
}

func delay(w http.ResponseWriter, req *http.Request) {
	d, err := time.ParseDuration(req.PathValue("duration"))
	if err != nil || d < 0 || d > maxDelay {
		http.Error(w, "a delay is a duration of up to 2m, such as 40s", http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(d):
		_, _ = io.WriteString(w, "late\n")
	case <-req.Context().Done(): // the sender gave up
	}
}

func redirect(w http.ResponseWriter, req *http.Request) {
	to, code := req.URL.Query().Get("to"), http.StatusFound
	if to == "" {
		to = "/"
	}
	if c, err := strconv.Atoi(req.URL.Query().Get("code")); err == nil && c >= 300 && c <= 399 {
		code = c
	}
	w.Header().Set("Location", to)
	w.WriteHeader(code)
}

func html(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title><h1>Sign in</h1>")
}

func drip(w http.ResponseWriter, req *http.Request) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); time.Since(start) < maxDelay; {
		if _, err := io.WriteString(w, "."); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush() // an error shows at the next write
		select {
		case <-tick.C:
		case <-req.Context().Done():
			return
		}
	}
}

func endless(w http.ResponseWriter, req *http.Request) {
	block := strings.Repeat("endless ", 1024)
	for start := time.Now(); time.Since(start) < maxDelay && req.Context().Err() == nil; {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}

func echo(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, line := range (Request{Header: req.Header}).headerLines() {
		fmt.Fprintln(w, line)
	}
}

// The faults below need the connection itself.

func reset(w http.ResponseWriter, _ *http.Request) {
	withConn(w, func(c net.Conn) {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // closing now sends RST
		}
	})
}

func closeEarly(w http.ResponseWriter, _ *http.Request) { withConn(w, func(net.Conn) {}) }

func cut(w http.ResponseWriter, _ *http.Request) {
	withConn(w, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"o") })
}

func garbage(w http.ResponseWriter, _ *http.Request) {
	withConn(w, func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n") })
}

func big(w http.ResponseWriter, _ *http.Request) {
	withConn(w, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Big: "+strings.Repeat("x", 100<<10)+"\r\nContent-Length: 0\r\n\r\n")
	})
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
