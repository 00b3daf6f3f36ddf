package receive

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxDelay bounds whatever waits: longer than any sender does, short enough to end.
const maxDelay = 2 * time.Minute

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
	switch {
	case code == http.StatusNoContent || code == http.StatusNotModified:
	case code < 300:
		_, _ = io.WriteString(w, `{"received":true}`+"\n")
	default:
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

func echo(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, line := range (Request{Header: req.Header, Names: namesOf(req)}).Headers() {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
	_, _ = io.Copy(w, req.Body)
}

func delay(w http.ResponseWriter, req *http.Request) {
	d, err := time.ParseDuration(req.PathValue("duration"))
	if err != nil || d < 0 || d > maxDelay {
		http.Error(w, "a delay is a duration of up to 2m, such as 40s", http.StatusBadRequest)
		return
	}
	if waited(req, d) {
		_, _ = io.WriteString(w, "late\n")
	}
}

func hang(_ http.ResponseWriter, req *http.Request) {
	waited(req, maxDelay)
	panic(http.ErrAbortHandler) // net/http's way to end without an answer
}

// waited waits, and reports whether the sender did too.
func waited(req *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-req.Context().Done():
		return false
	}
}

func hints(w http.ResponseWriter, _ *http.Request) {
	for range 2 {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
	}
	accept(w)
}

func drip(w http.ResponseWriter, req *http.Request) {
	for start := time.Now(); time.Since(start) < maxDelay; {
		if _, err := io.WriteString(w, "."); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush() // an error shows at the next write
		if !waited(req, 500*time.Millisecond) {
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
