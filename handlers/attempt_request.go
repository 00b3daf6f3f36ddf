package handlers

import (
	"fmt"
	"time"

	"iozen/sender/attempt"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/event"
	"iozen/store/event/format"
)

// requestHeaders makes the headers of an attempt again, for page and API, with the code that made them for sending. w is the
// settings at that time with the present secrets. Configured values are masked, and so is the signature if its secret has
// been rotated since (rotated): a signature made with another secret would be false.
func (a *app) requestHeaders(w store.Webhook, d store.Delivery, at store.Attempt) (headers []store.Header, rotated bool, err error) {
	if headers, err = a.madeHeaders(w, d, sentBody(w, d.Payload), at.StartedAt); err != nil {
		return nil, false, fmt.Errorf("headers of attempt %d: %w", at.Number, err)
	}
	headers = maskConfigured(headers, w)
	if rotated = w.Damaged.Secret || signedBefore(w, at.StartedAt); rotated {
		hideSignature(headers)
	}
	return headers, rotated, nil
}

// madeHeaders are the headers as they are made for a request. If the signing secret cannot be read, the signature is hidden.
func (a *app) madeHeaders(w store.Webhook, d store.Delivery, body attempt.Body, at time.Time) ([]store.Header, error) {
	if w.Damaged.Secret {
		w.Secret, w.PreviousSecret = unknownSecret, ""
	}
	headers, err := attempt.RequestHeaders(w, d, body, at, a.Version)
	if err == nil && w.Damaged.Secret {
		hideSignature(headers)
	}
	return headers, err
}

// sentBody is the body of a request as it went out with these settings, or as it would; empty when the format could make
// none, so that nothing was sent.
func sentBody(w store.Webhook, payload []byte) attempt.Body {
	body, err := attempt.BodyOf(w, payload)
	if err != nil {
		return attempt.Body{ContentType: format.ContentJSON}
	}
	return body
}

// unknownSecret stands for a secret that cannot be read.
const unknownSecret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// signedBefore reports whether an attempt was signed with a secret that is gone: it has been rotated since, or its overlap
// was ended early.
func signedBefore(w store.Webhook, at time.Time) bool {
	if w.PreviousSecret == "" {
		return at.Before(w.PreviousUntil)
	}
	return at.Before(w.PreviousUntil.Add(-db.SecretOverlap))
}

func hideSignature(headers []store.Header) {
	for i := range headers {
		if headers[i].Name == "webhook-signature" {
			headers[i].Value = event.Mask
		}
	}
}
