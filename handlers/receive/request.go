package receive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

const (
	keepRequests = 50
	keepBody     = 64 << 10 // shown of a body
	readBody     = 1 << 20  // read of a body
	keepIDs      = 100_000  // a bench may run for hours
)

// Request is one request that arrived.
type Request struct {
	Number    int
	At        time.Time
	Path      string
	Header    http.Header
	Body      []byte
	Cut       bool // the body was longer than what is kept
	Test      bool
	Repeat    int // how often this webhook-id has come before
	Answer    string
	Signature Verdict
}

// note reads the request, keeps it and prints it.
func (r *Receiver) note(req *http.Request, answer string) {
	body, _ := io.ReadAll(io.LimitReader(req.Body, readBody)) // what came is shown, whole or not
	req.Body = io.NopCloser(bytes.NewReader(body))
	in := Request{
		At: r.now(), Path: req.URL.RequestURI(), Header: req.Header.Clone(),
		Body: body[:min(len(body), keepBody)], Cut: len(body) > keepBody,
		Test: req.Header.Get("X-IoZen-Test") == "true", Answer: answer,
		Signature: verify(r.secrets, req.Header, body, r.now()),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	in.Number = r.total
	if id := req.Header.Get("webhook-id"); id != "" {
		in.Repeat = r.seen[id]
		if len(r.seen) > keepIDs {
			clear(r.seen)
		}
		r.seen[id]++
	}
	r.requests = append([]Request{in}, r.requests[:min(len(r.requests), keepRequests-1)]...)
	in.print(r.out)
}

// Requests returns what is kept, newest first.
func (r *Receiver) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Request(nil), r.requests...)
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
	if in.Signature.Words != "" {
		marks += "  " + in.Signature.Words
	}
	fmt.Fprintf(out, "%s  POST %s → %s%s\n", in.At.Format("15:04:05"), in.Path, in.Answer, marks)
	for _, line := range in.Headers() {
		fmt.Fprintf(out, "  %s\n", line)
	}
	fmt.Fprintf(out, "  %s\n\n", in.Body)
}

// Headers are the headers as "Name: value", by name.
func (in Request) Headers() []string {
	var lines []string
	for name, values := range in.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	return lines
}

// Pretty is the body, indented if it is JSON.
func (in Request) Pretty() string {
	var out bytes.Buffer
	if json.Indent(&out, in.Body, "", "  ") != nil {
		return string(in.Body)
	}
	return out.String()
}
