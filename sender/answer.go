package sender

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"iozen/store"
)

const (
	readBody     = 64 << 10 // read at most, then the connection is closed
	keepBody     = 16 << 10
	keepHeaders  = 16 << 10
	keepNumber   = 100
	shortSecret  = 6 // shorter values would mask half of any answer
	keepLocation = 2048
)

// readAnswer notes what the endpoint answered. The status decides; what becomes of the body after a 2xx is a remark.
func (c *Client) readAnswer(a *store.Attempt, t *trace, resp *http.Response, secrets []string, cancel context.CancelFunc) {
	t.enter(store.PhaseBody)
	a.StatusCode, a.Protocol = resp.StatusCode, resp.Proto
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		a.Certificate = certificateOf(resp.TLS.PeerCertificates[0], resp.TLS.Version)
	}
	body, err := c.readSome(t, resp, cancel)
	text := maskSecrets(string(body), secrets)
	a.Response.Truncated = len(text) > keepBody || len(body) == readBody
	a.Response.Body = []byte(text[:min(len(text), keepBody)])
	a.Response.Headers = keptHeaders(resp.Header, secrets)

	switch {
	case a.Delivered():
		a.Outcome = bodyRemark(err, resp, text, a.Detail)
		if a.Outcome == OutcomeBodyCut {
			noteReceived(a.Detail, len(body), resp.ContentLength)
		}
	case resp.StatusCode >= 300 && resp.StatusCode <= 399:
		a.Outcome = OutcomeRedirect
		c.noteLocation(a, resp)
	case resp.StatusCode == http.StatusBadRequest && saysHTTPS(text) && resp.TLS == nil:
		a.Outcome = OutcomeWrongSchemeHTTPS
	default:
		a.Outcome = OutcomeHTTP(resp.StatusCode)
		if wait := ParseRetryAfter(resp.Header.Values("Retry-After"), a.StartedAt); wait > 0 {
			a.Detail["retry_after"] = strconv.Itoa(int(wait / time.Second))
		}
	}
}

// readSome reads the body up to its bounds of size and time. What is not read to its end is closed, and the
// connection with it.
func (c *Client) readSome(t *trace, resp *http.Response, cancel context.CancelFunc) ([]byte, error) {
	started := time.Now()
	defer func() { t.took(store.PhaseBody, time.Since(started)) }()
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil // the body is the raw connection
	}
	timer := time.AfterFunc(bodyBudget, cancel)
	defer timer.Stop()
	body, err := io.ReadAll(io.LimitReader(resp.Body, readBody))
	if len(body) == readBody {
		err = nil // enough; whatever comes after is not asked for
	}
	return body, err
}

func bodyRemark(err error, resp *http.Response, text string, detail map[string]string) string {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), err != nil && isTimeout(err):
		return OutcomeBodyEndless
	case errors.Is(err, syscall.ECONNRESET):
		return OutcomeBodyReset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), err != nil && strings.Contains(err.Error(), "; received from peer"):
		return OutcomeBodyCut
	case err != nil:
		return OutcomeBodyBadHTTP
	}
	if !isPage(resp, text) {
		return ""
	}
	if m := pageTitle.FindStringSubmatch(text); m != nil {
		if title := strings.Join(strings.Fields(m[1]), " "); title != "" {
			detail["title"] = clip(title, 100)
		}
	}
	return OutcomeBodyHTML
}

// noteReceived keeps how much of an answer came, and of how much, if that was announced.
func noteReceived(detail map[string]string, received int, announced int64) {
	detail["received"] = strconv.Itoa(received)
	if announced > 0 {
		detail["announced"] = strconv.FormatInt(announced, 10)
	}
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>([^<]{1,400})`)

func isPage(resp *http.Response, text string) bool {
	head := strings.ToLower(strings.TrimSpace(text[:min(len(text), 256)]))
	return strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html") ||
		strings.HasPrefix(strings.ToLower(resp.Header.Get("Content-Type")), "text/html") && strings.HasPrefix(head, "<")
}

// saysHTTPS knows what servers answer to plain HTTP on their HTTPS port (fault matrix R12).
func saysHTTPS(text string) bool {
	return strings.Contains(text, "HTTP request to an HTTPS server") || strings.Contains(text, "plain HTTP request was sent to HTTPS port")
}

// noteLocation keeps where a redirect leads, and its absolute form if that could be saved as the URL.
func (c *Client) noteLocation(a *store.Attempt, resp *http.Response) {
	location := resp.Header.Get("Location")
	if location == "" {
		return
	}
	a.Detail["location"] = clip(location, keepLocation)
	base := resp.Request.URL
	target, err := base.Parse(location)
	if err != nil {
		return
	}
	if checked, problem := CheckURL(target.String(), c.cfg.Allow); problem == nil {
		a.Detail["location_ok"] = checked
	}
}

// keptHeaders are the answer's headers by name, bounded, secrets masked.
func keptHeaders(h http.Header, secrets []string) []store.Header {
	var kept []store.Header
	size := 0
	for _, n := range firstNames(h, keepNumber) {
		for _, v := range h[n] {
			if n == "Set-Cookie" {
				name, _, _ := strings.Cut(v, "=")
				v = name + "=" + Mask
			}
			v = maskSecrets(v, secrets)
			if size += len(n) + len(v); size > keepHeaders || len(kept) == keepNumber {
				return kept
			}
			kept = append(kept, store.Header{Name: n, Value: v})
		}
	}
	return kept
}

// firstNames are the first n names in order; an answer may have thousands.
func firstNames(h http.Header, n int) []string {
	names := make([]string, 0, min(len(h), n)+1)
	for name := range h {
		at, _ := slices.BinarySearch(names, name)
		if at < n {
			names = slices.Insert(names, at, name)
			names = names[:min(len(names), n)]
		}
	}
	return names
}

// secretsOf lists what an endpoint may echo and the log must not keep: header values, the token inside an
// Authorization value, the signing secrets.
func secretsOf(w store.Webhook) []string {
	var secrets []string
	add := func(s string) {
		if len(s) >= shortSecret {
			secrets = append(secrets, s)
		}
	}
	add(w.Secret)
	add(w.PreviousSecret)
	for _, h := range w.Headers {
		if strings.EqualFold(h.Name, "User-Agent") || strings.EqualFold(h.Name, "Accept") || strings.EqualFold(h.Name, "Content-Type") {
			continue
		}
		add(h.Value)
		if _, token, ok := strings.Cut(h.Value, " "); ok {
			add(strings.TrimSpace(token))
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // a whole value before its part
	return secrets
}

func maskSecrets(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, Mask)
	}
	return text
}
