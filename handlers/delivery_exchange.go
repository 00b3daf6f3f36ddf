package handlers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"iozen/sender"
	"iozen/store"
	"iozen/views"
)

// exchange shows the request and answer of an attempt. The request is made again by the code that made it, from the
// settings and the time of the attempt; shown is the payload as this person may see it.
func (a *app) exchange(ctx context.Context, d store.Delivery, at store.Attempt, now store.Webhook, shown []byte, revealed bool) (*views.Exchange, error) {
	w, err := a.settingsOf(ctx, at, now)
	if err != nil {
		return nil, err
	}
	headers, err := sender.RequestHeaders(w, d, at.StartedAt, a.Version)
	if err != nil {
		return nil, fmt.Errorf("headers of attempt %d: %w", at.Number, err)
	}
	headers = maskConfigured(headers, w)
	e := views.Exchange{
		Number: at.Number, Response: responseText(at), Certificate: certificateFacts(at.Certificate),
		Note: fmt.Sprintf("Made again from settings version %d and the time of the attempt. Values of Custom Headers are not shown.", at.WebhookVersion),
	}
	if signedBefore(now, at.StartedAt) {
		hideSignature(headers)
		e.Note += " The signing secret has been rotated since, so the signature of then cannot be shown."
	}
	if !revealed {
		e.Response = sender.MaskPerson(e.Response, d.Payload)
	}
	e.Request = requestText(at, headers, []byte(indented(shown)))
	e.Curl = curl(at.URL, withoutSignature(headers), string(shown))
	return &e, nil
}

// signedBefore says that an attempt was signed with a secret that is not there any more: it has been rotated since, or
// was ended before its day was over.
func signedBefore(w store.Webhook, at time.Time) bool {
	if w.PreviousSecret == "" {
		return at.Before(w.PreviousUntil)
	}
	return at.Before(w.PreviousUntil.Add(-store.SecretOverlap))
}

func hideSignature(headers []store.Header) {
	for i := range headers {
		if headers[i].Name == "webhook-signature" {
			headers[i].Value = sender.Mask
		}
	}
}

// withoutSignature leaves out what is worth nothing in a request that is made by hand, later.
func withoutSignature(headers []store.Header) []store.Header {
	var kept []store.Header
	for _, h := range headers {
		if !strings.HasPrefix(h.Name, "webhook-") {
			kept = append(kept, h)
		}
	}
	return kept
}
