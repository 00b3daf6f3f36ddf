package handlers

import (
	"context"
	"fmt"
	"strings"

	"iozen/store"
	"iozen/store/event/consent"
	"iozen/views"
)

// exchange shows the request and answer of an attempt. The request is reconstructed by the code that made it for sending, from
// the settings and the time of the attempt. Answer and body are shown as this person may see them; the signature is that
// of the payload as it was sent.
func (a *app) exchange(ctx context.Context, d store.Delivery, at store.Attempt, now store.Webhook, shown []byte) (*views.Exchange, error) {
	w, err := a.settingsOf(ctx, at, now)
	if err != nil {
		return nil, err
	}
	headers, rotated, err := a.requestHeaders(w, d, at)
	if err != nil {
		return nil, err
	}
	e := views.Exchange{
		Number: at.Number, Bars: attemptBars(at), Response: responseText(at), Certificate: certificateFacts(at.Certificate),
		Note: fmt.Sprintf("Reconstructed from settings version %d. Custom Header values stay hidden.", at.WebhookVersion),
	}
	if _, act := consent.Apply(w.Consent, d.Payload); act == consent.Stripped {
		e.Note += " " + sentence(act.Words())
	}
	if rotated {
		e.Note += " The signing secret has been rotated since, so the original signature cannot be shown."
	}
	body := sentBody(w, shown).Bytes
	e.Request = requestText(at, headers, []byte(visible(indented(body))))
	e.Curl = curl(at.URL, withoutSignature(headers), visible(string(body)))
	return &e, nil
}

// withoutSignature leaves out the signature and its time, which are invalid in a request that is made by hand later.
func withoutSignature(headers []store.Header) []store.Header {
	var kept []store.Header
	for _, h := range headers {
		if !strings.HasPrefix(h.Name, "webhook-") {
			kept = append(kept, h)
		}
	}
	return kept
}
