// Package receive is a local endpoint for trying webhooks: it takes any POST, shows what arrived (in the terminal
// and on a page at its own address), and answers like a healthy server or, at some paths, like a broken one.
//
// It is the person's own endpoint, so it shows headers unmasked. It keeps the last requests in memory only, bounded,
// and never sends anything.
package receive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	keepRequests = 50
	keepBody     = 64 << 10 // shown of a body
	readBody     = 1 << 20  // read of a body
)

// Receiver is the endpoint. Make it with New.
type Receiver struct {
	out io.Writer
	mux *http.ServeMux
	now func() time.Time

	mu       sync.Mutex
	requests []Request // newest first
	seen     map[string]int
	total    int
}

// Request is one request that arrived.
type Request struct {
	Number int
	At     time.Time
	Path   string
	Header http.Header
	Body   []byte
	Cut    bool // the body was longer than what is kept
	Test   bool
	Repeat int // how often this webhook-id has come before
	Answer string
}

// New makes an endpoint that writes what arrives to out.
func New(out io.Writer) *Receiver {
	r := &Receiver{out: out, mux: http.NewServeMux(), now: time.Now, seen: map[string]int{}}
	r.routes()
	return r
}

// ServeHTTP answers one request.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.mux.ServeHTTP(w, req) }

func (r *Receiver) routes() {
	r.mux.HandleFunc("GET /{$}", r.page)
	r.mux.HandleFunc("GET /receive.css", style)
	for _, f := range faults {
		r.mux.HandleFunc("POST "+f.pattern, func(w http.ResponseWriter, req *http.Request) {
			r.note(req, f.does(req))
			f.answer(w, req)
		})
	}
	r.mux.HandleFunc("POST /", func(w http.ResponseWriter, req *http.Request) {
		r.note(req, "200")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`+"\n")
	})
}

// note reads the request, keeps it and prints it.
func (r *Receiver) note(req *http.Request, answer string) {
	body, _ := io.ReadAll(io.LimitReader(req.Body, readBody)) // what came is shown, whole or not
	in := Request{
		At: r.now(), Path: req.URL.RequestURI(), Header: req.Header.Clone(),
		Body: body[:min(len(body), keepBody)], Cut: len(body) > keepBody,
		Test: req.Header.Get("X-IoZen-Test") == "true", Answer: answer,
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	in.Number = r.total
	if id := req.Header.Get("webhook-id"); id != "" {
		in.Repeat = r.seen[id]
		if len(r.seen) > 100_000 { // a bench may run for hours
			clear(r.seen)
		}
		r.seen[id]++
	}
	r.requests = append([]Request{in}, r.requests[:min(len(r.requests), keepRequests-1)]...)
	in.print(r.out)
}

// print writes one calm block.
func (in Request) print(out io.Writer) {
	marks := ""
	if in.Test {
		marks += "  test"
	}
	if in.Repeat > 0 {
		marks += fmt.Sprintf("  repeat %d", in.Repeat)
	}
	fmt.Fprintf(out, "%s  POST %s → %s%s\n", in.At.Format("15:04:05"), in.Path, in.Answer, marks)
	for _, line := range in.headerLines() {
		fmt.Fprintf(out, "  %s\n", line)
	}
	fmt.Fprintf(out, "  %s\n\n", in.Body)
}

// Requests returns what is kept, newest first.
func (r *Receiver) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Request(nil), r.requests...)
}

// Serve listens on addr until ctx ends. It prints its address first.
func Serve(ctx context.Context, addr string, out io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", addr, err)
	}
	fmt.Fprintf(out, "Test endpoint: http://%s\n", listener.Addr())
	srv := &http.Server{Handler: New(out), ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil { // a request of /delay is still waiting
			stopped <- srv.Close()
			return
		}
		stopped <- nil
	}()
	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", addr, err)
	}
	return <-stopped
}
