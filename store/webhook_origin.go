package store

import (
	"net/url"
	"slices"
	"strings"
)

// SavedWebhook is the settings after a change, and where the change leads what was typed for another place.
type SavedWebhook struct {
	Webhook
	Moved bool // the URL has another origin now
	// LeakTo is the host that now gets the headers Leaked, whose values were typed for LeakFrom; "" for none.
	LeakFrom, LeakTo string
	Leaked           []string
}

// Origin is the scheme, host and port of a URL in one spelling, "" for none: a header's value is typed for one of them.
func Origin(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return scheme + "://" + strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[scheme])
}

// hostOf is the host of a URL, with the port if that is not the scheme's own; "" without one.
func hostOf(text string) string {
	_, host, _ := strings.Cut(Origin(text), "://")
	return host
}

// movesTo notes whether a change of settings leads stored values to another origin. While a URL is being typed,
// several hosts come and go: the values were typed for the one before the edit.
func (c WebhookChange) movesTo(before, after Webhook) SavedWebhook {
	saved := SavedWebhook{Webhook: after, Moved: Origin(before.URL) != Origin(after.URL)}
	from := before.URL
	if after.Undo != nil && after.Undo.Of(FieldURL) {
		from = after.Undo.URL
	}
	names := c.kept(after)
	if saved.Moved && !c.undoing && from != "" && after.URL != "" && Origin(from) != Origin(after.URL) && len(names) > 0 {
		saved.LeakFrom, saved.LeakTo, saved.Leaked = hostOf(from), hostOf(after.URL), names
	}
	if names := c.strays(before); len(names) > 0 {
		saved.LeakFrom, saved.LeakTo, saved.Leaked = hostOf(c.Copied.URL), hostOf(after.URL), names
	}
	return saved
}

// strays are the names of copied headers that come to another origin than the one that their values were typed for.
func (c WebhookChange) strays(before Webhook) (names []string) {
	to := before.URL
	if c.URL != nil {
		to = *c.URL
	}
	if c.Copied == nil || c.Headers == nil || to == "" || Origin(to) == Origin(c.Copied.URL) {
		return nil
	}
	for _, h := range *c.Headers {
		if !slices.ContainsFunc(before.Headers, func(k Header) bool { return strings.EqualFold(k.Name, h.Name) && k.Value == *h.Value }) {
			names = append(names, h.Name)
		}
	}
	return names
}

// kept are the names of the headers whose stored values stay.
func (c WebhookChange) kept(after Webhook) (names []string) {
	for i, h := range after.Headers {
		if c.Headers == nil || (*c.Headers)[i].Value == nil {
			names = append(names, h.Name)
		}
	}
	return names
}

// refuseMove is the error for a caller who may not see the stored values and would send one to an origin of their own
// choice. A URL that is removed sends nothing; the values then belong to no origin, so none is sent to the next one.
func (c WebhookChange) refuseMove(before Webhook) error {
	if !c.StayWithOrigin {
		return nil
	}
	if names := c.strays(before); len(names) > 0 {
		return &KeepError{Name: names[0], Moved: true}
	}
	if c.URL == nil || *c.URL == "" || Origin(*c.URL) == Origin(before.URL) {
		return nil
	}
	if c.Headers == nil && len(before.Headers) > 0 {
		return &KeepError{Name: before.Headers[0].Name, Moved: true}
	}
	if c.Headers != nil {
		for i, h := range *c.Headers {
			known := slices.ContainsFunc(before.Headers, func(k Header) bool { return strings.EqualFold(k.Name, h.Name) })
			if h.Value == nil && known {
				return &KeepError{Index: i, Name: h.Name, Moved: true}
			}
		}
	}
	return nil
}
