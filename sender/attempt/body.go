package attempt

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/event/consent"
	"iozen/store/event/format"
	"iozen/store/event/template"
	"iozen/store/option"
	"iozen/store/rescue"
)

// Body is what a request carries: the event as the webhook's format makes it.
type Body struct {
	Bytes       []byte
	ContentType string
}

// BodyOf makes the body of an event again, for pages that show what was sent. It is a pure function of the event and the
// settings; the error can only be a template.TooLargeError, unless settings were stored that could not be saved.
func BodyOf(w store.Webhook, payload []byte) (Body, error) {
	f, err := format.New(w.Format, w.LeaveOut)
	if err != nil {
		return Body{}, fmt.Errorf("format of %s: %w", w.WebhookID, err)
	}
	return render(f, permitted(w, payload))
}

// isPlain says whether a webhook is sent the documented payload. It asks nothing of the format, so that this costs nothing.
func isPlain(w store.Webhook) bool { return w.Format == option.Format{} && len(w.LeaveOut) == 0 }

// permitted is what of an event the consent rule lets an endpoint have, before its format. An event that it may not have
// at all comes here only because a person chose that, or as a test.
func permitted(w store.Webhook, payload []byte) []byte {
	if w.Consent == option.ConsentStrip {
		payload, _ = consent.Apply(w.Consent, payload)
	}
	return payload
}

func render(f *format.Format, payload []byte) (b Body, err error) {
	b.Bytes, b.ContentType, err = f.Render(payload)
	return b, err
}

// maxFormats bounds the formats that a client remembers.
const maxFormats = 10_000

// formats are those that were used lately, ready to render: parsing a template takes longer than filling it in.
type formats struct {
	mu    sync.Mutex
	ready map[formatKey]*format.Format
}

// formatKey is all that a format is made of: webhooks and versions with the same one share it.
type formatKey struct {
	settings option.Format
	leaveOut string // quoted, since a name may hold any character
}

func (f *formats) of(w store.Webhook) (*format.Format, error) {
	key := formatKey{w.Format, fmt.Sprintf("%q", w.LeaveOut)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.ready[key]; ok {
		return known, nil
	}
	made, err := format.New(w.Format, w.LeaveOut)
	if err != nil {
		return nil, err
	}
	if f.ready == nil || len(f.ready) >= maxFormats {
		f.ready = map[formatKey]*format.Format{}
	}
	f.ready[key] = made
	return made, nil
}

// body makes what an attempt sends. If there is no body, the attempt is over: its outcome says why.
func (c *Client) body(a *store.Attempt, w store.Webhook, payload []byte) (body Body, ok bool) {
	payload = permitted(w, payload)
	if isPlain(w) {
		return Body{payload, format.ContentJSON}, true
	}
	err := rescue.Call(func() error {
		f, err := c.formats.of(w)
		if err == nil {
			body, err = render(f, payload)
		}
		return err
	})
	if tooLarge := (*template.TooLargeError)(nil); errors.As(err, &tooLarge) {
		a.Outcome = outcome.OutcomeFormatTooLarge
		note(a, "placeholder", tooLarge.Placeholder)
		note(a, "limit", strconv.Itoa(template.MaxResult>>10))
		if tooLarge.Line > 0 {
			note(a, "place", fmt.Sprintf("line %d, column %d", tooLarge.Line, tooLarge.Column))
		}
		return body, false
	}
	if err != nil {
		c.cfg.Log.Error("making a body", "webhook", w.WebhookID, "version", w.Version, "error", err)
		a.Outcome = outcome.OutcomeFormatFailed
		return body, false
	}
	return body, true
}

// notePlace records where in the format a field is made that the endpoint complains of.
func (c *Client) notePlace(a *store.Attempt, w store.Webhook, answer []byte) {
	if f, err := c.formats.of(w); err == nil {
		if place, ok := f.PlaceOf(answer); ok {
			note(a, "made_at", place.String())
		}
	}
}
