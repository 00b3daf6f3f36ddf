package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"

	"iozen/static"
	"iozen/views"
)

// maxBody is the most that any request may send: 1 MiB, the API's bound for events.
const maxBody = 1 << 20

// policy is strict: our own files only, nothing inline. Pictures may be data: because basecoat draws its arrows so.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure wraps the router in its protections, outermost first: panics become answers, security headers, the Host, a bound on
// bodies; and for routes that a cookie opens, the origin of the request and its session.
func (a *app) secure(router http.Handler) http.Handler {
	pages := a.sameOrigin(a.sessions.Handler(router))
	split := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // static files say otherwise
		if withoutCookie(r.URL.Path) {
			router.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
	return a.recovered(a.noteProxies(a.headers(a.knownHost(http.MaxBytesHandler(split, maxBody)))))
}

// withoutCookie reports whether a route needs no session: those for programs, probes and files.
func withoutCookie(path string) bool {
	return strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, static.Prefix) ||
		path == "/openapi.yaml" || probe(path)
}

// secureFor is how long a browser that has reached us by HTTPS uses nothing else. We must not decide that for other hosts of
// the domain.
const secureFor = "max-age=31536000"

func (a *app) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if a.secureCookies() {
			h.Set("Strict-Transport-Security", secureFor)
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost refuses foreign names that DNS rebinding leads to a server on loopback: otherwise a foreign page could create the
// owner's account of a fresh installation.
func (a *app) knownHost(next http.Handler) http.Handler {
	if !a.Loopback {
		return next
	}
	public, _ := url.Parse(a.PublicURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !probe(r.URL.Path) && !isLoopback(r.Host) && (public == nil || !strings.EqualFold(r.Host, public.Host)) {
			http.Error(w, "Unknown host. Set IOZEN_PUBLIC_URL to the address that people use.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// probe is a path that says nothing but whether the server works: whoever watches it may call it by any name.
func probe(path string) bool { return path == "/healthz" || path == "/readyz" }

func isLoopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || (err == nil && addr.IsLoopback())
}

// recovered turns a panic into a logged 500. An answer that had begun is cut off, so that it is not taken for complete.
func (a *app) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		w := &begunWriter{ResponseWriter: plain}
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if reason == http.ErrAbortHandler { // net/http's own way to cut a connection
				panic(reason)
			}
			a.Log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "reason", reason, "stack", string(debug.Stack()))
			if w.begun {
				panic(http.ErrAbortHandler)
			}
			a.plainProblem(w, r, problemOf(nil))
		}()
		next.ServeHTTP(w, r)
	})
}

// begunWriter knows whether an answer has begun.
type begunWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *begunWriter) WriteHeader(status int) {
	w.begun = w.begun || status >= http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

func (w *begunWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *begunWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// plainProblem answers outside the router, where the caller is not known yet.
func (a *app) plainProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	if isAPI(r) {
		_ = writeProblem(w, p)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	_ = views.ErrorPage(views.Page{Title: p.Title}, p.Detail, false).Render(r.Context(), w)
}
