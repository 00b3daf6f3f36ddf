package receive

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

const (
	keepRequests = 50
	keepBody     = 64 << 10 // shown of a body
	readBody     = 1 << 20  // read of a body
	keepIDs      = 100_000  // a bench may run for hours
	keepID       = 128      // bytes of an id that is remembered
)

// Request is one request that arrived.
type Request struct {
	Number    int
	At        time.Time
	Path      string
	Header    http.Header
	Names     map[string]string // as they were sent, where that is known
	Body      []byte
	Cut       bool // the body was longer than what is kept
	Test      bool
	Repeat    int // how often this webhook-id has come before
	Answer    string
	Signature Verdict
}

// note reads the request, keeps it and prints it.
func (r *Receiver) note(req *http.Request, answer string) {
	names := namesOf(req)                                     // before a long body has taken their place
	body, _ := io.ReadAll(io.LimitReader(req.Body, readBody)) // what came is shown, complete or not
	req.Body = io.NopCloser(bytes.NewReader(body))
	in := Request{
		At: r.now(), Path: req.URL.RequestURI(), Header: req.Header.Clone(), Names: names,
		Body: bytes.Clone(body[:min(len(body), keepBody)]), Cut: len(body) > keepBody,
		Test: req.Header.Get("X-IoZen-Test") == "true", Answer: answer,
		Signature: verify(r.secrets, req.Header, body, r.now()),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	in.Number = r.total
	if id := short(req.Header.Get("webhook-id")); id != "" {
		in.Repeat = r.seen[id]
		if len(r.seen) > keepIDs {
			clear(r.seen)
		}
		r.seen[id]++
	}
	r.requests = append([]Request{in}, r.requests[:min(len(r.requests), keepRequests-1)]...)
	in.print(r.out, r.Brief)
}

// short bounds the ids that are remembered.
func short(id string) string { return id[:min(len(id), keepID)] }

// Requests returns what is kept, newest first.
func (r *Receiver) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Request(nil), r.requests...)
}

// Headers are the headers as "Name: value", by name, each name as it was sent.
func (in Request) Headers() []string {
	var lines []string
	for _, h := range in.headers() {
		lines = append(lines, h.Name+": "+h.Value)
	}
	return lines
}

// header is one line of a request's headers.
type header struct{ Name, Value string }

func (in Request) headers() (list []header) {
	for _, name := range slices.Sorted(maps.Keys(in.Header)) {
		written := name
		if in.Names[name] != "" {
			written = in.Names[name]
		}
		for _, v := range in.Header[name] {
			list = append(list, header{written, v})
		}
	}
	return list
}

// UTC is when it arrived. The page's script shows it in the reader's time.
func (in Request) UTC() time.Time { return in.At.UTC() }

// Pretty is the body, indented if it is JSON.
func (in Request) Pretty() string {
	var out bytes.Buffer
	if json.Indent(&out, in.Body, "", "  ") != nil {
		return string(in.Body)
	}
	return out.String()
}
