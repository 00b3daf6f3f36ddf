package static

import (
	"net/http"
	"strconv"
	"strings"
)

// immutable is a year, the longest that caches honour.
const immutable = "public, max-age=31536000, immutable"

// Handler serves the addresses that URL makes. A hash of another build (an old page during a deployment) gets the file of this
// build, uncached, rather than a broken page.
func Handler() http.Handler {
	s := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		a, ok := s.assets[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		cache := "no-cache"
		if hash == s.hash {
			cache = immutable
		}
		a.serve(w, r, cache)
	})
}

func (a asset) serve(w http.ResponseWriter, r *http.Request, cache string) {
	body := a.plain
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", cache)
	h.Set("Vary", "Accept-Encoding")
	if a.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body) // fails only when the connection is lost
	}
}
