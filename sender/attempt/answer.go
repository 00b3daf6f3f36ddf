package attempt

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
	"iozen/store/event"
)

// keepLocation bounds how much of a redirect's Location is kept.
const keepLocation = 2048

// readAnswer records what the endpoint answered, and returns what went wrong with its body. The status decides; a problem
// with the body of a 2xx is only a remark.
func (c *Client) readAnswer(a *store.Attempt, t *trace, resp *http.Response, w store.Webhook, secrets secrets, cancel context.CancelFunc) error {
	t.enter(store.PhaseBody)
	a.StatusCode, a.Protocol = resp.StatusCode, resp.Proto
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		a.Certificate = certificateOf(resp.TLS.PeerCertificates[0], resp.TLS.Version)
	}
	read, err := c.readSome(t, resp, cancel)
	text, cut := readable(resp.Header, read)
	body := secrets.maskBytes(text[:min(len(text), keepBody)])
	a.Response.Truncated = cut || len(read) == readBody || max(len(text), len(body)) > keepBody
	a.Response.Body = keptBody(body)
	a.Response.Headers = keptHeaders(resp.Header, secrets)

	switch {
	case a.Delivered():
		if a.Outcome = c.unconfirmed(a, w.Success, text, cut || len(read) == readBody || err != nil); a.Outcome != "" {
			break
		}
		a.Outcome = bodyRemark(err, resp, body)
		switch a.Outcome {
		case outcome.OutcomeBodyCut:
			noteReceived(a, len(read), resp.ContentLength)
		case outcome.OutcomeBodyHTML:
			noteTitle(a, body)
		case outcome.OutcomeBodyFailed:
			if !w.Success.IsZero() { // the person has said what counts, and it is there
				a.Outcome = ""
				break
			}
			note(a, "says", clip(strings.Join(strings.Fields(string(body)), " "), 100))
		}
	case resp.StatusCode >= 300 && resp.StatusCode <= 399:
		a.Outcome = outcome.OutcomeRedirect
		c.noteLocation(a, resp.Header.Get("Location"))
	case saysHTTPS(resp, body):
		a.Outcome = outcome.OutcomeWrongSchemeHTTPS
	case saysCertificate(resp, body, t.certificateIsWanted()):
		a.Outcome = outcome.OutcomeTLSClientCertificate
	default:
		a.Outcome = outcome.OutcomeHTTP(resp.StatusCode)
		if isChallenge(resp, body) {
			note(a, "challenge", "cloudflare")
		}
		if wait := outcome.ParseRetryAfter(resp.Header.Values("Retry-After"), a.StartedAt); wait > 0 {
			note(a, "retry_after", strconv.Itoa(int(wait/time.Second)))
		}
		if resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusUnprocessableEntity {
			c.notePlace(a, w, body)
		}
	}
	return err
}

// note adds to the evidence of an attempt. A plain success has none.
func note(a *store.Attempt, key, value string) {
	if a.Detail == nil {
		a.Detail = map[string]string{}
	}
	a.Detail[key] = value
}

// bodyRemark says what is odd about the body of an answer that took the event, or "".
func bodyRemark(err error, resp *http.Response, body []byte) string {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), err != nil && isTimeout(err):
		return outcome.OutcomeBodyEndless
	case errors.Is(err, syscall.ECONNRESET):
		return outcome.OutcomeBodyReset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), err != nil && strings.Contains(err.Error(), "; received from peer"):
		return outcome.OutcomeBodyCut
	case err != nil:
		return outcome.OutcomeBodyBadHTTP
	case isPage(resp, body):
		return outcome.OutcomeBodyHTML
	case saysFailed(body):
		return outcome.OutcomeBodyFailed
	}
	return ""
}

// noteReceived records how much of an answer was received, and how much was announced, if it was.
func noteReceived(a *store.Attempt, received int, announced int64) {
	note(a, "received", strconv.Itoa(received))
	if announced > 0 {
		note(a, "announced", strconv.FormatInt(announced, 10))
	}
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>([^<]{1,400})`)

func noteTitle(a *store.Attempt, body []byte) {
	m := pageTitle.FindSubmatch(body)
	if m == nil {
		return
	}
	if title := strings.Join(strings.Fields(html.UnescapeString(string(m[1]))), " "); title != "" {
		note(a, "title", clip(title, 100))
	}
}

// noteLocation records where a redirect leads, what that means, and its absolute form if that could be saved as the URL.
func (c *Client) noteLocation(a *store.Attempt, location string) {
	if location == "" {
		note(a, "redirect", outcome.RedirectNowhere)
		return
	}
	note(a, "location", clip(location, keepLocation))
	from, err := url.Parse(a.URL)
	if err != nil {
		return
	}
	to, err := from.Parse(location)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
		note(a, "redirect", outcome.RedirectNowhere)
		return
	}
	meaning := redirectMeaning(from, to)
	if meaning != "" {
		note(a, "redirect", meaning)
	}
	if meaning == outcome.RedirectSelf || meaning == outcome.RedirectSignIn {
		return // not the address of a hook
	}
	if checked, problem := target.CheckURL(to.String(), c.cfg.Allow); problem == nil {
		note(a, event.DetailUsable, checked)
	}
}
