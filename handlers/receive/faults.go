package receive

import (
	"net/http"
	"strings"
)

// fault is one way to answer like a broken server.
type fault struct {
	pattern string // of net/http's ServeMux
	example string
	says    string // what it does, for the page
	answer  http.HandlerFunc
}

// does says how a request is answered.
func (f fault) does(req *http.Request) string {
	if code := req.PathValue("code"); code != "" {
		return code
	}
	return strings.TrimPrefix(f.example, "/")
}

// faults are all of them, in the order of the page: what an endpoint can do between taking a request and the end of its
// answer. What goes wrong before (names, certificates) needs no endpoint that works.
func (r *Receiver) faults() []fault {
	return []fault{
		{"/status/{code}", "/status/401", "answers with that status; ?retry_after=5 adds Retry-After", status},
		{"/redirect", "/redirect", "answers 302; ?to=… says where to, ?code=308 with which status", redirect},
		{"/html", "/html", "answers 200 with a web page titled “Sign in”", html},
		{"/echo", "/echo", "answers 200 with the request's own headers and body", echo},
		{"/flaky/{times}", "/flaky/2", "answers 503 to the first 2 tries of each event, then 200", r.flaky},
		{"/limit/{rate}", "/limit/5", "answers 200 five times a second, else 429 with Retry-After", r.limit},

		{"/delay/{duration}", "/delay/40s", "waits that long, then answers 200", delay},
		{"/hang", "/hang", "takes the request and never answers", hang},
		{"/reset", "/reset", "resets the connection", reset},
		{"/close", "/close", "closes the connection without an answer", closeEarly},

		{"/garbage", "/garbage", "answers with something that is not HTTP", garbage},
		{"/tls", "/tls", "answers as an HTTPS server does to plain HTTP", tlsAlert},
		{"/big", "/big", "answers with 100 KiB of headers", big},
		{"/broken", "/broken", "answers with an invalid header line", broken},
		{"/slow", "/slow", "answers a byte at a time, and never gets to the end of its headers", slow},
		{"/hints", "/hints", "answers 103 twice before its 200, which is allowed", hints},

		{"/cut", "/cut", "announces more body than it sends", cut},
		{"/cutreset", "/cutreset", "resets the connection in the middle of its body", cutReset},
		{"/chunks", "/chunks", "answers 200 with a body whose chunks are broken", chunks},
		{"/drip", "/drip", "answers 200, then a byte of body each half second", drip},
		{"/endless", "/endless", "answers 200 with a body that never ends", endless},
		{"/bomb", "/bomb", "answers 200 with a small gzip body that unpacks to 100 MB", bomb},
	}
}
