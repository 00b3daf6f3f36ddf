package handlers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// leastGzip is the smallest body that is worth compressing: a smaller one fits into one packet as it is.
const leastGzip = 1 << 10

// gzipper compresses whole answers. It keeps its writers, because each has large tables. The zero gzipper is ready.
//
// Whoever calls answer decides what may be compressed: the length of a compressed answer tells of what is in it, so an answer
// with a secret must not be (BREACH).
type gzipper struct{ writers sync.Pool }

// answer writes body, compressed if the client takes that. Content-Type must be set.
func (g *gzipper) answer(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= leastGzip && acceptsGzip(r) {
		small, err := g.compress(body)
		if err != nil {
			return err
		}
		body = small
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

func (g *gzipper) compress(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w, ok := g.writers.Get().(*gzip.Writer)
	if ok {
		w.Reset(&out)
	} else {
		w = gzip.NewWriter(&out)
	}
	defer g.writers.Put(w)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compress answer: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress answer: %w", err)
	}
	return out.Bytes(), nil
}

// acceptsGzip reads the request's Accept-Encoding (RFC 9110): gzip by its name counts, else the star; q=0 forbids it.
func acceptsGzip(r *http.Request) bool {
	q, named := 0.0, false
	for _, line := range r.Header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(line, ",") {
			coding, parameters, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(coding)) {
			case "gzip", "x-gzip":
				q, named = weight(parameters), true
			case "*":
				if !named {
					q = weight(parameters)
				}
			}
		}
	}
	return q > 0
}

// weight is the q of a coding; 1 when it has none, 0 when it is not a number.
func weight(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, found := strings.Cut(strings.TrimSpace(p), "=")
		if found && strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return 0
			}
			return q
		}
	}
	return 1
}
