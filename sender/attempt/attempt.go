package attempt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/event"
	"iozen/store/rescue"
)

// Attempt makes one request with the given settings and returns what became of it. It never fails: whatever goes wrong, a
// panic included, is in the Attempt. It takes at most 30 s. If ctx ends early, the outcome is OutcomeCancelled.
func (c *Client) Attempt(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt {
	started := time.Now()
	a := store.Attempt{
		BotID: d.BotID, DeliveryID: d.ID, Number: d.Attempts + 1,
		StartedAt: c.cfg.Now(), WebhookVersion: w.Version, URL: w.URL,
	}
	if !departureOf(ctx).prepare() {
		a.Outcome = outcome.OutcomeCancelled
		return a
	}
	if err := rescue.Call(func() error { return c.attempt(ctx, &a, started, w, d) }); err != nil {
		c.cfg.Log.Error("making an attempt", "delivery", d.ID, "error", err)
		return Faulty(a, time.Since(started))
	}
	return a
}

// Faulty is an attempt in which an error of ioZen's own occurred. What the endpoint had answered by then still decides;
// evidence that was not yet masked is dropped.
func Faulty(a store.Attempt, took time.Duration) store.Attempt {
	return store.Attempt{
		BotID: a.BotID, DeliveryID: a.DeliveryID, Number: a.Number, StartedAt: a.StartedAt, WebhookVersion: a.WebhookVersion,
		URL: a.URL, StatusCode: a.StatusCode, Duration: took, Outcome: outcome.OutcomeOwnFault,
		Phases: nothingHappened,
	}
}

var nothingHappened = store.Phases{DNS: -1, Connect: -1, TLS: -1, Send: -1, FirstByte: -1, Body: -1}

// attempt makes the request and records what became of it. It returns an error only for a panic in another goroutine.
func (c *Client) attempt(ctx context.Context, a *store.Attempt, started time.Time, w store.Webhook, d store.Delivery) error {
	body, ok := c.body(a, w, d.Payload)
	if !ok {
		a.Duration, a.Phases = time.Since(started), nothingHappened
		return nil
	}
	target, err := url.Parse(w.URL)
	var headers []store.Header
	if err == nil {
		headers, err = RequestHeaders(w, d, body, a.StartedAt, c.cfg.Version)
	}
	if err != nil {
		a.Outcome = outcome.OutcomeCannotSend
		return nil
	}

	secrets := c.secrets.of(w)
	t := newTrace(ctx, started.Add(c.cfg.Budget))
	defer t.done()
	limited, cancel := context.WithDeadline(ctx, t.deadline)
	defer cancel()
	resp, err := c.roundTrip(t.on(limited), t, target, w.URL, headers, body.Bytes)
	var panicked *rescue.Panic
	if err == nil {
		read := c.readAnswer(a, t, resp, w, secrets, cancel)
		errors.As(read, &panicked)
	}
	if errors.As(err, &panicked) || panicked != nil {
		return panicked
	}
	a.Duration = time.Since(started)
	a.Phases, a.RemoteAddr = t.times()
	if err != nil {
		c.classifyFailure(a, ctx, err, t.evidence(target.Scheme, portOf(target), len(body.Bytes)))
	}
	if a.Outcome != "" {
		note(a, "host", target.Hostname())
		note(a, "port", portOf(target))
	}
	secrets.maskEvidence(a)
	event.MaskPersonIn(a, d)
	return nil
}

// roundTrip sends the request. On a kept connection that cannot take it (the endpoint had closed it, or had sent more
// than its answer) it takes another one: nothing was sent, so this is still one request.
func (c *Client) roundTrip(ctx context.Context, t *trace, target *url.URL, text string, headers []store.Header, body []byte) (*http.Response, error) {
	for {
		resp, err := c.transport().RoundTrip(newRequest(ctx, target, text, headers, body))
		if err == nil && t.notItsAnswer() {
			_ = resp.Body.Close()
			err = errNotItsAnswer
		}
		if err == nil && resp.StatusCode < 100 { // net/http accepts 000, which means no status here
			_ = resp.Body.Close()
			err = fmt.Errorf("malformed HTTP status code %q", strconv.Itoa(resp.StatusCode))
		}
		if err == nil || ctx.Err() != nil || !t.nothingLeft() {
			return resp, err
		}
	}
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// classifyFailure says why there was no answer.
func (c *Client) classifyFailure(a *store.Attempt, ctx context.Context, err error, ev evidence) {
	a.FailedPhase = ev.phase
	if ev.phase == phaseHeaders {
		a.FailedPhase = store.PhaseFirstByte
	}
	if ctx.Err() != nil { // the caller's, not the attempt's own limit
		a.Outcome = outcome.OutcomeCancelled
		note(a, "after_ms", strconv.FormatInt(a.Duration.Milliseconds(), 10))
		return
	}
	f := classify(err, ev)
	a.Outcome = f.outcome
	if f.phase != "" {
		a.FailedPhase = f.phase
	}
	for k, v := range f.detail {
		note(a, k, v)
	}
	if a.Outcome == outcome.OutcomeTimeout {
		note(a, "phase", string(ev.phase))
	}
	a.Certificate = f.certificate
}
