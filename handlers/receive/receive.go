// Package receive is a local endpoint for trying webhooks: it takes any POST, shows what arrived (in the terminal
// and on a page at its own address), says whether its signature is valid, and answers like a healthy server or, at
// some paths, like a broken one.
//
// It is the person's own endpoint, so its page shows headers unmasked; the terminal, which is recorded and shared, does not.
// It keeps the last requests in memory only, bounded, and never sends anything.
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

// Receiver is the endpoint. Make it with New.
type Receiver struct {
	Brief bool   // one line in the terminal for each request
	Home  string // the ioZen that this is the endpoint of, to lead back to it; "": not known

	out     io.Writer
	secrets []string
	mux     *http.ServeMux
	now     func() time.Time
	tries   tries
	limiter limiter

	mu       sync.Mutex
	requests []Request // newest first
	seen     map[string]int
	total    int
}

// New makes an endpoint that writes what arrives to out. It checks signatures with the secrets, if there are any.
func New(out io.Writer, secrets ...string) *Receiver {
	r := &Receiver{out: out, secrets: secrets, mux: http.NewServeMux(), now: time.Now, seen: map[string]int{}}
	r.routes()
	return r
}

// ServeHTTP answers one request.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost && !mayRead(req) {
		http.Error(w, "What has arrived is shown on this machine only. Open http://"+here(req)+" instead.", http.StatusMisdirectedRequest)
		return
	}
	r.mux.ServeHTTP(w, req)
}

func (r *Receiver) routes() {
	r.mux.HandleFunc("GET /{$}", r.page)
	r.mux.HandleFunc("GET /receive.css", style)
	r.mux.HandleFunc("GET /receive.js", script)
	for _, f := range r.faults() {
		r.mux.HandleFunc("GET "+f.pattern, func(w http.ResponseWriter, req *http.Request) { explain(w, req, f.says) })
		r.mux.HandleFunc("POST "+f.pattern, func(w http.ResponseWriter, req *http.Request) {
			r.note(req, f.does(req))
			f.answer(w, req)
		})
	}
	r.mux.HandleFunc("GET /", func(w http.ResponseWriter, req *http.Request) { explain(w, req, `answers 200 {"received":true}`) })
	r.mux.HandleFunc("POST /", func(w http.ResponseWriter, req *http.Request) {
		r.note(req, "200")
		accept(w)
	})
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"received":true}`+"\n")
}

// Serve listens on addr until ctx ends. It prints its address first.
func Serve(ctx context.Context, addr string, out io.Writer, secrets ...string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", addr, err)
	}
	fmt.Fprintf(out, "Test endpoint: http://%s\n", listener.Addr())
	srv := &http.Server{
		Handler: New(out, secrets...), ConnContext: WithConn,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, MaxHeaderBytes: 64 << 10,
	}
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
	if err := srv.Serve(Listen(listener)); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", addr, err)
	}
	return <-stopped
}
