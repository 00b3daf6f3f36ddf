package attempt

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"iozen/sender/target"
	"iozen/store"
)

// RequestHeaders lists the headers of an attempt (contract 1): ours, then the bot's. It is the one place that knows them,
// for the request itself and for every page that shows what was sent. A custom User-Agent replaces ours; a custom
// Content-Type never differs from that of the body. The signature is that of the body.
func RequestHeaders(w store.Webhook, d store.Delivery, body Body, at time.Time, version string) ([]store.Header, error) {
	secrets := []string{w.Secret}
	if w.TwoSign(at) {
		secrets = append(secrets, w.PreviousSecret)
	}
	id := d.ID.String()
	signature, err := Sign(secrets, id, at, body.Bytes)
	if err != nil {
		return nil, fmt.Errorf("signing delivery %s: %w", d.ID, err)
	}
	headers := make([]store.Header, 0, 9+len(w.Headers))
	headers = append(headers,
		store.Header{Name: "Content-Type", Value: body.ContentType},
		store.Header{Name: "Accept-Encoding", Value: "identity"})
	if !slices.ContainsFunc(w.Headers, func(h store.Header) bool { return strings.EqualFold(h.Name, "User-Agent") }) {
		headers = append(headers, store.Header{Name: "User-Agent", Value: "ioZen-Webhooks/" + version})
	}
	headers = append(headers,
		store.Header{Name: "X-IoZen-Event-Id", Value: d.EventID},
		store.Header{Name: "X-IoZen-Event-Name", Value: d.EventName})
	if d.Test {
		headers = append(headers, store.Header{Name: "X-IoZen-Test", Value: "true"})
	}
	headers = append(headers,
		store.Header{Name: "webhook-id", Value: id},
		store.Header{Name: "webhook-timestamp", Value: strconv.FormatInt(at.Unix(), 10)},
		store.Header{Name: "webhook-signature", Value: signature})
	for _, h := range w.Headers {
		if !strings.EqualFold(h.Name, "Content-Type") && !strings.EqualFold(h.Name, "Accept-Encoding") {
			headers = append(headers, h)
		}
	}
	return headers, nil
}

// asTyped is a URL whose path and query are sent byte for byte as they were typed: net/url would decode the path and encode
// it anew, which loses %2F beside a brace.
func asTyped(u *url.URL, text string) *url.URL {
	_, rest, _ := strings.Cut(text, "://")
	_, tail := target.SplitAuthority(rest)
	tail, _, _ = strings.Cut(tail, "#")
	path, query, asked := strings.Cut(tail, "?")
	typed := *u
	typed.Opaque, typed.RawQuery, typed.ForceQuery = escapeUnsendable(path), escapeUnsendable(query), asked && query == ""
	switch {
	case path == "":
		typed.Opaque = "/"
	case strings.HasPrefix(path, "//"): // net/url would take it for a host
		typed.Opaque = ""
	}
	return &typed
}

// escapeUnsendable percent-encodes what would end a request line, or is not ASCII. Stored URLs have neither.
func escapeUnsendable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// newRequest builds the POST. It has no GetBody, because with it and an Idempotency-Key header net/http sends
// the body a second time by itself (fault matrix R1).
func newRequest(ctx context.Context, target *url.URL, text string, headers []store.Header, body []byte) *http.Request {
	h := make(http.Header, len(headers)+1)
	values := make([]string, len(headers))
	for i, f := range headers {
		values[i] = f.Value
		h[f.Name] = values[i : i+1 : i+1] // set directly: names leave in the case typed
	}
	if _, own := h["User-Agent"]; !own {
		h["User-Agent"] = nil // a custom one of another case is there: net/http must not add its own
	}
	req := &http.Request{
		Method: http.MethodPost, URL: asTyped(target, text), Host: target.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	return req.WithContext(ctx)
}
