package sender

import (
	"bytes"
	"slices"
	"strings"

	"iozen/store"
)

// shortSecret is the least that is masked: shorter values would mask half of any answer.
const shortSecret = 6

// secrets are what an endpoint may echo and the log must not keep.
type secrets []string

// secretsOf lists header values, the token inside an Authorization value, and the signing secrets.
func secretsOf(w store.Webhook) secrets {
	list := make(secrets, 0, 2+2*len(w.Headers))
	add := func(s string) {
		if len(s) >= shortSecret {
			list = append(list, s)
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
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) }) // a whole value before its part
	return list
}

func (s secrets) mask(text string) string {
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, Mask)
	}
	return text
}

func (s secrets) maskBytes(b []byte) []byte {
	for _, secret := range s {
		if secret := []byte(secret); bytes.Contains(b, secret) {
			b = bytes.ReplaceAll(b, secret, []byte(Mask))
		}
	}
	return b
}

// maskEvidence takes them out of what the endpoint wrote besides its answer. What is to be used as it stands is no use
// masked.
func (s secrets) maskEvidence(a *store.Attempt) {
	for key, value := range a.Detail {
		masked := s.mask(value)
		if key == "location_ok" && masked != value {
			delete(a.Detail, key)
			continue
		}
		a.Detail[key] = masked
	}
	if c := a.Certificate; c != nil {
		c.Subject, c.Issuer = s.mask(c.Subject), s.mask(c.Issuer)
		names := make([]string, len(c.Names))
		for i, name := range c.Names {
			names[i] = s.mask(name)
		}
		c.Names = names
	}
}
